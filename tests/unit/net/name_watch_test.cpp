#include "net/name_watch.hpp"

#include "support/catch.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace tandem::net {
namespace {

using namespace std::chrono_literals;
using addresses = std::vector<std::string>;

/// Whoever is connected to a server, and a name server that says what the test does.
struct connected_one final : name_watch::follower {
  explicit connected_one(std::string const& host = "cache.example", base::duration every = 5ms) {
    watch.emplace(reactor, endpoint{host, 11211, {}}, every, *this);
  }

  bool connected() const override { return is_connected; }
  void on_addresses(addresses const& found) override { told.push_back(found); }

  name_resolver::resolution look_up() {
    std::lock_guard const lock(mutex);
    ++questions;
    name_resolver::resolution answer;
    for (std::string const& each : known) answer.addresses.push_back(boost::asio::ip::make_address(each));
    return answer;
  }
  void resolves_to(addresses now) {
    std::lock_guard const lock(mutex);
    known = std::move(now);
    questions = 0;
  }
  int asked() {
    std::lock_guard const lock(mutex);
    return questions;
  }

  template <class Condition>
  [[nodiscard]] bool until(Condition happened, std::chrono::milliseconds limit = 10s) {
    auto const end = std::chrono::steady_clock::now() + limit;
    while (!happened() && std::chrono::steady_clock::now() < end) reactor.context().run_one_until(end);
    return happened();
  }

  base::system_clock clock;
  net::reactor reactor{clock,
                       std::make_shared<name_resolver>([this](std::string const&) { return look_up(); })};
  std::mutex mutex;
  addresses known{"10.0.0.1"};
  int questions = 0;
  bool is_connected = true;
  std::vector<addresses> told;
  std::optional<name_watch> watch;
};

}  // namespace

TEST_CASE("whoever is connected hears again and again what the name stands for") {
  connected_one one;
  CHECK(one.until([&] { return one.told.size() >= 2; }));
  CHECK(one.told.back() == addresses{"10.0.0.1"});
  one.resolves_to({"10.0.0.2", "2001:db8::1"});
  CHECK(one.until([&] { return one.told.back() == addresses{"10.0.0.2", "2001:db8::1"}; }));
}

TEST_CASE("a name that does not resolve says nothing") {
  connected_one one;
  one.resolves_to({});
  CHECK(one.until([&] { return one.asked() >= 3; }));
  one.told.clear();
  one.resolves_to({});
  CHECK(one.until([&] { return one.asked() >= 3; }));
  CHECK(one.told.empty());
}

TEST_CASE("nobody asks while there is no connection, nor of what is no name, nor where it is off") {
  connected_one apart, literal("10.0.0.1"), off("cache.example", 0ms);
  apart.is_connected = false;
  // Far longer than a round.
  for (connected_one* const each : {&apart, &literal, &off}) {
    CHECK_FALSE(each->until([&] { return each->asked() > 0; }, 50ms));
    CHECK(each->told.empty());
  }
  apart.is_connected = true;
  CHECK(apart.until([&] { return !apart.told.empty(); }));
}

TEST_CASE("who has gone hears no answer that comes later") {
  connected_one one;
  CHECK(one.until([&] { return one.asked() > 0; }));
  one.watch.reset();
  one.told.clear();
  CHECK_FALSE(one.until([&] { return !one.told.empty(); }, 30ms));
}

}  // namespace tandem::net
