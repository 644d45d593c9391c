#include "policy/shared_limit.hpp"

#include "support/catch.hpp"

#include <atomic>
#include <cstddef>
#include <deque>
#include <thread>
#include <vector>

namespace tandem::policy {
namespace {

/// As many as it is let.
std::size_t take_all(shared_limit::part& of) {
  std::size_t taken = 0;
  for (; of.has_room(); ++taken) of.take();
  return taken;
}

void take(shared_limit::part& of, std::size_t count) {
  for (; count > 0; --count) of.take();
}

}  // namespace

TEST_CASE("parts have no more than the limit together, whoever comes first") {
  for (std::size_t const most : {1U, 16U, 100U, 20'000U}) {
    INFO(most);
    shared_limit limit(most);
    shared_limit::part one(limit), other(limit);
    for (std::size_t count = 0; count < most / 3; ++count) {
      REQUIRE(one.has_room());
      one.take();
    }
    CHECK(take_all(other) + one.used() + 64 >= most);  // the rest is in a block of the first
    CHECK(take_all(one) + other.used() + most / 3 == most);
    CHECK_FALSE(other.has_room());
    CHECK(limit.taken() == most);
  }
}

TEST_CASE("what a part has no use for is there for the others, but for two blocks") {
  shared_limit limit(20'000);
  shared_limit::part one(limit), other(limit);
  CHECK(take_all(one) == 20'000);
  CHECK_FALSE(other.has_room());
  while (one.used() > 0) one.give_back();
  CHECK(take_all(other) >= 20'000 - 2 * 64);
}

TEST_CASE("many are given back at once") {
  shared_limit limit(10'000);
  shared_limit::part one(limit), other(limit);
  CHECK(take_all(one) == 10'000);
  one.give_back(10'000);
  CHECK(one.used() == 0);
  CHECK(take_all(other) >= 10'000 - 2 * 9);
}

TEST_CASE("of a small limit, more parts than it leave all of it to the one that needs it") {
  shared_limit limit(30);
  std::deque<shared_limit::part> idle;
  for (int count = 0; count < 100; ++count) {
    shared_limit::part& one = idle.emplace_back(limit);
    REQUIRE(one.has_room());
    one.take();
    one.give_back();
  }
  shared_limit::part needing(limit);
  CHECK(take_all(needing) == 30);
}

TEST_CASE("what cannot be refused is counted beyond the limit, and has to end before others are let in") {
  shared_limit limit(100);
  shared_limit::part one(limit), other(limit);
  take(one, 110);
  CHECK(limit.taken() == 110);
  CHECK_FALSE(one.has_room());
  CHECK_FALSE(other.has_room());
  one.give_back(10);
  CHECK_FALSE(other.has_room());
  one.give_back(50);
  CHECK(take_all(other) >= 48);
}

TEST_CASE("nothing is let in for what was taken beyond the limit and has ended") {
  shared_limit limit(20);
  shared_limit::part one(limit), other(limit);
  CHECK(take_all(one) == 20);
  for (int count = 0; count < 5; ++count) {
    CHECK_FALSE(other.has_room());
    other.take();
    other.give_back();
    CHECK(limit.taken() == 20);
  }
}

TEST_CASE("a part that ends leaves what it had to the others") {
  shared_limit limit(100);
  shared_limit::part other(limit);
  {
    shared_limit::part one(limit);
    CHECK(take_all(one) == 100);
    one.give_back(100);
  }
  CHECK(take_all(other) == 100);
}

TEST_CASE("one may have less the more is taken, and always one") {
  struct row {
    std::size_t taken, own;
    bool too_much;
  };
  for (row const& each :
       {row{0, 0, false}, row{0, 99, false}, row{0, 100, true},  // each_max
        row{200, 99, false}, row{200, 100, true},                // less than a quarter
        row{300, 79, false}, row{300, 80, true},                 // four fifths of what is left of the second
        row{375, 49, false}, row{375, 50, true}, row{499, 1, true},  // half of it; nearly nothing
        row{600, 0, false}, row{600, 1, true}, row{1000, 0, false}, row{1100, 1, true}}) {
    INFO(each.taken << " taken, " << each.own << " own");
    shared_limit limit(1000);
    shared_limit::part one(limit);
    take(one, each.taken);
    CHECK(one.is_too_much(each.own, 100) == each.too_much);
  }
}

TEST_CASE("few who have many leave half to those who have none, however many they are") {
  for (std::size_t const clients : {1U, 3U, 20U, 500U, 4000U}) {
    INFO(clients);
    shared_limit limit(10'000);
    shared_limit::part all(limit);
    std::vector<std::size_t> own(clients, 0);
    for (bool more = true; more;) {
      more = false;
      for (std::size_t& each : own) {
        if (all.is_too_much(each, 1000)) continue;
        all.take();
        ++each;
        more = true;
      }
    }
    CHECK(all.used() <= 5000);
    CHECK(own.front() - own.back() <= 1);
    if (clients == 1) CHECK(own.front() == 1000);
  }
}

TEST_CASE("threads that take and give back at the same time never have more than the limit") {
  constexpr std::size_t most = 300;
  shared_limit limit(most);
  std::atomic<std::size_t> held = 0;
  std::atomic<bool> exceeded = false;
  auto const work = [&] {
    shared_limit::part own(limit);
    for (int round = 0; round < 2000; ++round) {
      std::size_t taken = 0;
      for (; taken < 150 && own.has_room(); ++taken) {
        own.take();
        if (++held > most) exceeded = true;
      }
      for (; taken > 0; --taken) {
        --held;
        own.give_back();
      }
    }
  };
  {
    std::vector<std::jthread> threads;
    for (int count = 0; count < 3; ++count) threads.emplace_back(work);
  }
  CHECK_FALSE(exceeded);
  shared_limit::part rest(limit);
  CHECK(take_all(rest) == most);
}

TEST_CASE("what was overdrawn is not lost when there is room again") {
  shared_limit limit(100);
  {
    shared_limit::part one(limit), other(limit);
    take(one, 50);
    take(other, 55);
    one.give_back(50);
    for (int each = 0; each < 5; ++each) {
      REQUIRE(other.has_room());
      other.take();
    }
    other.give_back(60);
  }
  CHECK(limit.taken() == 0);
  shared_limit::part whole(limit);
  CHECK(take_all(whole) == 100);
}

}  // namespace tandem::policy
