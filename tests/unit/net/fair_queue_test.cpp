#include "net/fair_queue.hpp"

#include "support/catch.hpp"

#include <deque>
#include <string>
#include <string_view>

namespace {

struct item : tandem::net::fair_queue_hook {
  item(std::uint32_t of, char called) : from(of), name(called) {}
  std::uint32_t client() const { return from; }

  std::uint32_t from;
  char name;
};

/// Items are named by one letter each.
struct line {
  /// Each client's items as a word, in the order of the clients' coming.
  void add(std::uint32_t client, std::string_view names) {
    for (char const each : names) queue.push(items.emplace_back(client, each));
  }

  std::string leave(std::size_t count) {
    std::string names;
    while (count-- > 0) names += queue.pop().name;
    return names;
  }

  std::string leave() { return leave(queue.size()); }

  item& named(char name) {
    for (item& each : items)
      if (each.name == name) return each;
    throw std::out_of_range("no such item");
  }

  std::deque<item> items;
  tandem::net::fair_queue<item> queue;
};

}  // namespace

TEST_CASE("what one client waits for leaves in the order in which it came") {
  line one;
  one.add(7, "abcdef");
  CHECK(one.queue.size() == 6);
  CHECK(one.leave() == "abcdef");
  CHECK(one.queue.empty());
}

TEST_CASE("clients take turns, however many items each has") {
  line several;
  several.add(1, "abcde");
  several.add(2, "FG");
  several.add(3, "x");
  CHECK(several.leave() == "aFxbGcde");
}

TEST_CASE("a client that neither waits nor has had its turn passes, once") {
  line busy;
  busy.add(1, "abc");
  CHECK_FALSE(busy.queue.passes(1));
  CHECK(busy.queue.passes(2));
  CHECK_FALSE(busy.queue.passes(2));
  busy.add(2, "X");
  CHECK(busy.leave(2) == "aX");
  CHECK_FALSE(busy.queue.passes(2));
  // The round in which it had nothing is over.
  CHECK(busy.leave(2) == "bc");
  CHECK(busy.queue.passes(2));
}

TEST_CASE("clients that always come anew do not keep the others waiting") {
  line busy;
  busy.add(1, "abcdefghij");
  std::string left;
  for (int round = 0; round < 6; ++round) {
    busy.add(2, "x");
    busy.add(3, "y");
    left += busy.leave(2);
  }
  CHECK(left == "axybxycxydxy");
}

TEST_CASE("an item that leaves out of its turn is not served, and its client is not either") {
  line three;
  three.add(1, "abc");
  three.add(2, "x");
  three.queue.erase(three.named('b'));
  three.queue.erase(three.named('x'));
  CHECK(three.queue.size() == 2);
  CHECK(three.leave() == "ac");
}

TEST_CASE("everything is taken at once, and the queue can be used again") {
  line two;
  two.add(1, "abc");
  two.add(2, "xy");
  two.leave(1);
  std::string taken[2];
  auto all = two.queue.take_all();
  CHECK(two.queue.empty());
  while (!all.empty()) {
    taken[all.front().client() - 1] += all.front().name;
    all.pop_front();
  }
  CHECK(taken[0] == "bc");
  CHECK(taken[1] == "xy");
  two.add(2, "z");
  CHECK(two.leave() == "z");
}

TEST_CASE("thousands of clients come and go") {
  line many;
  for (std::uint32_t client = 0; client < 5000; ++client) {
    CHECK(many.queue.passes(client));
    many.add(client, "a");
    many.add(client + 10'000, "b");
    CHECK(many.leave(2) == "ab");
  }
  CHECK(many.queue.empty());
}
