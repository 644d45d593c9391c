#include "frontend/memory_share.hpp"

#include "metrics/registry.hpp"
#include "support/catch.hpp"
#include "unit/net/event_loop.hpp"

#include <deque>
#include <optional>
#include <string>

using namespace std::chrono_literals;

namespace tandem::frontend {
namespace {

constexpr std::size_t kib = 1024;
constexpr std::size_t bound = 1024 * kib;
constexpr std::size_t value = 256 * kib;

struct stand {
  test::event_loop loop;
  metrics::counter waits;
  policy::shared_limit limit{20'000};
  reply_budget replies{limit};
  memory_share share{loop.reactor(), {bound, value, 200ms}, replies, waits};
  patience::surroundings waited_for{loop.reactor(), share.waited_for(), 200ms};

  void pass(base::duration time) { loop.context().run_for(time); }
};

/// A client that holds memory, wants more or is waited for, and keeps a diary.
class client final : memory_share::claim::owner, patience::owner {
 public:
  explicit client(stand& at) : room(at.share, *this), waited_for(*this, at.waited_for), at_(at) {}

  void hold(std::size_t bytes) {
    held = base::chunk_ref::allocate_exact(bytes);
    waited_for.run(at_.share.is_much(bytes));
  }

  memory_share::claim room;
  patience waited_for;
  base::chunk_ref held;
  std::uint64_t done = 0;
  std::string diary;

 private:
  stand& at_;

  void on_room() override { diary += "room "; }
  void on_no_room() override { diary += "refused "; }
  std::uint64_t progress(patience const&) const override { return done; }
  void on_patience_lost(patience&) override { diary += "late "; }
  void on_memory_short(patience&) override {
    diary += "taken ";
    held.reset();
    room.give_up();
  }
};

}  // namespace

TEST_CASE("whoever asks is let in while all that was promised fits, and then in the order of asking") {
  stand at;
  client first(at), second(at), third(at), fourth(at);
  CHECK(first.room.ask(600 * kib));
  CHECK_FALSE(second.room.ask(600 * kib));
  CHECK_FALSE(third.room.ask(100 * kib));  // would fit, but is not the first
  CHECK(at.share.is_short(600 * kib));
  first.room.ask(300 * kib);  // half of it has come, and is held elsewhere
  at.pass(20ms);
  CHECK(second.diary == "room ");
  CHECK(third.diary == "room ");
  CHECK_FALSE(fourth.room.ask(100 * kib));
  first.room.give_up();
  at.pass(20ms);
  CHECK(fourth.diary == "room ");
  CHECK(at.waits.value() == 3);
}

TEST_CASE("one at a time is let in however little room there is, and none behind it") {
  stand at;
  client full(at), first(at), second(at);
  full.held = base::chunk_ref::allocate_exact(bound);
  CHECK_FALSE(first.room.ask(100 * kib));
  CHECK_FALSE(second.room.ask(100 * kib));
  at.pass(20ms);
  CHECK(first.diary == "room ");
  CHECK(first.room.ask(100 * kib));
  first.room.arrived();
  at.pass(20ms);
  CHECK(second.diary.empty());
  first.room.give_up();
  at.pass(20ms);
  CHECK(second.diary == "room ");
}

TEST_CASE("whoever finds no room in time is refused") {
  stand at;
  client full(at), waiting(at);
  CHECK(full.room.ask(bound - at.share.held()));
  CHECK_FALSE(waiting.room.ask(100 * kib));
  base::time_point const asked = at.loop.now();
  CHECK(at.loop.until([&] { return !waiting.diary.empty(); }));
  CHECK(waiting.diary == "refused ");
  CHECK(at.loop.now() - asked >= 200ms);
  CHECK_FALSE(waiting.room.waits());
}

TEST_CASE("room is taken from those who hold much and do not get on, who stands longest first") {
  stand at;
  client small(at), quick(at), older(at), younger(at), wanting(at);
  small.hold(10 * kib);
  quick.hold(300 * kib);
  older.hold(300 * kib);
  at.pass(20ms);
  younger.hold(300 * kib);
  CHECK_FALSE(wanting.room.ask(200 * kib));
  wanting.room.give_up();  // or it would be let in out of turn
  client busy(at);
  busy.room.ask(1);
  CHECK_FALSE(wanting.room.ask(200 * kib));
  CHECK(at.loop.until([&] {
    quick.done += patience::getting_on;
    quick.waited_for.run(true);
    return !older.diary.empty();
  }));
  CHECK(older.diary == "taken ");
  CHECK(wanting.diary == "room ");
  CHECK(small.diary + quick.diary + younger.diary == "");
}

TEST_CASE("what exceeds the bound by far is taken at once, a little more when nobody gets on") {
  stand at;
  client first(at), second(at), third(at);
  first.hold(800 * kib);
  second.hold(400 * kib);
  at.share.watch();
  at.loop.settle();
  CHECK(first.diary + second.diary == "");
  third.hold(600 * kib);
  CHECK(at.share.far_exceeded());
  at.share.watch();
  at.loop.settle();
  CHECK(first.diary.empty());  // it may have got on just now
  at.pass(30ms);
  CHECK(first.diary == "taken ");
  CHECK(second.diary + third.diary == "");
}

TEST_CASE("patience lasts as long as a client gets on, and is lost once") {
  stand at;
  client one(at);
  one.hold(100 * kib);
  for (int i = 0; i < 3; ++i) {
    at.pass(150ms);
    one.done += patience::getting_on;
  }
  CHECK(one.diary.empty());
  one.done += patience::getting_on - 1;
  CHECK(at.loop.until([&] { return !one.diary.empty(); }));
  CHECK_FALSE(one.waited_for.runs());
  one.waited_for.run(false);
  one.waited_for.stop();
  at.pass(250ms);
  CHECK(one.diary == "late ");
}

}  // namespace tandem::frontend
