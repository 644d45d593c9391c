// Clients that are gone without a word, as when a host loses its power or a cable is cut: the daemon is in a network
// namespace, its clients are in others, and what lies between is cut.
#include "support/catch.hpp"
#include "support/fake_server.hpp"
#include "support/network_namespace.hpp"
#include "support/tandem_daemon.hpp"
#include "support/wait_until.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

using namespace tandem::test;

namespace {

constexpr std::uint16_t probed_port = 11211;
constexpr std::uint16_t unprobed_port = 11212;
// Of the listener on probed_port, and what it comes to.
char const* const probing = "{idle: 1s, interval: 1s, probes: 2}";
constexpr std::chrono::seconds patience(3);
// What a busy machine may add, and probes that come a little later than they are due.
constexpr std::chrono::seconds grace(5);

/// Where there are no namespaces nothing is tested: the words of the warning make ctest tell it as skipped.
bool networks() {
  static std::optional<std::string> const why_not = no_networks();
  if (why_not) WARN("skipped, no networks:\n" << *why_not);
  return !why_not;
}

/// A daemon with a cable to be cut and one that stays whole.
class site {
 public:
  void start(std::string const& configuration) {
    network_namespace::visit const here(hub_);
    std::vector<std::string> listeners;
    for (cable const* each : {&doomed_, &whole_}) {
      listeners.push_back(
          fmt::format("{{address: \"{}:{}\", keepalive: {}}}", each->near_address(), probed_port, probing));
      listeners.push_back(
          fmt::format("{{address: \"{}:{}\", keepalive: off}}", each->near_address(), unprobed_port));
    }
    tandem_.emplace(configuration, listeners);
  }

  network_namespace const& hub() const { return hub_; }
  cable const& doomed() const { return doomed_; }
  cable const& whole() const { return whole_; }

  double metric(std::string const& name, std::map<std::string, std::string> const& labels = {}) const {
    network_namespace::visit const here(hub_);
    return tandem_->metric(name, labels);
  }
  double unresponsive() const {
    return metric("tandem_client_connections_ended_total", {{"reason", "unresponsive"}});
  }
  double connections() const { return metric("tandem_client_connections"); }

 private:
  network_namespace hub_;
  cable doomed_{hub_, 1};
  cable whole_{hub_, 2};
  std::optional<tandem_daemon> tandem_;
};

text_client connect(cable const& through, std::uint16_t port) {
  network_namespace::visit const there(through.far());
  return {through.near_address(), port};
}

}  // namespace

TEST_CASE(
    "an idle client whose link is cut is let go, and neither one that lives nor one that is not probed") {
  if (!networks()) return;
  site place;
  place.start("workers: 1\n");
  // The one that is to go comes last, so that the others would have gone before it.
  text_client living = connect(place.whole(), probed_port);
  text_client unprobed = connect(place.doomed(), unprobed_port);
  text_client gone = connect(place.doomed(), probed_port);
  for (text_client* each : {&living, &unprobed, &gone})
    CHECK(each->ask("version\r\n").starts_with("VERSION"));
  CHECK(wait_until([&] { return place.connections() == 3; }));
  place.doomed().cut();
  CHECK(wait_until([&] { return place.unresponsive() == 1; }, patience + grace));
  CHECK_FALSE(wait_until([&] { return place.unresponsive() > 1; }, patience));
  CHECK(place.connections() == 2);
  CHECK(living.ask("get k\r\n") == "END");
}

TEST_CASE("a client that is owed an answer when its link is cut is let go, unless it is not probed") {
  if (!networks()) return;
  site place;
  std::optional<fake_server> server;
  {
    network_namespace::visit const here(place.hub());
    server.emplace();
  }
  place.start(
      fmt::format("workers: 1\nbackends:\n  pool:\n    memcached: {{servers: [\"{}\"]}}\n    timeout: "
                  "9s\nroutes:\n  - {{to: pool}}\n",
                  server->address()));
  text_client unprobed = connect(place.doomed(), unprobed_port);
  unprobed.send("get k\r\n");
  text_client gone = connect(place.doomed(), probed_port);
  gone.send("get k\r\n");
  std::optional<text_client> asked = server->accept_as_memcached();
  REQUIRE(asked);
  for (int i = 0; i < 2; ++i) CHECK(asked->read_line().starts_with("mg k"));
  place.doomed().cut();
  asked->send("EN\r\nEN\r\n");
  CHECK(wait_until([&] { return place.unresponsive() == 1; }, patience + grace));
  CHECK_FALSE(wait_until([&] { return place.unresponsive() > 1; }, patience));
  CHECK(place.connections() == 1);
}
