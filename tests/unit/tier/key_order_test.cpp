#include "tier/key_order.hpp"

#include "base/event.hpp"
#include "base/task.hpp"
#include "support/catch.hpp"

#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

using namespace tandem;
using kind = tier::key_order::kind;

namespace {

struct house {
  struct call {
    base::event<> finish;
    base::task<void> task;
  };

  /// A request that is inside until end() of its index.
  std::size_t start(std::string const& name, kind how, std::string const& key = "k",
                    std::uint32_t client = 1) {
    call& made = calls.emplace_back();
    made.task = request(name, how, key, client, made.finish);
    made.task.start([](void*) {}, nullptr);
    return calls.size() - 1;
  }
  void end(std::size_t index) { calls[index].finish.set(); }
  void abandon(std::size_t index) { calls[index].task.reset(); }

  base::task<void> request(std::string name, kind how, std::string key, std::uint32_t client,
                           base::event<>& finish) {
    tier::key_order::pass mine(order, {client, key}, how);
    co_await mine;
    entered.push_back(name);
    if (name == does.first) does.second();
    co_await finish;
  }

  tier::key_order order;
  std::vector<std::string> entered;
  std::pair<std::string, std::function<void()>> does;  // what is done when one has entered
  std::deque<call> calls;
};

using lines = std::vector<std::string>;

}  // namespace

TEST_CASE("reads go together, writes go together, and neither with the other") {
  house test;
  auto const read = test.start("read 1", kind::read);
  auto const second = test.start("read 2", kind::read);
  auto const write = test.start("write 1", kind::write);
  test.start("write 2", kind::write);
  test.start("read 3", kind::read);
  CHECK(test.entered == lines{"read 1", "read 2"});
  test.end(read);
  CHECK(test.entered.size() == 2);
  test.end(second);
  CHECK(test.entered == lines{"read 1", "read 2", "write 1", "write 2"});
  test.end(write);
  CHECK(test.entered.size() == 4);
  test.end(write + 1);
  CHECK(test.entered.back() == "read 3");
}

TEST_CASE("nobody overtakes one that waits") {
  house test;
  auto const read = test.start("read 1", kind::read);
  test.start("write", kind::write);
  test.start("read 2", kind::read);
  CHECK(test.entered == lines{"read 1"});
  test.end(read);
  CHECK(test.entered == lines{"read 1", "write"});
}

TEST_CASE("what goes alone waits for all and lets nobody in") {
  house test;
  auto const first = test.start("alone 1", kind::alone);
  auto const second = test.start("alone 2", kind::alone);
  test.start("write", kind::write);
  CHECK(test.entered == lines{"alone 1"});
  test.end(first);
  CHECK(test.entered == lines{"alone 1", "alone 2"});
  test.end(second);
  CHECK(test.entered.back() == "write");
}

TEST_CASE("keys do not wait for one another, and none is remembered") {
  house test;
  auto const first = test.start("a", kind::alone, "a");
  auto const second = test.start("b", kind::alone, "b");
  CHECK(test.entered == lines{"a", "b"});
  CHECK(test.order.size() == 2);
  test.end(first);
  test.end(second);
  CHECK(test.order.size() == 0);
}

TEST_CASE("clients do not wait for one another") {
  house test;
  test.start("mine", kind::alone, "k", 1);
  test.start("yours", kind::alone, "k", 2);
  test.start("mine, too", kind::read, "k", 1);
  CHECK(test.entered == lines{"mine", "yours"});
}

TEST_CASE("one that is abandoned keeps nobody waiting") {
  house test;
  auto const first = test.start("read 1", kind::read);
  auto const write = test.start("write", kind::write);
  test.start("read 2", kind::read);
  SECTION("while it waits") {
    test.abandon(write);
    CHECK(test.entered == lines{"read 1", "read 2"});
  }
  SECTION("between others that wait") {
    test.start("write 2", kind::write);
    auto const third = test.start("write 3", kind::write);
    test.start("write 4", kind::write);
    test.abandon(third);
    CHECK(test.entered == lines{"read 1"});
  }
  SECTION("while it is inside") {
    test.abandon(first);
    CHECK(test.entered == lines{"read 1", "write"});
    test.abandon(write);
    CHECK(test.entered.back() == "read 2");
  }
}

TEST_CASE("those that are let in together go on in their order, and later ones behind them") {
  house test;
  auto const read = test.start("read", kind::read);
  test.start("write 1", kind::write);
  auto const second = test.start("write 2", kind::write);
  SECTION("whatever the first of them begins") {
    test.does = {"write 1", [&] { test.start("write 3", kind::write); }};
    test.end(read);
    CHECK(test.entered == lines{"read", "write 1", "write 2", "write 3"});
  }
  SECTION("but for one that the first of them abandons") {
    auto const third = test.start("write 3", kind::write);
    test.does = {"write 1", [&] { test.abandon(second); }};
    test.end(read);
    CHECK(test.entered == lines{"read", "write 1", "write 3"});
    test.start("read 2", kind::read);
    test.end(third);
    CHECK(test.entered.size() == 3);
    test.end(read + 1);
    CHECK(test.entered.back() == "read 2");
  }
  SECTION("until the order is closed") {
    test.does = {"write 1", [&] { test.order.close(); }};
    test.end(read);
    CHECK(test.entered == lines{"read", "write 1"});
  }
}

TEST_CASE("one that ends for whom nobody waits lets nobody else in") {
  house test;
  auto const first = test.start("read 1", kind::read);
  auto const second = test.start("read 2", kind::read);
  auto const third = test.start("read 3", kind::read);
  test.start("write", kind::write);
  test.end(second);
  test.end(third);
  CHECK(test.entered == lines{"read 1", "read 2", "read 3"});
  test.end(first);
  CHECK(test.entered.back() == "write");
}

TEST_CASE("once it is closed, the end of one lets nobody in") {
  house test;
  auto const first = test.start("read", kind::read);
  test.start("write", kind::write);
  test.order.close();
  SECTION("that is abandoned") { test.abandon(first); }
  SECTION("that ends") { test.end(first); }
  CHECK(test.entered == lines{"read"});
}

TEST_CASE("many that end at once use no stack") {
  house test;
  auto const first = test.start("first", kind::alone);
  for (int each = 0; each < 100'000; ++each) {
    auto const index = test.start("next", kind::alone);
    test.end(index);
  }
  test.end(first);
  CHECK(test.entered.size() == 100'001);
  CHECK(test.order.size() == 0);
}
