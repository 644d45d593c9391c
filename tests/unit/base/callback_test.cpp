#include "base/callback.hpp"

#include "support/catch.hpp"

#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using tandem::base::callback;

namespace {

/// Counts how many of its kind there are, in as many bytes.
template <std::size_t Bytes>
struct counted {
  explicit counted(int& count) : alive(&count) { ++*alive; }
  counted(counted&& other) noexcept : alive(other.alive) { ++*alive; }
  counted(counted const&) = delete;
  ~counted() { --*alive; }
  void operator()(std::string& said) const { said += "called "; }

  int* alive;
  std::array<char, Bytes> more{};
};

}  // namespace

TEMPLATE_TEST_CASE("a callback owns what it calls, small or large, wherever it is moved to", "", counted<8>,
                   counted<48>, counted<49>, counted<400>) {
  int alive = 0;
  std::string said;
  {
    callback<std::string&> first(TestType{alive});
    CHECK(alive == 1);
    callback<std::string&> second(std::move(first));
    CHECK_FALSE(first);
    CHECK(alive == 1);
    second(said);
    std::vector<callback<std::string&>> all;
    for (int times = 0; times < 3; ++times) all.emplace_back(TestType{alive});
    CHECK(alive == 4);
    all[1] = std::move(second);
    CHECK(alive == 3);
    all.erase(all.begin());
    CHECK(alive == 2);
    for (auto& each : all) each(said);
  }
  CHECK(alive == 0);
  CHECK(said == "called called called ");
}

TEST_CASE("an empty callback is false, and so is one that was moved from") {
  callback<> none;
  CHECK_FALSE(none);
  callback<> some([] {});
  CHECK(some);
  none = std::move(some);
  CHECK(none);
  CHECK_FALSE(some);
  none = {};
  CHECK_FALSE(none);
}

TEST_CASE("arguments are passed on, also those that only move") {
  int sum = 0;
  callback<int, std::unique_ptr<int>> add([&](int one, std::unique_ptr<int> other) { sum = one + *other; });
  add(1, std::make_unique<int>(2));
  CHECK(sum == 3);
}

TEST_CASE("what is called may only move, and change itself") {
  int last = 0;
  callback<> count([&last, held = std::make_unique<int>(0)]() mutable { last = ++*held; });
  count();
  count();
  CHECK(last == 2);
}
