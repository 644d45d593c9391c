#include "net/exchange_queue.hpp"

#include "support/catch.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <random>
#include <utility>

using tandem::net::exchange_queue;

TEST_CASE("entries leave in the order in which they came") {
  exchange_queue<int> queue;
  CHECK(queue.empty());
  for (int value = 0; value < 5; ++value) queue.push(value);
  CHECK(queue.size() == 5);
  for (int value = 0; value < 5; ++value) {
    CHECK(queue.front() == value);
    queue.pop();
  }
  CHECK(queue.empty());
}

TEST_CASE("an entry is found by its position however many left before it") {
  exchange_queue<int> queue;
  std::mt19937 random(1);
  std::deque<std::pair<std::uint64_t, int>> expected;
  for (int round = 0; round < 5000; ++round) {
    CHECK(queue.next_position() == queue.first_position() + queue.size());
    if (random() % 2 == 0) {
      expected.emplace_back(queue.push(round), round);
    } else if (!expected.empty()) {
      queue.pop();
      expected.pop_front();
    }
    bool found = queue.size() == expected.size();
    for (auto const& [position, value] : expected) found = found && queue.at(position) == value;
    REQUIRE(found);
  }
}

TEST_CASE("an entry emptied in the middle stays in its place") {
  exchange_queue<std::unique_ptr<int>> queue;
  queue.push(std::make_unique<int>(1));
  std::uint64_t const middle = queue.push(std::make_unique<int>(2));
  queue.push(std::make_unique<int>(3));
  queue.at(middle).reset();
  CHECK(*queue.front() == 1);
  queue.pop();
  CHECK(queue.front() == nullptr);
  queue.pop();
  CHECK(*queue.front() == 3);
}
