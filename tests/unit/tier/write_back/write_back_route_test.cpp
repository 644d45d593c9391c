#include "tier/write_back/write_back_route.hpp"

#include "support/catch.hpp"
#include "unit/base/played_executor.hpp"

#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

using namespace tandem;
using namespace std::chrono_literals;
using model::status;
using model::verb;
using tier::write_back_mode;
using tier::write_back_queue;

namespace {

/// An event that a test brings about.
struct gate {
  std::vector<std::shared_ptr<base::event<>>> waiting;
  base::task<void> pass() {
    auto const opened = waiting.emplace_back(std::make_shared<base::event<>>());
    co_await *opened;
  }
  void open() {
    for (auto const& each : std::exchange(waiting, {})) each->set();
  }
};

/// A server: values by key. Notes what it was sent, fails when it is down, and answers later when it is slow.
class server final : public model::route {
 public:
  server(std::string name, std::vector<std::string>& heard) : name_(std::move(name)), heard_(heard) {}

  base::task<model::response> handle(model::request const& asked, model::request_context&) override {
    std::string const key = asked.key.str();
    heard_.push_back(name_ + " " + std::string(traits(asked.command).name) + " " + key +
                     (asked.value.empty() ? "" : " " + asked.value.str()));
    last = asked;
    if (slow) co_await answers.pass();
    if (down) co_return model::response::server_error(base::error_kind::connect, name_ + " is down");
    if (refuses) co_return model::response::of(status::too_large);
    co_return execute(asked);
  }
  void explain(std::string_view, model::explanation&) const override {}

  bool down = false;
  bool refuses = false;
  bool slow = false;
  gate answers;
  model::request last;
  std::map<std::string, std::string> items;

 private:
  model::response execute(model::request const& asked) {
    std::string const key = asked.key.str();
    if (asked.command == verb::set) items[key] = asked.value.str();
    if (asked.command == verb::remove) items.erase(key);
    if (asked.command == verb::flush) items.clear();
    if (asked.command == verb::append) items[key] += asked.value.str();
    model::response answer;
    if (asked.command != verb::get) return answer;
    auto const found = items.find(key);
    if (found == items.end()) return model::response::of(status::not_found);
    answer.value = base::slice::copy_of(found->second);
    return answer;
  }

  std::string name_;
  std::vector<std::string>& heard_;
};

/// Both tiers, as the tiered route writes around.
class around final : public model::route {
 public:
  around(server& near, server& far) : near_(near), far_(far) {}
  base::task<model::response> handle(model::request const& asked, model::request_context& context) override {
    if (asked.command == verb::get) {
      model::response answer = co_await near_.handle(asked, context);
      if (answer.hit()) co_return std::move(answer);
      co_return co_await far_.handle(asked, context);
    }
    model::response answer = co_await far_.handle(asked, context);
    model::request removal;
    removal.command = asked.command == verb::flush ? verb::flush : verb::remove;
    removal.key = asked.key;
    co_await near_.handle(removal, context);
    co_return std::move(answer);
  }
  void explain(std::string_view, model::explanation&) const override {}
  bool invalidate(std::string_view, model::invalidation const& what) override {
    if (busy-- > 0) return false;
    near_.items.erase(what.text);
    return true;
  }

  int busy = 0;  // so often it cannot keep up

 private:
  server& near_;
  server& far_;
};

struct client_call {
  model::request asked;
  base::task<model::response> answer;
  std::string text() {
    if (!answer.done()) return "(waits)";
    model::response const told = answer.take();
    if (told.status == status::not_found) return "(none)";
    if (told.failed()) return told.message.str();
    return asked.command == verb::get ? told.value.str() : "ok";
  }
};

struct house {
  explicit house(write_back_mode mode = write_back_mode::always, tier::write_back_limits limits = {},
                 tier::write_log* log = nullptr, bool keeps_flags = true)
      : queue(limits, executor.running_clock(), log),
        route("both", {mode, 60s, keeps_flags}, both, near, {queue, far, both, executor},
              registry.add_worker()) {}
  ~house() { route.stop(); }

  client_call& start(verb command, std::string const& key, std::string const& value = "",
                     std::int64_t time = 0) {
    client_call& made = calls.emplace_back();
    made.asked.command = command;
    made.asked.key = base::slice::copy_of(key);
    made.asked.value = base::slice::copy_of(value);
    made.asked.expires = model::exptime(time);
    made.answer = route.handle(made.asked, context);
    made.answer.start([](void*) {}, nullptr);
    return made;
  }
  std::string ask(verb command, std::string const& key, std::string const& value = "") {
    client_call& made = start(command, key, value);
    run();
    return made.text();
  }
  void run() { executor.run(); }
  /// The next pause is over.
  void wake() {
    REQUIRE(executor.pass_pause());
    run();
  }

  test::played_executor executor;
  model::request_context context{executor.running_clock()};
  std::vector<std::string> heard;
  server near{"L1", heard};
  server far{"L2", heard};
  around both{near, far};
  write_back_queue queue;
  metrics::registry registry;
  tier::write_back_route route;
  std::deque<client_call> calls;
};

using lines = std::vector<std::string>;

}  // namespace

TEST_CASE("write: back answers a set when L1 has it, and writes it to L2 then") {
  house test;
  test.near.slow = true;
  client_call& set = test.start(verb::set, "a", "1");
  test.run();
  CHECK(test.heard == lines{"L1 set a 1"});
  CHECK(set.text() == "(waits)");
  CHECK(test.ask(verb::get, "a") == "1");  // from the queue
  test.far.slow = true;
  test.near.answers.open();
  test.run();
  CHECK(set.text() == "ok");
  CHECK(test.heard == lines{"L1 set a 1", "L2 set a 1"});
  CHECK(test.queue.metrics().items == 1);
  test.far.answers.open();
  CHECK(test.queue.metrics().items == 0);
}

TEST_CASE("write: back gives L1 no item for longer than l1_ttl, and L2 the time that the client meant") {
  house test;
  test.start(verb::set, "a", "1", 10);
  CHECK(test.heard == lines{"L1 set a 1", "L2 set a 1"});
  CHECK(test.near.last.expires.wire() == 10);
  CHECK(test.far.last.expires.remaining(test.context.clock.unix_ms() / 1000) == 10);
  test.start(verb::set, "b", "1", 100);
  CHECK(test.near.last.expires.wire() == 60);
  test.start(verb::set, "c", "1");
  CHECK(test.near.last.expires.wire() == 60);
  CHECK(test.far.last.expires.never());
}

TEST_CASE("while L2 is down, sets are answered, gets see them, and L2 has them when it is back") {
  house test;
  test.far.down = true;
  CHECK(test.ask(verb::set, "a", "1") == "ok");
  CHECK(test.ask(verb::set, "b", "1") == "ok");
  CHECK(test.ask(verb::set, "a", "2") == "ok");
  CHECK(test.ask(verb::get, "a") == "2");
  for (base::duration const pause : {5ms, 10ms, 20ms}) {
    CHECK(test.executor.pauses() == std::vector<base::duration>{pause});
    test.wake();
  }
  test.far.down = false;
  test.wake();
  CHECK(test.far.items == std::map<std::string, std::string>{{"a", "2"}, {"b", "1"}});
  CHECK(test.queue.metrics().items == 0);
}

TEST_CASE("a request waits for what was set before it no longer than its time, and nothing stays behind") {
  for (auto const mode : {write_back_mode::always, write_back_mode::on_failure}) {
    house test(mode);
    test.far.down = mode == write_back_mode::on_failure;
    test.far.slow = mode == write_back_mode::always;
    CHECK(test.ask(verb::set, "a", "1") == "ok");
    test.far.down = false;
    test.far.slow = true;
    test.context.deadline = test.executor.now() + 50ms;
    client_call& append = test.start(verb::append, "a", "2");
    client_call& flush = test.start(verb::flush, "");
    test.executor.pass(49ms);
    CHECK(append.text() == "(waits)");
    test.executor.pass(1ms);
    CHECK(append.text() == "both: what was set before is not yet written to L2");
    CHECK(flush.text() == "both: what was set before is not yet written to L2");
    test.context.deadline = model::no_deadline;
    client_call& later = test.start(verb::append, "a", "3");
    test.far.slow = false;
    test.far.answers.open();
    test.run();
    CHECK(later.text() == "ok");
    CHECK(test.far.items == std::map<std::string, std::string>{{"a", "13"}});
    CHECK(test.queue.metrics().items == 0);
  }
}

TEST_CASE("a set waits for a journal that hangs no longer than its time, and may still be kept") {
  struct hanging_log final : tier::write_log {
    void put(std::shared_ptr<tier::unwritten_item const>, told done) override {
      due.push_back(std::move(done));
    }
    void remove(std::string const&, std::uint64_t, told done) override { due.push_back(std::move(done)); }
    std::vector<told> due;
  };
  hanging_log log;
  house test(write_back_mode::always, {}, &log);
  test.context.deadline = test.executor.now() + 50ms;
  client_call& set = test.start(verb::set, "a", "1");
  test.executor.pass(49ms);
  CHECK(set.text() == "(waits)");
  test.executor.pass(1ms);
  CHECK(set.text() == "both: the journal has not confirmed it yet");
  test.context.deadline = model::no_deadline;
  for (auto& each : std::exchange(log.due, {})) each(true);
  test.run();
  CHECK(test.far.items == std::map<std::string, std::string>{{"a", "1"}});
}

TEST_CASE("an unwritten item whose time is over is a miss") {
  house test;
  test.far.down = true;
  client_call& set = test.start(verb::set, "a", "1", 2);
  test.run();
  CHECK(set.text() == "ok");
  test.executor.pass(1s);
  CHECK(test.ask(verb::get, "a") == "1");
  test.executor.pass(2s);
  CHECK(test.ask(verb::get, "a") == "(none)");
}

TEST_CASE("another verb waits for what was set before it, and what is set after it waits for the verb") {
  house test;
  test.far.slow = true;
  test.ask(verb::set, "a", "1");
  client_call& append = test.start(verb::append, "a", "2");
  client_call& later = test.start(verb::set, "a", "3");
  test.run();
  CHECK(append.text() == "(waits)");
  CHECK(later.text() == "(waits)");
  test.heard.clear();
  test.far.answers.open();  // the first set
  test.run();
  CHECK(test.heard == lines{"L2 append a 2", "L2 set a 3"});  // on one connection
  test.far.answers.open();
  test.run();
  CHECK(append.text() == "ok");
  CHECK(later.text() == "ok");
  CHECK(test.far.items["a"] == "3");
  CHECK(test.near.items.count("a") == 0);
}

TEST_CASE("another verb on an unwritten key fails while L2 fails") {
  house test;
  test.far.down = true;
  test.ask(verb::set, "a", "1");
  client_call& removal = test.start(verb::remove, "a");
  test.run();
  CHECK(removal.text() == "(waits)");
  test.wake();
  CHECK(removal.text() == "both: what was set before could not be written to L2");
  CHECK(test.ask(verb::get, "a") == "1");
}

TEST_CASE("a client that goes away while it waits gives up the key") {
  house test;
  test.far.slow = true;
  test.ask(verb::set, "a", "1");
  client_call& removal = test.start(verb::remove, "a");
  SECTION("before it is given") {
    removal.answer.reset();
    test.far.answers.open();
    test.run();
  }
  SECTION("between its being given and its beginning") {
    test.far.answers.open();
    removal.answer.reset();
    test.run();
  }
  test.far.slow = false;
  CHECK(test.ask(verb::set, "a", "2") == "ok");
  CHECK(test.far.items["a"] == "2");
}

TEST_CASE("a full queue writes to L2 before it answers") {
  house test(write_back_mode::always, {1, 100});
  test.far.slow = true;
  test.ask(verb::set, "a", "1");
  client_call& set = test.start(verb::set, "b", "1");
  test.run();
  CHECK(set.text() == "(waits)");
  CHECK(test.heard == lines{"L1 set a 1", "L2 set a 1", "L2 set b 1"});
  SECTION("and L2 fails it") {
    test.far.down = true;
    test.far.answers.open();
    test.run();
    CHECK(set.text() == "L2 is down");
  }
  SECTION("and L2 takes it") {
    test.near.items["b"] = "0";
    test.far.answers.open();
    test.run();
    CHECK(set.text() == "ok");
    CHECK(test.near.items.count("b") == 0);
  }
  CHECK(test.queue.metrics().full == 1);
}

TEST_CASE("two sets of a key at once leave no older value in L1") {
  house test;
  test.near.slow = true;
  test.start(verb::set, "a", "1");
  client_call& second = test.start(verb::set, "a", "2");
  test.run();
  CHECK(second.text() == "ok");
  CHECK(test.heard == lines{"L1 set a 1"});
  test.near.slow = false;
  test.near.answers.open();
  test.run();
  CHECK(test.heard == lines{"L1 set a 1", "L2 set a 2", "L1 delete a"});
  CHECK(test.near.items.empty());
}

TEST_CASE("an item that L1 does not take is removed there when L2 has it") {
  house test;
  test.near.items["a"] = "0";
  test.near.refuses = true;
  client_call& set = test.start(verb::set, "a", "1");
  test.near.refuses = false;
  test.run();
  CHECK(set.text() == "ok");
  CHECK(test.heard == lines{"L1 set a 1", "L2 set a 1", "L1 delete a"});
}

TEST_CASE(
    "a value that L2 refuses for good leaves L1 before the queue lets it go, and is not read any more") {
  for (int const busy : {0, 3}) {
    CAPTURE(busy);
    house test;
    test.both.busy = busy;
    test.far.items["a"] = "0";
    test.far.refuses = true;
    test.ask(verb::set, "a", "1");
    test.far.refuses = false;
    test.executor.pass(40ms);
    CHECK(test.queue.metrics().refused == 1);
    CHECK(test.queue.metrics().items == 0);
    CHECK(test.near.items.empty());
    CHECK(test.ask(verb::get, "a") == "0");
  }
}

TEST_CASE("a client that goes away leaves its set in the queue, and L2 gets it after L1 has answered") {
  house test;
  test.near.slow = true;
  test.start(verb::set, "a", "1").answer.reset();
  CHECK(test.heard == lines{"L1 set a 1"});
  test.near.answers.open();
  test.run();
  CHECK(test.heard == lines{"L1 set a 1", "L2 set a 1"});
}

TEST_CASE("flush waits for all that is unwritten") {
  house test;
  test.far.slow = true;
  test.ask(verb::set, "a", "1");
  test.ask(verb::set, "b", "1");
  client_call& flush = test.start(verb::flush, "");
  test.run();
  CHECK(flush.text() == "(waits)");
  test.far.slow = false;
  test.far.answers.open();
  test.run();
  CHECK(flush.text() == "ok");
  CHECK(test.far.items.empty());
  CHECK(test.near.items.empty());
}

TEST_CASE("on_l2_failure: queue keeps what L2 failed, and gives it to L2 when it is back") {
  house test(write_back_mode::on_failure);
  CHECK(test.ask(verb::set, "a", "1") == "ok");
  CHECK(test.heard == lines{"L2 set a 1", "L1 delete a"});
  test.far.down = true;
  CHECK(test.ask(verb::set, "a", "2") == "ok");
  CHECK(test.ask(verb::get, "a") == "2");
  CHECK(test.ask(verb::set, "a", "3") == "ok");
  CHECK(test.ask(verb::get, "a") == "3");
  CHECK(test.queue.metrics().coalesced == 1);
  CHECK(test.ask(verb::append, "b", "1") == "L2 is down");
  test.near.items["a"] = "0";
  test.far.down = false;
  test.wake();
  CHECK(test.far.items["a"] == "3");
  CHECK(test.near.items.empty());
}

TEST_CASE("on_l2_failure: queue tells the client of L2's failure when there is no room") {
  house test(write_back_mode::on_failure, {1, 100});
  test.far.down = true;
  CHECK(test.ask(verb::set, "a", "1") == "ok");
  CHECK(test.ask(verb::set, "b", "1") == "L2 is down");
}

namespace {

/// A journal that takes everything when it gets to it.
class slow_log final : public tier::write_log {
 public:
  void put(std::shared_ptr<tier::unwritten_item const>, told done) override {
    due.push_back(std::move(done));
  }
  void remove(std::string const&, std::uint64_t, told done) override { due.push_back(std::move(done)); }
  void answer() {
    for (told& each : std::exchange(due, {})) each(true);
  }

 private:
  std::vector<told> due;
};

/// A journal without room.
class refusing_log final : public tier::write_log {
 public:
  explicit refusing_log(std::vector<base::callback<>>& later) : later_(later) {}
  void put(std::shared_ptr<tier::unwritten_item const>, told done) override {
    later_.emplace_back([done = std::move(done)]() mutable { done(false); });
  }
  void remove(std::string const&, std::uint64_t, told done) override {
    later_.emplace_back([done = std::move(done)]() mutable { done(true); });
  }

 private:
  std::vector<base::callback<>>& later_;
};

}  // namespace

TEST_CASE("a value that is set while the journal forgets the one before reaches L2 without more ado") {
  slow_log log;
  house test(write_back_mode::always, {}, &log);
  test.start(verb::set, "a", "1");
  test.run();
  test.start(verb::set, "a", "2");
  test.run();
  CHECK(test.far.items["a"] == "1");
  log.answer();
  test.run();
  CHECK(test.far.items["a"] == "2");
}

TEST_CASE("a set that the journal cannot take is answered when L2 has it") {
  std::vector<base::callback<>> later;
  refusing_log log(later);
  house test(write_back_mode::always, {}, &log);
  test.far.slow = true;
  client_call& set = test.start(verb::set, "a", "1");
  auto const run_log = [&] {
    for (base::callback<>& each : std::exchange(later, {})) each();
    test.run();
  };
  run_log();
  CHECK(set.text() == "(waits)");
  SECTION("and L2 takes it") {
    test.far.answers.open();
    run_log();
    CHECK(set.text() == "ok");
  }
  SECTION("and L2 fails it") {
    test.far.down = true;
    test.far.answers.open();
    test.run();
    CHECK(set.text() == "both: what was set before could not be written to L2");
  }
}

TEST_CASE("a set with flags that L2 would not keep is L2's to judge before it is answered") {
  house test(write_back_mode::always, {}, nullptr, false);
  test.far.refuses = true;
  client_call& made = test.calls.emplace_back();
  made.asked.command = verb::set;
  made.asked.flags = 1;
  made.asked.key = base::slice::copy_of("a");
  made.answer = test.route.handle(made.asked, test.context);
  CHECK(made.answer.start([](void*) {}, nullptr));
  CHECK(made.answer.take().status == status::too_large);
  CHECK(test.queue.metrics().items == 0);
}

TEST_CASE("the drain ends when nothing is unwritten") {
  house test;
  test.far.down = true;
  test.ask(verb::set, "a", "1");
  CHECK_FALSE(test.route.busy());
  test.route.drain();
  test.wake();
  CHECK(test.route.busy());
  test.far.down = false;
  while (test.executor.pass_pause()) test.run();
  CHECK_FALSE(test.route.busy());
}
