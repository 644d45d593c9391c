#include "backend/memcached/invalidation_marks.hpp"

#include "support/catch.hpp"

#include <fmt/format.h>

namespace tandem::backend::memcached {
namespace {

using namespace std::chrono_literals;

/// Two servers, and a clock that the test moves.
struct fixture {
  base::time_point now{1h};
  invalidation_marks marks{2};

  fixture() { marks.keep({500ms, 60s}); }

  void pass(base::duration time) { now += time; }
  void probe(std::size_t server, std::uint64_t cas) {
    REQUIRE(marks.probe_due(server, now));
    marks.probe_sent(server, now);
    marks.probe_answered(server, cas, now);
  }
};

constexpr auto unknown = invalidation_marks::unknown;

TEST_CASE_METHOD(fixture, "without marks nothing is outdated, and nothing is due") {
  CHECK(marks.empty());
  CHECK(marks.outdated_up_to("k", 0) == 0);
  CHECK_FALSE(marks.due());
  CHECK_FALSE(marks.probe_due(0, now));
}

TEST_CASE_METHOD(fixture, "a mark is about the keys that begin with its prefix, and no others") {
  marks.add("user:", now);
  CHECK(marks.outdated_up_to("user:1", 0) == unknown);
  CHECK(marks.outdated_up_to("user:", 1) == unknown);
  CHECK(marks.outdated_up_to("user", 0) == 0);
  CHECK(marks.outdated_up_to("users:1", 0) == 0);
  CHECK(marks.outdated_up_to("", 0) == 0);
}

TEST_CASE_METHOD(fixture, "with an empty prefix it is about every key") {
  marks.add("", now);
  CHECK(marks.outdated_up_to("k", 0) == unknown);
  CHECK(marks.outdated_up_to("", 1) == unknown);
}

TEST_CASE_METHOD(fixture, "no probe is due before fills that were under way have arrived") {
  marks.add("p", now);
  pass(499ms);
  CHECK_FALSE(marks.probe_due(0, now));
  CHECK(*marks.due() > now);
  pass(51ms);
  CHECK(marks.probe_due(0, now));
  CHECK(*marks.due() <= now);
}

TEST_CASE_METHOD(fixture, "each server has a number of its own, known when its probe is answered") {
  marks.add("p", now);
  pass(1s);
  probe(0, 17);
  CHECK(marks.outdated_up_to("p1", 0) == 17);
  CHECK(marks.outdated_up_to("p1", 1) == unknown);
  probe(1, 4);
  CHECK(marks.outdated_up_to("p1", 1) == 4);
}

TEST_CASE_METHOD(fixture, "a probe says nothing of an invalidation that had not settled when it was sent") {
  marks.add("early", now);
  pass(1s);
  marks.add("late", now);
  marks.probe_sent(0, now);
  pass(1s);
  marks.probe_answered(0, 30, now);
  CHECK(marks.outdated_up_to("early", 0) == 30);
  CHECK(marks.outdated_up_to("late", 0) == unknown);
  CHECK(marks.probe_due(0, now));
}

TEST_CASE_METHOD(fixture, "one probe at a time goes to a server") {
  marks.add("p", now);
  pass(1s);
  marks.probe_sent(0, now);
  CHECK_FALSE(marks.probe_due(0, now));
  CHECK(marks.probe_due(1, now));
}

TEST_CASE_METHOD(fixture,
                 "a probe that failed is due again after a moment, and all stays outdated until then") {
  marks.add("p", now);
  pass(1s);
  marks.probe_sent(0, now);
  marks.probe_failed(0, now);
  CHECK_FALSE(marks.probe_due(0, now));
  CHECK(marks.outdated_up_to("p", 0) == unknown);
  pass(invalidation_marks::retry_interval);
  probe(0, 9);
  CHECK(marks.outdated_up_to("p", 0) == 9);
}

TEST_CASE_METHOD(fixture, "a second invalidation of a prefix has to settle again") {
  marks.add("p", now);
  pass(1s);
  probe(0, 9);
  marks.add("p", now);
  CHECK(marks.size() == 1);
  CHECK(marks.outdated_up_to("p", 0) == unknown);
  CHECK_FALSE(marks.probe_due(0, now));
}

TEST_CASE_METHOD(fixture, "of several marks that are about a key the highest number counts") {
  marks.add("p", now);
  pass(1s);
  probe(0, 9);
  marks.add("pq", now);
  pass(1s);
  probe(0, 40);
  CHECK(marks.outdated_up_to("pqr", 0) == 40);
  CHECK(marks.outdated_up_to("p", 0) == 9);
}

TEST_CASE_METHOD(fixture, "a shorter prefix takes the place of the longer ones") {
  marks.add("user:1:", now);
  marks.add("user:2:", now);
  marks.add("other", now);
  marks.add("user:", now);
  CHECK(marks.size() == 2);
  marks.add("", now);
  CHECK(marks.size() == 1);
}

TEST_CASE_METHOD(fixture, "a mark is forgotten when the items it is about have expired on every server") {
  marks.add("p", now);
  pass(1s);
  probe(0, 9);
  pass(30s);
  probe(1, 5);
  pass(59s);
  marks.expire(now);
  CHECK(marks.size() == 1);
  CHECK(*marks.due() == now + 1s);
  pass(1s);
  marks.expire(now);
  CHECK(marks.empty());
  CHECK_FALSE(marks.due());
}

TEST_CASE_METHOD(fixture, "a mark whose number a server has not told is never forgotten") {
  marks.add("p", now);
  pass(1s);
  probe(0, 9);
  pass(24h);
  marks.expire(now);
  CHECK(marks.outdated_up_to("p", 1) == unknown);
}

TEST_CASE_METHOD(fixture, "a server that has started anew has nothing that is outdated") {
  marks.add("p", now);
  pass(1s);
  probe(0, 1000);
  probe(1, 1000);
  pass(1ms);
  marks.numbered_lower(0, now, now);
  CHECK(marks.outdated_up_to("p", 0) == 0);
  CHECK(marks.outdated_up_to("p", 1) == 1000);
}

TEST_CASE_METHOD(fixture, "an item that may have been made before the probe tells of no new start") {
  marks.add("p", now);
  marks.add("", now);
  pass(1s);
  base::time_point const asked = now;
  pass(1ms);
  probe(0, 1000);
  pass(1ms);
  marks.numbered_lower(0, asked, now);
  CHECK(marks.outdated_up_to("p", 0) == 1000);
}

TEST_CASE_METHOD(fixture, "with too many prefixes all keys are outdated") {
  for (std::size_t each = 0; each < invalidation_marks::marks_max; ++each)
    marks.add(fmt::format("p{:08}", each), now);
  CHECK(marks.size() == invalidation_marks::marks_max);
  CHECK(marks.outdated_up_to("other", 0) == 0);
  marks.add("q", now);
  CHECK(marks.size() == 1);
  CHECK(marks.outdated_up_to("other", 0) == unknown);
}

TEST_CASE_METHOD(fixture, "marks are taken over for the servers that were there before") {
  marks.add("user:", now);
  pass(550ms);
  probe(1, 20);
  invalidation_marks next(3);
  next.keep({500ms, 60s});
  next.take_over(marks, {std::nullopt, 1, 0});
  CHECK(next.outdated_up_to("user:1", 0) == 0);
  CHECK(next.outdated_up_to("user:1", 1) == 20);
  CHECK(next.outdated_up_to("user:1", 2) == unknown);
  CHECK(next.outdated_up_to("k", 2) == 0);
  CHECK(next.probe_due(2, now));
  CHECK_FALSE(next.probe_due(0, now));
  next.probe_sent(2, now);
  next.probe_answered(2, 30, now);
  pass(60s);
  next.expire(now);
  CHECK(next.empty());
}

TEST_CASE_METHOD(fixture,
                 "a server that is another one has nothing that counts, and the others all that they have") {
  marks.add("user:", now);
  pass(500ms);
  probe(0, 10);
  probe(1, 20);
  marks.add_server(0, now);
  CHECK(marks.outdated_up_to("k", 0) == unknown);
  CHECK(marks.outdated_up_to("k", 1) == 0);
  CHECK(marks.outdated_up_to("user:1", 1) == 20);
  CHECK_FALSE(marks.probe_due(1, now + 1s));
  pass(550ms);
  probe(0, 30);
  CHECK(marks.outdated_up_to("k", 0) == 30);
  CHECK(marks.outdated_up_to("user:1", 0) == 30);
  // So does another, while that is known.
  marks.add_server(1, now);
  CHECK(marks.outdated_up_to("k", 0) == 30);
  CHECK(marks.outdated_up_to("k", 1) == unknown);
  pass(550ms);
  probe(1, 40);
  pass(60s);
  marks.expire(now);
  CHECK(marks.empty());
  CHECK_FALSE(marks.due());
}

}  // namespace
}  // namespace tandem::backend::memcached
