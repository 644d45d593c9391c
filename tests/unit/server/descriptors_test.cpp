#include "server/descriptors.hpp"

#include "base/clock.hpp"
#include "config/load.hpp"
#include "net/reactor.hpp"
#include "support/catch.hpp"

#include <filesystem>
#include <iterator>
#include <string>

namespace tandem::server {
namespace {

config::configuration loaded(std::string const& text) {
  auto const made = config::load_text(text, "test.yaml");
  REQUIRE(made.has_value());
  return *made;
}

std::string pool(int servers, int connections) {
  std::string text = "listen: [{address: \"127.0.0.1:1\"}]\nbackends:\n  a:\n    memcached: {connections: " +
                     std::to_string(connections) + ", servers: [";
  for (int number = 0; number < servers; ++number)
    text += (number ? ", " : "") + ("\"127.0.0.1:" + std::to_string(100 + number)) + "\"";
  return text + "]}\nroutes: [{to: a}]\n";
}

}  // namespace

TEST_CASE("every worker's connection to every server has a descriptor beside the clients'") {
  std::size_t const few = descriptors_apart(loaded(pool(1, 1)), 1);
  CHECK(descriptors_apart(loaded(pool(12, 1)), 1) == few + 11);
  CHECK(descriptors_apart(loaded(pool(12, 2)), 1) == few + 23);
  CHECK(descriptors_apart(loaded(pool(12, 1)), 64) >= 64 * 12);
}

TEST_CASE("a worker's event loop has descriptors of its own, all of which are counted") {
  auto const open_now = [] {
    auto const all = std::filesystem::directory_iterator("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
  };
  base::system_clock const clock;
  std::size_t const before = open_now();
  net::reactor const loop(clock);
  std::size_t const of_loop = open_now() - before;
  auto const settings = loaded(pool(1, 1));
  // Beside a listener, a server, and a client that is refused.
  CHECK(descriptors_apart(settings, 2) - descriptors_apart(settings, 1) == of_loop + 3);
}

TEST_CASE("clients get what is left, and never less than one") {
  auto const settings = loaded(pool(12, 1) + "limits: {connections: 1000}\n");
  std::size_t const apart = descriptors_apart(settings, 4);
  CHECK(clients_within(settings, 4, apart + 2000) == 1000);
  CHECK(clients_within(settings, 4, apart + 1000) == 1000);
  CHECK(clients_within(settings, 4, apart + 10) == 10);
  CHECK(clients_within(settings, 4, apart) == 1);
  CHECK(clients_within(settings, 4, 10) == 1);
}

}  // namespace tandem::server
