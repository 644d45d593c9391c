#include "net/link_registry.hpp"

#include "support/catch.hpp"
#include "unit/net/event_loop.hpp"

#include <memory>
#include <string>
#include <utility>

using tandem::base::identity;
using tandem::net::held;
using tandem::net::link_registry;

namespace {

/// Says when it ends; may hold another.
struct thing : tandem::net::registered {
  explicit thing(int& count) : ended(count) {}
  ~thing() override { ++ended; }
  bool quiet() const override { return is_quiet; }

  int& ended;
  bool is_quiet = true;
  held<thing> other;
};

struct house {
  held<thing> get(std::string const& name) {
    return links.find_or_make<thing>(identity(name), [this] { return std::make_unique<thing>(ended); });
  }
  /// Whether so many come to an end, and no more.
  bool ends(int count) {
    bool const ended_so_many = loop.until([&] { return ended >= count; });
    loop.settle();
    return ended_so_many && ended == count;
  }

  tandem::test::event_loop loop;
  int ended = 0;
  link_registry links{loop.reactor()};
};

}  // namespace

TEST_CASE("who asks for the same gets the same, and who asks for another another") {
  house test;
  auto const one = test.get("a");
  CHECK(test.get("a") == one);
  CHECK(test.get("b") != one);
  CHECK(test.links.size() == 2);
}

TEST_CASE("what nobody holds any more ends, but not in the call that lets it go") {
  house test;
  auto one = test.get("a");
  auto same = test.get("a");
  one.reset();
  test.loop.settle();
  CHECK(test.ended == 0);
  same.reset();
  CHECK(test.ended == 0);
  CHECK(test.ends(1));
  CHECK(test.links.size() == 0);
}

TEST_CASE("what is held again before it ends goes on") {
  house test;
  auto one = test.get("a");
  thing const* const address = one.get();
  one.reset();
  one = test.get("a");
  test.get("b").reset();  // ends when that is looked at
  CHECK(test.ends(1));
  CHECK(one.get() == address);
  CHECK(test.links.size() == 1);
}

TEST_CASE("what somebody still waits for is not ended before it is quiet") {
  house test;
  auto one = test.get("a");
  thing& itself = *one;
  itself.is_quiet = false;
  one.reset();
  test.get("b").reset();
  CHECK(test.ends(1));
  itself.is_quiet = true;
  CHECK(test.ends(2));
}

TEST_CASE("what ends lets go of what it holds") {
  house test;
  auto outer = test.get("outer");
  outer->other = test.get("inner");
  outer.reset();
  CHECK(test.ends(2));
}

TEST_CASE("at the end of the registry all ends, holders before what they hold") {
  house test;
  held<thing> inner = test.get("inner");
  auto outer = test.get("outer");
  outer->other = std::move(inner);
  inner = test.get("late inner");
  test.get("inner")->other = std::move(inner);
  outer.reset();
  test.links.clear();
  CHECK(test.ended == 3);
}
