#include "consistency/checker.hpp"

#include "support/catch.hpp"

using namespace tandem::consistency;

namespace {

operation write(char const* value, moment start, moment end, outcome how = outcome::done) {
  return {.key = "k", .what = kind::write, .value = value, .how = how, .start = start, .end = end};
}

operation removal(moment start, moment end) {
  return {.key = "k", .what = kind::remove, .start = start, .end = end};
}

operation read(std::optional<std::string> value, moment start, moment end) {
  return {.key = "k", .what = kind::read, .value = std::move(value), .start = start, .end = end};
}

operation add_to(std::int64_t amount, moment start, moment end, outcome how = outcome::done) {
  return {.key = "n", .what = kind::add_to, .amount = amount, .how = how, .start = start, .end = end};
}

operation count(char const* value, moment start, moment end) {
  return {.key = "n", .what = kind::read, .value = value, .start = start, .end = end};
}

bool right(std::vector<operation> const& history, promise const& windows = {}) {
  return check(history, windows, {{"n", 100}}).empty();
}

}  // namespace

TEST_CASE("the last value is right, the one before it is not") {
  CHECK(right({write("a", 0, 10), write("b", 20, 30), read("b", 40, 50)}));
  CHECK_FALSE(right({write("a", 0, 10), write("b", 20, 30), read("a", 40, 50)}));
}

TEST_CASE("a read that overlaps a write may see either value") {
  CHECK(right({write("a", 0, 10), write("b", 20, 30), read("a", 25, 50)}));
  CHECK(right({write("a", 0, 10), write("b", 20, 30), read("b", 15, 21)}));
}

TEST_CASE("a value is not read before its write began, and none that nobody wrote") {
  CHECK_FALSE(right({read("a", 0, 5), write("a", 10, 20)}));
  CHECK_FALSE(right({read("a", 0, 5)}));
}

TEST_CASE("of two writes that overlap either may be the last") {
  std::vector<operation> history{write("a", 0, 30), write("b", 20, 40)};
  history.push_back(read("a", 50, 60));
  history.push_back(read("b", 50, 60));
  CHECK(right(history));
}

TEST_CASE("a write of unknown outcome may take effect at any time, or never") {
  std::vector<operation> const history{write("a", 0, 10), write("b", 20, 30, outcome::unknown),
                                       read("a", 40, 50), read("b", 60, 70), read("a", 80, 90)};
  CHECK(right(history));
  CHECK_FALSE(right({write("b", 20, 30, outcome::unknown), read("b", 5, 10)}));
}

TEST_CASE("a write that changed nothing is never read") {
  CHECK_FALSE(right({write("a", 0, 10, outcome::unchanged), read("a", 20, 30)}));
}

TEST_CASE("a key is absent at first and after a removal only") {
  CHECK(right({read(std::nullopt, 0, 5), write("a", 10, 20)}));
  CHECK_FALSE(right({write("a", 10, 20), read(std::nullopt, 30, 40)}));
  CHECK(right({write("a", 10, 20), removal(25, 28), read(std::nullopt, 30, 40)}));
  CHECK_FALSE(right({write("a", 10, 20), removal(25, 28), read("a", 30, 40)}));
}

TEST_CASE("a fault excuses a change that overlaps it, until the replay and no longer than L1's time") {
  promise const short_fault{.faults = {{25, 100}}, .replay = 10, .l1_ttl = 1000};
  CHECK(right({write("a", 0, 10), write("b", 20, 30), read("a", 105, 106)}, short_fault));
  CHECK_FALSE(right({write("a", 0, 10), write("b", 20, 30), read("a", 111, 112)}, short_fault));
  promise const short_time{.faults = {{25, 100}}, .replay = 10, .l1_ttl = 20};
  CHECK_FALSE(right({write("a", 0, 10), write("b", 20, 30), read("a", 51, 52)}, short_time));
}

TEST_CASE("a fault excuses no change before it") {
  promise const windows{.faults = {{50, 100}}, .replay = 10, .l1_ttl = 1000};
  CHECK_FALSE(right({write("a", 0, 10), write("b", 20, 30), read("a", 60, 70)}, windows));
}

TEST_CASE("a counter loses no increment, and gains none that nobody attempted") {
  CHECK(right({add_to(5, 0, 10), add_to(-2, 0, 10), count("103", 20, 30)}));
  CHECK_FALSE(right({add_to(5, 0, 10), add_to(-2, 0, 10), count("98", 20, 30)}));
  CHECK_FALSE(right({add_to(5, 0, 10), count("106", 20, 30)}));
  CHECK(right({add_to(5, 0, 10, outcome::unknown), count("100", 20, 30), count("105", 20, 30)}));
}
