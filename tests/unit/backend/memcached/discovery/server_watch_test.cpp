#include "backend/memcached/discovery/server_watch.hpp"

#include "support/catch.hpp"
#include "unit/base/played_executor.hpp"

#include <string>
#include <utility>
#include <vector>

namespace tandem::backend::memcached {
namespace {

using namespace std::chrono_literals;
using lines = std::vector<std::string>;

std::vector<server_options> servers(std::vector<std::string> const& hosts) {
  std::vector<server_options> made;
  for (std::string const& each : hosts) made.push_back({{each, 11211, {}}, 1, {}, {}});
  return made;
}

/// Answers when the test does.
struct played_source final : server_source {
  void ask(listener told) override {
    ++asked;
    waiting = std::move(told);
  }
  void drop() override { waiting = {}; }

  bool is_asked() const { return static_cast<bool>(waiting); }
  void answer(base::result<found_servers> what) { std::exchange(waiting, {})(std::move(what)); }
  void tell(std::vector<std::string> const& hosts, std::uint64_t version = 0) {
    answer(found_servers{servers(hosts), version});
  }
  void fail(std::string why) { answer(base::error{base::error_kind::connect, std::move(why)}); }

  int asked = 0;
  listener waiting;
};

struct watched_pool final : server_watch::owner {
  watched_pool() { watch.start(); }

  void on_servers(std::vector<server_options> const& now, std::string const& what) override {
    known = now;
    told.push_back(what);
  }
  void on_answer() override { ++answers; }
  void on_failure(std::string const& why) override { told.push_back("failed: " + why); }
  std::string fault_of(std::vector<server_options> const& found) override {
    return found.size() > 3 ? "too many" : "";
  }

  /// What was told since the last call.
  lines news() { return std::exchange(told, {}); }

  /// The next question comes after that long, and not before.
  bool next_after(base::duration pause) {
    if (source.is_asked()) return false;
    loop.pass(pause - 1ms);
    if (source.is_asked()) return false;
    loop.pass(1ms);
    return source.is_asked();
  }

  test::played_executor loop;
  played_source source;
  std::vector<server_options> known;
  lines told;
  int answers = 0;
  server_watch watch{loop, source, 30s, *this};
};

}  // namespace

TEST_CASE("servers that come and go are told, others are not") {
  watched_pool pool;
  pool.source.tell({"a", "b"});
  CHECK(pool.known == servers({"a", "b"}));
  CHECK(pool.news() == lines{"a:11211, b:11211 came"});
  CHECK(pool.next_after(27s));
  pool.source.tell({"a", "b"});
  CHECK(pool.news().empty());
  CHECK(pool.next_after(27s));
  pool.source.tell({"b", "c"});
  CHECK(pool.known == servers({"b", "c"}));
  CHECK(pool.news() == lines{"c:11211 came; a:11211 went"});
  CHECK(pool.answers == 3);
}

TEST_CASE("questions are a tenth earlier or later, as chance has it") {
  watched_pool pool;
  pool.loop.chance = 0xffffffff;
  pool.source.tell({"a"});
  CHECK(pool.next_after(33s));
}

TEST_CASE("without an answer the servers stay, and it is asked again soon, then less and less often") {
  watched_pool pool;
  pool.source.tell({"a"});
  CHECK(pool.next_after(27s));
  pool.news();
  for (auto const pause : {900ms, 1800ms, 3600ms, 7200ms, 14400ms, 27000ms, 27000ms}) {
    pool.source.fail("no such name");
    CHECK(pool.news() == lines{"failed: no such name"});
    CHECK(pool.next_after(pause));
  }
  CHECK(pool.known == servers({"a"}));
  pool.source.tell({"a"});
  CHECK(pool.news().empty());
  CHECK(pool.next_after(27s));
  pool.source.fail("again");
  CHECK(pool.next_after(900ms));
}

TEST_CASE("an empty answer, one that cannot be used, and silence are none") {
  watched_pool pool;
  pool.source.tell({"a"});
  pool.news();
  CHECK(pool.next_after(27s));
  pool.source.tell({});
  CHECK(pool.news() == lines{"failed: it has no servers"});
  CHECK(pool.next_after(900ms));
  pool.source.tell({"a", "b", "c", "d"});
  CHECK(pool.news() == lines{"failed: too many"});
  CHECK(pool.next_after(1800ms));
  pool.loop.pass(5s);
  CHECK(pool.news() == lines{"failed: no answer within 5 s"});
  CHECK(pool.next_after(3600ms));
  CHECK(pool.known == servers({"a"}));
  CHECK(pool.answers == 1);
}

TEST_CASE("an older version is believed when it is all that is told") {
  watched_pool pool;
  pool.source.tell({"a", "b"}, 7);
  pool.news();
  for (int times = 0; times < 2; ++times) {
    CHECK(pool.next_after(27s));
    pool.source.tell({"a"}, 6);
  }
  CHECK(pool.next_after(27s));
  pool.source.tell({"a", "b"}, 7);
  CHECK(pool.news().empty());
  for (int times = 0; times < 3; ++times) {
    CHECK(pool.next_after(27s));
    CHECK(pool.news().empty());
    pool.source.tell({"a"}, 1);
  }
  CHECK(pool.news() == lines{"b:11211 went"});
  CHECK(pool.next_after(27s));
  pool.source.tell({"c"}, 2);
  CHECK(pool.news() == lines{"c:11211 came; a:11211 went"});
}

TEST_CASE("a server that has another address has moved, and one list of many is not all named") {
  server_options const before{{"a.example", 11211, {}}, 1, {}, "10.0.0.1"};
  server_options after = before;
  after.address = "10.0.0.2";
  CHECK(difference({before}, {after}) == "a.example:11211 (10.0.0.2) moved");
  std::vector<std::string> hosts;
  for (int number = 0; number < 25; ++number) hosts.push_back("h" + std::to_string(number));
  CHECK(difference({}, servers(hosts)).ends_with("h18:11211, h19:11211 and 5 more came"));
}

}  // namespace tandem::backend::memcached
