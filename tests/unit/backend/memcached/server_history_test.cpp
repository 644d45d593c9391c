#include "backend/memcached/server_history.hpp"

#include "support/catch.hpp"

#include <string>
#include <vector>

namespace tandem::backend::memcached {
namespace {

using namespace std::chrono_literals;
using places = std::vector<std::size_t>;

constexpr base::duration memory = 60s;

struct pool_with_history {
  explicit pool_with_history(hashing::distribution kind = hashing::distribution::ketama) {
    options.distribution = kind;
    history.emplace(options);
  }

  /// Of servers with these names, one letter each.
  server_history::finding become(std::string const& names, base::duration after = 0s) {
    now += after;
    options.servers.clear();
    for (char const each : names) options.servers.push_back({{std::string(1, each), 1, {}}, 1, {}});
    auto found = history->follow(options, now, memory);
    ++options.changes;
    return found;
  }

  base::time_point now{1h};
  pool_options options;
  std::optional<server_history> history;
};

}  // namespace

TEST_CASE("a first list has always been, unless others were before it") {
  pool_with_history pool;
  CHECK_FALSE(pool.become("ab").everything);
  CHECK_FALSE(pool.become("a").everything);
  pool_with_history later;
  later.options.changes = 1;
  CHECK(later.become("ab").everything);
  CHECK(later.become("a").everything);
}

TEST_CASE("of a server that comes everything may be outdated, and nothing of those that stay") {
  pool_with_history pool;
  pool.become("ac");
  auto const found = pool.become("abc");
  CHECK_FALSE(found.everything);
  CHECK(found.came == places{1});
  CHECK(found.known == std::vector<std::optional<std::size_t>>{0, std::nullopt, 1});
}

TEST_CASE(
    "one that goes gives its keys back: they count if nobody can have any of them from before it came") {
  pool_with_history pool;
  pool.become("ab");
  CHECK_FALSE(pool.become("a").everything);
  CHECK(pool.become("ab", 1s).came == places{1});
  CHECK(pool.become("a", memory - 1s).everything);
  CHECK_FALSE(pool.become("ab", 1s).everything);
  CHECK_FALSE(pool.become("a", memory).everything);
}

TEST_CASE("servers that are replaced one after the other cost no more than what the new ones have") {
  pool_with_history pool;
  pool.become("abc");
  for (std::string const& next : {std::string("bcd"), std::string("cde"), std::string("def")}) {
    auto const found = pool.become(next, 1s);
    CHECK_FALSE(found.everything);
    CHECK(found.came == places{2});
  }
  CHECK(pool.become("ef", 1s).everything);
}

TEST_CASE("a server with another address has come, and its name's keys are not given to others") {
  pool_with_history pool;
  pool.become("ab");
  pool.options.servers[1].address = "10.0.0.2";
  auto const found = pool.history->follow(pool.options, pool.now, memory);
  CHECK_FALSE(found.everything);
  CHECK(found.came == places{1});
}

TEST_CASE(
    "where keys move between servers that stay, any change soon after another may bring old copies back") {
  auto const kind = GENERATE(hashing::distribution::modula, hashing::distribution::jump);
  pool_with_history pool(kind);
  pool.become("abc");
  CHECK_FALSE(pool.become("bc").everything);
  CHECK(pool.become("b", 1s).everything);
  CHECK_FALSE(pool.become("bc", memory).everything);
  pool_with_history weighted;
  weighted.become("abc");
  weighted.become("bc");
  weighted.options.servers[0].weight = 2;
  CHECK(weighted.history->follow(weighted.options, weighted.now, memory).everything);
}

}  // namespace tandem::backend::memcached
