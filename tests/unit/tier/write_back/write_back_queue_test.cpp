#include "tier/write_back/write_back_queue.hpp"

#include "base/clock.hpp"
#include "support/catch.hpp"
#include "unit/base/played_executor.hpp"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

using namespace tandem;
using namespace std::chrono_literals;
using tier::write_back_queue;
using admission = write_back_queue::admission;
using outcome = write_back_queue::outcome;
using near_side = write_back_queue::near_side;

namespace {

tier::unwritten_item item(std::string key, std::string value) {
  return {std::move(key), std::move(value), 7, 0, 0};
}

/// A log that answers when it is told to.
class patient_log final : public tier::write_log {
 public:
  void put(std::shared_ptr<tier::unwritten_item const> stored, told done) override {
    heard.push_back("put " + stored->key + " " + std::to_string(stored->version));
    due.push_back(std::move(done));
  }
  void remove(std::string const& key, std::uint64_t version, told done) override {
    heard.push_back("remove " + key + " " + std::to_string(version));
    due.push_back(std::move(done));
  }
  void answer(bool done) {
    told next = std::move(due.front());
    due.erase(due.begin());
    next(done);
  }

  std::vector<std::string> heard;
  std::vector<told> due;
};

struct bench {
  explicit bench(tier::write_back_limits limits = {}, tier::write_log* log = nullptr)
      : queue(limits, executor.running_clock(), log) {}

  /// A set whose value is in L1 at once.
  admission put(std::string const& key, std::string const& value) {
    auto const put = queue.put(item(key, value), [](bool) {});
    if (put.store_near) queue.near_stored(key, near_side::current);
    return put.admitted;
  }

  /// What is taken, written and gone, as key=value.
  std::string write_one(outcome what = outcome::written) {
    auto const taken = queue.take(this);
    if (!taken) return "";
    queue.done(*taken, what, [] {});
    return taken->item->key + "=" + taken->item->value;
  }

  std::string read(std::string const& key) const {
    auto const found = queue.find(key);
    return found ? found->value : "(clean)";
  }

  write_back_queue::waiter waiter(std::string const& name) {
    return {&executor,
            [this, name](bool given) { told.push_back(name + (given ? " has the key" : " failed")); }};
  }
  void run_posted() { executor.run(); }

  test::played_executor executor;
  write_back_queue queue;
  std::vector<std::string> told;
};

}  // namespace

TEST_CASE("a value is read from the queue until it is written") {
  bench test;
  CHECK(test.put("a", "1") == admission::queued);
  CHECK(test.read("a") == "1");
  auto const taken = test.queue.take(&test);
  REQUIRE(taken);
  CHECK(test.read("a") == "1");
  CHECK_FALSE(test.queue.take(&test));
  test.queue.done(*taken, outcome::written, [] {});
  CHECK(test.read("a") == "(clean)");
  CHECK(test.queue.metrics().written == 1);
  CHECK(test.queue.metrics().items == 0);
  CHECK(test.queue.metrics().bytes == 0);
}

TEST_CASE("only the newest value of a key is written, and keys go in the order of their first") {
  bench test;
  test.put("a", "1");
  test.put("b", "1");
  CHECK(test.put("a", "2") == admission::coalesced);
  CHECK(test.queue.metrics().items == 2);
  CHECK(test.queue.metrics().coalesced == 1);
  CHECK(test.write_one() == "b=1");  // a was on its way to L1 once more
  CHECK(test.write_one() == "a=2");
  CHECK(test.write_one().empty());
}

TEST_CASE("a value that is overwritten while it is being written leaves its key unwritten") {
  bench test;
  test.put("a", "1");
  auto const first = test.queue.take(&test);
  test.put("a", "2");
  CHECK_FALSE(test.queue.take(&test));  // never two of one key
  SECTION("and the first was written") {
    test.queue.done(*first, outcome::written, [] {});
  }
  SECTION("and the first failed") {
    test.queue.done(*first, outcome::failed, [] {});
  }
  CHECK(test.read("a") == "2");
  CHECK(test.write_one() == "a=2");
  CHECK(test.read("a") == "(clean)");
}

TEST_CASE("a value that failed goes behind the others; one that L2 refuses is dropped") {
  bench test;
  test.put("a", "1");
  test.put("b", "1");
  CHECK(test.write_one(outcome::failed) == "a=1");
  CHECK(test.write_one(outcome::refused) == "b=1");
  CHECK(test.write_one() == "a=1");
  CHECK(test.write_one().empty());
  CHECK(test.queue.metrics().failed == 1);
  CHECK(test.queue.metrics().refused == 1);
  CHECK(test.queue.metrics().items == 0);
}

TEST_CASE("a key whose write was not answered is written by the same one again, and by nobody else before") {
  bench test;
  int first = 0;
  int second = 0;
  bool const out_of_the_queue = GENERATE(true, false);
  if (out_of_the_queue) {
    test.put("a", "1");
    auto const taken = test.queue.take(&first);
    test.queue.done(*taken, outcome::unanswered, [] {});
  } else {
    test.queue.acquire("a", test.waiter("set"));
    test.queue.put_held(
        item("a", "1"), [](bool) {}, &first);
    test.queue.release("a");
  }
  test.put("a", "2");
  test.put("b", "1");
  auto const other = test.queue.take(&second);
  CHECK(other->item->key == "b");
  CHECK_FALSE(test.queue.take(&second));
  auto const again = test.queue.take(&first);
  REQUIRE(again);
  CHECK(again->item->value == "2");
  SECTION("until L2 has answered it") {
    test.queue.done(*again, outcome::written, [] {});
    test.put("a", "3");
    CHECK(test.queue.take(&second));
  }
  SECTION("however it fails then") {
    test.queue.done(*again, outcome::failed, [] {});
    CHECK_FALSE(test.queue.take(&second));
    CHECK(test.queue.take(&first));
  }
}

TEST_CASE("what was not answered holds up nothing else, least of all what a request waits for") {
  bench test;
  test.put("a", "1");
  test.queue.done(*test.queue.take(&test), outcome::unanswered, [] {});
  test.put("b", "1");
  SECTION("by turns") {
    auto const first = test.queue.take(&test);
    test.queue.done(*first, outcome::unanswered, [] {});
    CHECK(test.queue.take(&test)->item->key != first->item->key);
  }
  SECTION("waited for") {
    auto const key = GENERATE(as<std::string>(), "a", "b");
    test.queue.acquire(key, test.waiter("incr"));
    CHECK(test.queue.take(&test)->item->key == key);
  }
}

TEST_CASE("a full queue keeps nothing more, by items and by bytes") {
  bench test({2, 20});
  CHECK(test.put("a", "1234567") == admission::queued);
  CHECK(test.put("b", "1234567890123") == admission::not_queued);
  CHECK(test.put("b", "12345678901") == admission::queued);
  CHECK(test.put("c", "") == admission::not_queued);
  CHECK(test.put("a", "12345678") == admission::not_queued);  // one byte too many
  CHECK(test.read("a") == "1234567");
  CHECK(test.put("a", "1") == admission::coalesced);
  CHECK(test.queue.metrics().full == 3);
  CHECK(test.queue.metrics().bytes == 14);
}

TEST_CASE("the age is that of the longest unwritten key") {
  bench test;
  test.put("a", "1");
  test.executor.pass(2s);
  test.put("b", "1");
  test.put("a", "2");  // as old as its first value
  test.executor.pass(1s);
  CHECK(test.queue.metrics().age_seconds == 3);
  auto const b = test.queue.take(&test);
  auto const a = test.queue.take(&test);
  test.put("a", "3");  // the older one is on its way: this one is new
  CHECK(test.queue.metrics().age_seconds == 1);
  test.queue.done(*a, outcome::written, [] {});
  test.queue.done(*b, outcome::written, [] {});
  CHECK(test.queue.metrics().age_seconds == 0);
}

TEST_CASE("a request for L2 has the key at once if it is written") {
  bench test;
  CHECK_FALSE(test.queue.acquire("a", test.waiter("incr")));
  CHECK(test.put("a", "1") == admission::queued);
  CHECK_FALSE(test.queue.take(&test));  // what came after it waits for it
  test.queue.release("a");
  CHECK(test.write_one() == "a=1");
}

TEST_CASE("a request for L2 waits until the value before it is written") {
  bench test;
  test.put("b", "1");
  test.put("a", "1");
  CHECK(test.queue.acquire("a", test.waiter("incr")));
  SECTION("and its key goes first") {
    CHECK(test.write_one() == "a=1");
    test.run_posted();
    CHECK(test.told == std::vector<std::string>{"incr has the key"});
    test.queue.release("a");
    CHECK(test.write_one() == "b=1");
  }
  SECTION("and is told when L2 fails") {
    CHECK(test.write_one(outcome::failed) == "a=1");
    test.run_posted();
    CHECK(test.told == std::vector<std::string>{"incr failed"});
    CHECK(test.write_one() == "b=1");
    CHECK(test.write_one() == "a=1");
  }
  SECTION("and has the key when L2 refuses that value") {
    CHECK(test.write_one(outcome::refused) == "a=1");
    test.run_posted();
    CHECK(test.told == std::vector<std::string>{"incr has the key"});
  }
  SECTION("and later sets of that key wait for it, too") {
    CHECK(test.put("a", "2") == admission::not_queued);
    CHECK(test.queue.acquire("a", test.waiter("set")));
    CHECK(test.write_one() == "a=1");
    test.run_posted();
    CHECK(test.told == std::vector<std::string>{"incr has the key", "set has the key"});
  }
}

TEST_CASE("a value put while the key is held does not keep those who came before it") {
  bench test;
  test.put("a", "1");
  auto const first = test.queue.take(&test);
  test.put("a", "2");
  CHECK(test.queue.acquire("a", test.waiter("late")));
  test.queue.done(*first, outcome::written, [] {});
  CHECK(test.executor.posted() == 0);  // it came after 2
  CHECK(test.write_one() == "a=2");
  CHECK(test.executor.posted() == 1);
}

TEST_CASE("nobody overtakes those who have the key and do not know it yet") {
  bench test;
  test.put("a", "1");
  CHECK(test.queue.acquire("a", test.waiter("first")));
  CHECK(test.write_one() == "a=1");
  CHECK(test.queue.acquire("a", test.waiter("second")));
  test.run_posted();
  CHECK(test.told == std::vector<std::string>{"first has the key", "second has the key"});
  CHECK_FALSE(test.queue.acquire("a", test.waiter("third")));
  test.put("a", "2");
  for (int holders = 0; holders < 3; ++holders) {
    CHECK_FALSE(test.queue.take(&test));
    test.queue.release("a");
  }
  CHECK(test.write_one() == "a=2");
}

TEST_CASE("one that has gone is not posted to") {
  bench test;
  test.put("a", "1");
  auto const ticket = test.queue.acquire("a", test.waiter("incr"));
  REQUIRE(ticket);
  test.queue.cancel("a", *ticket);
  test.write_one();
  CHECK(test.executor.posted() == 0);
  test.queue.cancel("a", *ticket);  // late is harmless
}

TEST_CASE("L1 gets one value of a key at a time, and is doubtful after two at once") {
  bench test;
  CHECK(test.queue.put(item("a", "1"), [](bool) {}).store_near);
  CHECK_FALSE(test.queue.take(&test));
  CHECK_FALSE(test.queue.put(item("a", "2"), [](bool) {}).store_near);
  test.queue.near_stored("a", near_side::current);
  CHECK_FALSE(test.queue.put(item("a", "3"), [](bool) {}).store_near);  // it will be removed anyway
  auto const taken = test.queue.take(&test);
  REQUIRE(taken);
  CHECK(taken->doubtful);
  CHECK(taken->item->value == "3");
  SECTION("until it was removed") {
    test.queue.done(*taken, outcome::written, [] {});
    CHECK(test.queue.put(item("a", "4"), [](bool) {}).store_near);
  }
  SECTION("still if that failed") {
    test.queue.done(*taken, outcome::failed, [] {});
    CHECK(test.queue.take(&test)->doubtful);
  }
}

TEST_CASE("what L2 has and the log cannot forget counts as unwritten, and fails whoever waits for it") {
  patient_log log;
  bench test({}, &log);
  test.put("a", "1");
  log.answer(true);
  auto const taken = test.queue.take(&test);
  REQUIRE(taken);
  CHECK(test.queue.acquire("a", test.waiter("delete")));
  test.queue.done(*taken, outcome::written, [] {});
  log.answer(false);
  test.run_posted();
  CHECK(test.told == std::vector<std::string>{"delete failed"});
  CHECK(test.read("a") == "1");
  auto const again = test.queue.take(&test);
  REQUIRE(again);
  test.queue.done(*again, outcome::written, [] {});
  log.answer(true);
  CHECK(test.queue.metrics().items == 0);
}

TEST_CASE("a value that L1 did not take makes the key doubtful") {
  bench test;
  test.queue.put(item("a", "1"), [](bool) {});
  test.queue.near_stored("a", near_side::doubtful);
  CHECK(test.queue.take(&test)->doubtful);
}

TEST_CASE("a value put while the key is held makes it doubtful: who holds it may yet remove it from L1") {
  bench test;
  CHECK_FALSE(test.queue.acquire("a", test.waiter("cas")));
  CHECK_FALSE(test.queue.put(item("a", "1"), [](bool) {}).store_near);
  CHECK_FALSE(test.queue.take(&test));
  test.queue.release("a");
  CHECK(test.queue.take(&test)->doubtful);
}

TEST_CASE("a set that L2 failed is kept while it holds the key, and written after that") {
  bench test({1, 100});
  CHECK_FALSE(test.queue.acquire("a", test.waiter("set")));
  bool kept = false;
  CHECK(test.queue.put_held(
            item("a", "1"), [&](bool is) { kept = is; }, nullptr) == admission::queued);
  CHECK(kept);
  CHECK(test.read("a") == "1");
  test.queue.release("a");
  CHECK_FALSE(test.queue.acquire("b", test.waiter("set")));
  CHECK(test.queue.put_held(
            item("b", "1"), [](bool) {}, nullptr) == admission::not_queued);
  test.queue.release("b");
  auto const taken = test.queue.take(&test);
  REQUIRE(taken);
  CHECK(taken->doubtful);
}

TEST_CASE("with a log, a key is written only when the log has forgotten it") {
  patient_log log;
  bench test({}, &log);
  bool kept = false;
  test.queue.put(item("a", "1"), [&](bool is) { kept = is; });
  test.queue.near_stored("a", near_side::current);
  CHECK_FALSE(kept);
  log.answer(true);
  CHECK(kept);
  CHECK(test.write_one() == "a=1");
  CHECK(log.heard == std::vector<std::string>{"put a 1", "remove a 1"});
  CHECK(test.read("a") == "1");
  CHECK(test.queue.acquire("a", test.waiter("incr")));
  log.answer(true);
  CHECK(test.read("a") == "(clean)");
  CHECK(test.executor.posted() == 1);
}

TEST_CASE("a value put while the log forgets the one before stays") {
  patient_log log;
  bench test({}, &log);
  test.put("a", "1");
  log.answer(true);
  CHECK(test.write_one() == "a=1");
  test.put("a", "2");
  CHECK_FALSE(test.queue.take(&test));
  log.answer(true);
  CHECK(test.read("a") == "2");
  CHECK(test.write_one() == "a=2");
  CHECK(log.heard == std::vector<std::string>{"put a 1", "remove a 1", "put a 2", "remove a 2"});
}

TEST_CASE("what a log brings back is written, over whatever L1 holds, and new versions come after it") {
  patient_log log;
  bench test({1, 10}, &log);
  auto const kept = [](tandem::tier::unwritten_item each) {
    return std::make_shared<tandem::tier::unwritten_item const>(std::move(each));
  };
  test.queue.restore({kept({"a", "1", 0, 0, 41}), kept({"b", "1", 0, 0, 40})});
  CHECK(test.queue.metrics().replayed == 2);
  CHECK(test.queue.keys().size() == 2);
  test.queue.put(item("a", ""), [](bool) {});
  CHECK(log.heard.empty());  // there are more than the queue may hold
  auto const taken = test.queue.take(&test);
  CHECK(taken->doubtful);
  CHECK(taken->item->key == "a");
  test.queue.done(*taken, outcome::written, [] {});
  CHECK(log.heard == std::vector<std::string>{"remove a 41"});
}

TEST_CASE("many threads: each key ends with the last value that was put, and holders are alone") {
  base::system_clock const clock;
  write_back_queue queue({8, 1000}, clock, nullptr);
  constexpr int keys = 4;
  constexpr int rounds = 3000;
  std::vector<std::atomic<int>> far(keys);  // L2
  std::vector<std::atomic<int>> writers(keys);
  std::atomic<int> putting{2};
  std::atomic<bool> overlapped{false};
  auto const write = [&](write_back_queue::taken const& taken) {
    auto const key = static_cast<std::size_t>(taken.item->key[0] - '0');
    if (writers[key].fetch_add(1) != 0) overlapped = true;
    far[key] = std::stoi(taken.item->value);
    writers[key].fetch_sub(1);
    queue.done(taken, outcome::written, [] {});
  };
  auto const put = [&](int first) {  // threads have keys of their own, so that the last value is known
    for (int round = 1; round <= rounds; ++round) {
      std::string const key = std::to_string(first + round % 2);
      auto const admitted = queue.put(item(key, std::to_string(round)), [](bool) {});
      if (admitted.store_near) queue.near_stored(key, near_side::current);
      if (admitted.admitted != admission::not_queued && round % 7 != 0) continue;
      std::atomic<bool> held{false};
      test::played_executor own;
      auto const at_once = !queue.acquire(key, {&own, [&](bool) { held = true; }});
      while (!at_once && !held) {
        own.run();
        std::this_thread::yield();
      }
      far[static_cast<std::size_t>(key[0] - '0')] = round;
      queue.release(key);
    }
    --putting;
  };
  auto const flush = [&] {
    while (putting > 0 || queue.metrics().items > 0) {
      if (auto const taken = queue.take(&queue)) write(*taken);
    }
  };
  std::vector<std::thread> threads;
  threads.emplace_back(put, 0);
  threads.emplace_back(put, 2);
  threads.emplace_back(flush);
  threads.emplace_back(flush);
  for (std::thread& each : threads) each.join();
  CHECK_FALSE(overlapped);
  for (int key = 0; key < keys; ++key) {
    CHECK(far[static_cast<std::size_t>(key)] == rounds - (key % 2 == 0 ? 0 : 1));
  }
  CHECK(queue.metrics().bytes == 0);
}

TEST_CASE("a writer that retires leaves what it need not write itself to the others, and tells them") {
  bench test;
  int leaving = 0;
  int staying = 0;
  int looks = 0;
  test.queue.attend(&leaving, [] {});
  test.queue.attend(&staying, [&] { ++looks; });
  CHECK(test.queue.attended_beside(&leaving) == false);
  test.put("a", "1");
  auto const unanswered = test.queue.take(&leaving);
  test.queue.done(*unanswered, outcome::unanswered, [] {});  // nobody else may write it
  test.put("b", "1");

  test.queue.retire(&leaving);
  CHECK(looks == 1);
  CHECK(test.queue.attended_beside(&leaving));
  CHECK(test.queue.needs(&leaving));
  auto const own = test.queue.take(&leaving);
  REQUIRE(own);
  CHECK(own->item->key == "a");
  CHECK_FALSE(test.queue.take(&leaving));
  CHECK(test.queue.take(&staying)->item->key == "b");
  CHECK_FALSE(test.queue.take(&staying));
  SECTION("done in time") {
    test.queue.done(*own, outcome::written, [] {});
    CHECK_FALSE(test.queue.needs(&leaving));
  }
  SECTION("or else left to them as well") {
    test.queue.done(*own, outcome::unanswered, [] {});
    CHECK_FALSE(test.queue.take(&staying));
    test.queue.leave(&leaving);
    CHECK(looks == 2);
    CHECK(test.queue.take(&staying)->item->key == "a");
  }
}

TEST_CASE("a writer that retires while there are no others writes everything") {
  bench test;
  int alone = 0;
  test.queue.attend(&alone, [] {});
  test.put("a", "1");
  test.queue.retire(&alone);
  CHECK_FALSE(test.queue.attended_beside(&alone));
  CHECK(test.queue.needs(&alone));
  auto const taken = test.queue.take(&alone);
  REQUIRE(taken);
  test.queue.done(*taken, outcome::written, [] {});
  CHECK_FALSE(test.queue.needs(&alone));
}
