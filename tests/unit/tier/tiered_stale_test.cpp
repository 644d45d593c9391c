// Dialogues about what is old in L1, and about who is answered with it.
#include "model/no_items_cas.hpp"
#include "tier/tiered_route.hpp"
#include "unit/base/played_executor.hpp"
#include "unit/tier/fake_tier.hpp"

#include <functional>
#include <string>
#include <vector>

namespace tandem::tier {
namespace {

using model::response;
using model::status;
using model::verb;
using model::want;
using namespace std::chrono_literals;

tiered_options stale_options(std::chrono::seconds stale_for = 30s,
                             write_policy write = write_policy::through) {
  tiered_options options;
  options.stale_for = stale_for;
  options.write = write;
  return options;
}

struct stale_tiers {
  explicit stale_tiers(tiered_options const& options = stale_options())
      : watch("t", [this](base::log_level, std::string_view line) { log.emplace_back(line); }),
        route("t", options,
              {l1, l2, missed, registry.add_worker(), executor, nullptr, 200ms, {}, {}, &watch}) {}
  ~stale_tiers() { route.stop(); }

  double answered_old(std::string const& reason) const {
    return registry.total(metrics::tier_stale_answers_total, {{"backend", "t"}, {"reason", reason}});
  }
  bool invalidate() { return route.invalidate("", {model::invalidation::extent::key, "k", executor.now()}); }

  base::duration time = 300ms;  // of each request
  std::vector<std::string> log;
  fake_tier l1;
  fake_tier l2;
  model::missed_removals missed;
  metrics::registry registry;
  test::played_executor executor;
  model::request_context context{executor.running_clock()};
  stale_watch watch;
  tiered_route route;
};

/// A request of one key, under way.
class caller {
 public:
  caller(stale_tiers& tiers, verb command, std::string_view value = {}, want wanted = want::value)
      : context_(tiers.context) {
    asked_.command = command;
    asked_.key = base::slice::copy_of("k");
    asked_.value = base::slice::copy_of(value);
    asked_.wanted = wanted;
    context_.deadline = tiers.executor.now() + tiers.time;
    task_ = tiers.route.handle(asked_, context_);
    done_ = task_.start([](void* self) { static_cast<caller*>(self)->done_ = true; }, this);
  }
  bool answered() const { return done_; }
  response answer() {
    REQUIRE(done_);
    return task_.take();
  }
  void leave() { task_.reset(); }

 private:
  model::request asked_;
  model::request_context context_;
  base::task<response> task_;
  bool done_ = false;
};

response fails(base::error_kind kind = base::error_kind::connect, model::fate fate = model::fate::never) {
  return response::server_error(kind, "down", fate);
}

/// What L1 has, marked as stale; whoever reads it is to fetch it anew.
response marked(std::string_view value, std::uint64_t cas = 40) {
  response made;
  made.value = make_near_item(7, base::slice::copy_of(value), epoch_ms);
  made.cas = cas;
  made.generation = 3;
  made.flags = 9;
  made.stale = made.won = true;
  return made;
}
/// The same, where another was told to.
response claimed(std::string_view value, std::uint64_t cas = 40) {
  response made = marked(value, cas);
  made.won = false;
  made.claimed = true;
  return made;
}
/// Not marked; good for so long.
response aging(std::string_view value, base::duration good_for, std::uint64_t cas = 40) {
  response made = marked(value, cas);
  auto const time = std::chrono::duration_cast<std::chrono::milliseconds>(good_for).count();
  made.value = make_near_item(7, base::slice::copy_of(value), epoch_ms + time);
  made.stale = made.won = false;
  return made;
}
response far_item(std::string_view value) {
  response made;
  made.value = base::slice::copy_of(value);
  made.cas = 5;
  made.flags = 9;
  return made;
}
response empty_lease(std::uint64_t cas = 40) {
  response made;
  made.won = true;
  made.cas = cas;
  made.generation = 3;
  return made;
}

void check_old(response const& answer, std::string_view value) {
  CHECK(answer.status == status::ok);
  CHECK(answer.value.view() == value);
  CHECK(answer.flags == 9);
  CHECK(answer.stale);
  CHECK(answer.claimed);
  CHECK_FALSE(answer.won);
  CHECK(answer.cas == model::no_items_cas);
}

}  // namespace

TEST_CASE("an item stays in L1 for stale_for longer than it is good, and says so") {
  stale_tiers tiers;
  {
    caller reader(tiers, verb::get);
    CHECK(tiers.l1.asked() == "get k lease=5 within 150ms");
    tiers.l1.answer(empty_lease());
    tiers.l2.answer(far_item("value"));
    CHECK(reader.answer().value.view() == "value");
    CHECK(tiers.l1.asked() == "set k <5, 60>value time=90 flags=9 cas=40 generation=3");
    tiers.l1.answer({});
  }
  caller writer(tiers, verb::set, "new");
  tiers.l1.answer(empty_lease());
  tiers.l2.answer(far_item(""));
  CHECK(tiers.l1.heard.back().starts_with("set k <5, 60>new time=90 cas=40 generation=3"));
}

TEST_CASE("an item is good until its time is over, with stale_for and without") {
  for (auto const stale_for : {0s, 30s}) {
    stale_tiers tiers(stale_options(stale_for));
    tiers.executor.pass(59'999ms);
    caller reader(tiers, verb::get, {}, want::value | want::cas);
    tiers.l1.answer(aging("value", 60s));
    response const answer = reader.answer();
    CHECK(answer.value.view() == "value");
    CHECK(answer.cas == 7);
    CHECK_FALSE(answer.stale);
  }
}

TEST_CASE("an item whose time is over is marked by the first who finds it, and fetched anew") {
  stale_tiers tiers;
  tiers.executor.pass(60s);
  tiers.l1.asked();
  caller reader(tiers, verb::get);
  tiers.l1.answer(aging("old", 60s));
  CHECK(tiers.l1.asked() == "get k lease=5 within 150ms; delete k mark cas=40 generation=3 within 150ms");
  tiers.l1.answer({});
  CHECK(tiers.l1.asked() == "get k lease=5 within 150ms");
  CHECK(tiers.l2.asked().empty());
  tiers.l1.answer(marked("old", 41));
  CHECK(tiers.l2.asked().starts_with("get k"));
  tiers.l2.answer(far_item("new"));
  response const answer = reader.answer();
  CHECK(answer.value.view() == "new");
  CHECK_FALSE(answer.stale);
  CHECK(tiers.l1.asked() == "set k <5, 120>new time=90 flags=9 cas=41 generation=3");
}

TEST_CASE("where it cannot be marked, L2 answers") {
  stale_tiers tiers;
  tiers.executor.pass(60s);
  caller reader(tiers, verb::get);
  for (int each = 0; each < 3; ++each) {
    tiers.l1.answer(aging("old", 60s));
    tiers.l1.answer(fails());
  }
  CHECK(tiers.l1.waiting() == 0);
  tiers.l2.answer(far_item("new"));
  CHECK(reader.answer().value.view() == "new");
}

TEST_CASE("without stale_for an item whose time is over is replaced, and L2's failure told") {
  stale_tiers tiers(stale_options(0s));
  tiers.executor.pass(60s);
  for (response const& said : {aging("old", 60s), marked("old")}) {
    tiers.l1.asked();
    caller reader(tiers, verb::get);
    tiers.l1.answer(said);
    tiers.l2.answer(fails());
    CHECK(reader.answer().status == status::server_error);
    CHECK(tiers.l1.heard.back() == "delete k cas=40 generation=3");
    tiers.l1.answer({});
  }
}

TEST_CASE("whatever L2's failure is, the old item is answered, and offered to the next reader") {
  using enum base::error_kind;
  for (base::error_kind const kind : {connect, timeout, connection_lost, bad_reply, refused, overload}) {
    stale_tiers tiers;
    caller reader(tiers, verb::get);
    tiers.l1.answer(marked("old"));
    tiers.l1.asked();
    tiers.l2.answer(fails(kind));
    check_old(reader.answer(), "old");
    CHECK(tiers.l1.asked() == "delete k mark cas=40 generation=3");
    CHECK(tiers.answered_old("failed") == 1);
    CHECK(tiers.log.size() == 1);
  }
}

TEST_CASE("what L2 says of an old item is answered, and done") {
  stale_tiers tiers;
  struct course {
    response far;
    std::string then;
  };
  response const odd = response::client_error("no such flag");
  response const late = far_item("new");
  for (auto const& [far, then] :
       {course{far_item("new"), "set k <5, 60>new time=90 flags=9 cas=40 generation=3"},
        course{response::of(status::not_found), "delete k cas=40 generation=3"},
        course{odd, "delete k mark cas=40 generation=3"}}) {
    caller reader(tiers, verb::get);
    tiers.l1.answer(marked("old"));
    tiers.l1.asked();
    tiers.l2.answer(far);
    response const answer = reader.answer();
    CHECK(answer.status == far.status);
    CHECK(answer.value.view() == far.value.view());
    CHECK(tiers.l1.asked() == then);
    tiers.l1.answer({});
  }
  CHECK(tiers.answered_old("failed") + tiers.answered_old("slow") == 0);
}

TEST_CASE("an L2 that has not answered in half of the time is slow, and its answer goes to L1 later") {
  stale_tiers tiers;
  caller reader(tiers, verb::get);
  tiers.l1.answer(marked("old"));
  CHECK(tiers.l2.asked() == "get k within 300ms");
  tiers.executor.pass(149ms);
  CHECK_FALSE(reader.answered());
  tiers.executor.pass(1ms);
  check_old(reader.answer(), "old");
  CHECK(tiers.answered_old("slow") == 1);
  CHECK(tiers.log == std::vector<std::string>{"backend t: what is old in L1 is answered, since L2 is slow"});
  CHECK(tiers.route.busy());
  tiers.l1.asked();
  tiers.l2.answer(far_item("new"));
  CHECK(tiers.l1.asked() == "set k <5, 60>new time=90 flags=9 cas=40 generation=3");
  tiers.l1.answer({});
  CHECK_FALSE(tiers.route.busy());
}

TEST_CASE("a reader with little time leaves L2 all of what its answer is of use in") {
  stale_tiers tiers;
  tiers.time = 40ms;
  caller reader(tiers, verb::get);
  tiers.l1.answer(marked("old"));
  CHECK(tiers.l2.asked() == "get k within 200ms");
  tiers.executor.pass(20ms);
  check_old(reader.answer(), "old");
}

TEST_CASE("a client that leaves does not end what was begun for it") {
  stale_tiers tiers;
  caller reader(tiers, verb::get);
  tiers.l1.answer(marked("old"));
  reader.leave();
  tiers.l1.asked();
  tiers.l2.answer(far_item("new"));
  CHECK(tiers.l1.asked() == "set k <5, 60>new time=90 flags=9 cas=40 generation=3");
}

TEST_CASE("while another fetches the item, it is waited for as ever; and then it is fetched, and L1 filled") {
  stale_tiers tiers;
  caller reader(tiers, verb::get);
  while (tiers.l2.heard.empty()) {
    tiers.l1.answer(claimed("old"));
    REQUIRE((!tiers.l2.heard.empty() || tiers.executor.pass_pause()));
  }
  CHECK_FALSE(reader.answered());
  tiers.l1.asked();
  tiers.l2.answer(far_item("new"));
  CHECK(reader.answer().value.view() == "new");
  CHECK(tiers.l1.asked() == "set k <5, 60>new time=90 flags=9 cas=40 generation=3");
}

TEST_CASE("while another fetches the item, and L2 was in trouble just now, the old one is answered at once") {
  stale_tiers tiers;
  tiers.watch.in_trouble(tiers.executor.now(), "is slow");
  {
    caller reader(tiers, verb::get);
    tiers.l1.answer(claimed("old"));
    check_old(reader.answer(), "old");
    CHECK(tiers.answered_old("refreshing") == 1);
    CHECK(tiers.l2.asked().empty());
  }
  tiers.executor.pass(1s);
  caller reader(tiers, verb::get);
  tiers.l1.answer(claimed("old"));
  CHECK_FALSE(reader.answered());
}

TEST_CASE("what is nothing, or nothing of Tandem's, is never answered for want of better") {
  response placeholder = empty_lease();
  response foreign = marked("old");
  foreign.value = base::slice::copy_of("somebody's");
  response nothing = marked("old");
  nothing.value = make_near_nothing();
  response uncounted = marked("old", 0);
  for (response const& said : {placeholder, foreign, nothing, uncounted}) {
    stale_tiers tiers;
    caller reader(tiers, verb::get);
    tiers.l1.answer(said);
    tiers.l2.answer(fails());
    CHECK(reader.answer().status == status::server_error);
  }
}

TEST_CASE("only reads that L1 can answer are answered with what is old") {
  for (want const wanted : {want::value | want::ttl, want::value | want::fetched}) {
    stale_tiers tiers;
    caller reader(tiers, verb::get, {}, wanted);
    tiers.l2.answer(fails());
    CHECK(reader.answer().status == status::server_error);
    CHECK(tiers.l1.asked().empty());
  }
  for (verb const command : {verb::get_and_touch, verb::touch, verb::increment, verb::append, verb::add,
                             verb::replace, verb::cas}) {
    stale_tiers tiers;
    caller writer(tiers, command, "1");
    tiers.l2.answer(fails());
    tiers.l1.answer(response::of(status::not_found));
    CHECK(writer.answer().status == status::server_error);
  }
}

TEST_CASE("an invalidation marks what is good, for stale_for; what is old keeps its time") {
  struct course {
    std::int64_t ttl;
    std::string told;
  };
  for (auto const& [ttl, told] : {course{90, "delete k mark time=30"}, course{31, "delete k mark time=30"},
                                  course{-1, "delete k mark time=30"}, course{30, "delete k mark cas=40"},
                                  course{1, "delete k mark cas=40"}, course{0, "delete k mark cas=40"}}) {
    stale_tiers tiers;
    CHECK(tiers.invalidate());
    CHECK(tiers.l1.asked() == "get k");
    response found = marked("old");
    found.ttl = ttl;
    tiers.l1.answer(found);
    CHECK(tiers.l1.asked() == told);
    tiers.l1.answer({});
    CHECK(tiers.l1.asked().empty());
    CHECK(tiers.registry.total(metrics::invalidations_applied_total) == 1);
    CHECK(tiers.missed.size() == 0);
  }
}

TEST_CASE("of an item that was marked by somebody else meanwhile the time is told, and no longer one") {
  stale_tiers tiers;
  tiers.invalidate();
  response found = marked("old");
  found.ttl = 12;
  tiers.l1.answer(found);
  tiers.l1.asked();
  tiers.l1.answer(response::of(status::exists));
  CHECK(tiers.l1.asked() == "delete k mark time=12");
}

TEST_CASE("whatever goes wrong with a mark, the item is removed, or not read until it is") {
  struct course {
    response look;
    std::optional<response> marking;
  };
  response good = aging("old", 60s);
  good.ttl = 90;
  response uncounted = good;
  uncounted.cas = 0;
  for (course const& each : {course{fails(), std::nullopt}, course{uncounted, std::nullopt},
                             course{good, fails()}, course{good, response::client_error("what?")}}) {
    stale_tiers tiers;
    tiers.invalidate();
    tiers.l1.answer(each.look);
    if (each.marking) tiers.l1.answer(*each.marking);
    CHECK(tiers.l1.heard.back() == "delete k");
    tiers.l1.answer(fails());
    CHECK(tiers.missed.misses("k"));
    REQUIRE(tiers.executor.pass_pause());
    CHECK(tiers.l1.heard.back() == "delete k");
    tiers.l1.answer({});
    CHECK_FALSE(tiers.missed.blocks("k"));
  }
}

TEST_CASE("what is not in L1 needs no mark") {
  stale_tiers tiers;
  tiers.invalidate();
  tiers.l1.asked();
  tiers.l1.answer(response::of(status::not_found));
  CHECK(tiers.l1.asked().empty());
  CHECK(tiers.registry.total(metrics::invalidations_applied_total) == 1);
}

TEST_CASE("what L2 has done, or refused, or was to delete, is gone from L1 for good") {
  struct course {
    verb command;
    response far;
  };
  for (auto const policy : {write_policy::through, write_policy::around}) {
    for (auto const& [command, far] :
         {course{verb::set, response()}, course{verb::append, response()},
          course{verb::increment, response()}, course{verb::remove, response()},
          course{verb::remove, fails()},
          course{verb::remove, fails(base::error_kind::timeout, model::fate::maybe)},
          course{verb::remove, response::of(status::not_found)},
          course{verb::set, fails(base::error_kind::refused)},
          course{verb::set, response::of(status::too_large)}, course{verb::touch, response()}}) {
      stale_tiers tiers(stale_options(30s, policy));
      caller writer(tiers, command, "1");
      bool const through = policy == write_policy::through && command == verb::set;
      if (through) tiers.l1.answer(marked("old"));
      tiers.l1.asked();
      tiers.l2.answer(far);
      if (through && far.hit()) {
        CHECK(tiers.l1.asked().starts_with("set k <0, 60>1 time=90 cas=40 generation=3"));
        tiers.l1.answer(response::of(status::exists));
      }
      if (command != verb::touch || !far.hit()) {
        CHECK(tiers.l1.asked().starts_with("delete k within"));
        tiers.l1.answer({});
      }
      CHECK(writer.answer().status == far.status);
    }
  }
}

TEST_CASE("what L2 has failed to change is marked") {
  for (auto const policy : {write_policy::through, write_policy::around}) {
    for (verb const command : {verb::set, verb::append, verb::increment, verb::cas}) {
      stale_tiers tiers(stale_options(30s, policy));
      caller writer(tiers, command, "1");
      if (policy == write_policy::through && command == verb::set) tiers.l1.answer(aging("old", 60s));
      tiers.l1.asked();
      tiers.l2.answer(fails());
      CHECK(tiers.l1.asked().starts_with("get k within"));
      response found = aging("old", 60s);
      found.ttl = 85;
      tiers.l1.answer(found);
      CHECK(tiers.l1.asked().starts_with("delete k mark time=30"));
      CHECK_FALSE(writer.answered());
      tiers.l1.answer({});
      CHECK(writer.answer().status == status::server_error);
    }
  }
}

TEST_CASE("while L2 may yet execute a write, it is asked first, and then only what is marked is answered") {
  struct course {
    response near;
    bool is_answered;
  };
  for (auto const& [near, is_answered] :
       {course{marked("old"), true}, course{claimed("old"), true}, course{aging("old", 1h), false},
        course{aging("old", -1s), false}, course{empty_lease(), false}, course{fails(), false}}) {
    stale_tiers tiers;
    tiers.missed.remember_doubtful("k");
    caller reader(tiers, verb::get);
    CHECK(tiers.l1.asked().empty());
    CHECK(tiers.l2.asked() == "get k within 270ms");
    tiers.l2.answer(fails());
    CHECK(tiers.l1.asked() == "get k lease=5 within 300ms");
    tiers.l1.answer(near);
    response const answer = reader.answer();
    CHECK(answer.hit() == is_answered);
    if (is_answered) check_old(answer, "old");
  }
}

TEST_CASE("of a key whose removal L1 has missed nothing is answered, whatever becomes of L2") {
  using memory = model::missed_removals;
  for (auto const& remember : {+[](memory& of) { of.remember("k"); },
                               +[](memory& of) {
                                 of.remember("k");
                                 of.remember_doubtful("k");
                               },
                               +[](memory& of) {
                                 of.remember_doubtful("k");
                                 of.remember("k");
                               },
                               +[](memory& of) {
                                 of.remember_doubtful("k");
                                 REQUIRE(of.remember_if_room("k"));
                               }}) {
    stale_tiers tiers;
    remember(tiers.missed);
    caller reader(tiers, verb::get);
    tiers.l2.answer(fails());
    CHECK(reader.answer().status == status::server_error);
    CHECK(tiers.l1.asked().empty());
  }
}

TEST_CASE("who was told what L2 has of a key in doubt is not told what is old after that") {
  stale_tiers tiers;
  tiers.missed.remember_doubtful("k");
  caller reader(tiers, verb::get);
  tiers.l2.answer(far_item("new"));
  CHECK_FALSE(reader.answered());
  CHECK(tiers.l1.asked().starts_with("delete k"));
  tiers.l1.answer({});
  CHECK(reader.answer().value.view() == "new");
}

TEST_CASE("of what is there, a read in doubt takes nothing away") {
  for (response const& near : {aging("good", 1h), aging("old", -1s), claimed("old")}) {
    stale_tiers tiers;
    tiers.missed.remember_doubtful("k");
    caller reader(tiers, verb::get);
    tiers.l2.answer(fails());
    tiers.l1.answer(near);
    CHECK(reader.answered());
    CHECK(tiers.l1.heard.back().starts_with("get k"));
  }
}

TEST_CASE("an old item that another Tandem keeps for longer is answered for stale_for and no longer") {
  for (bool const is_in_time : {true, false}) {
    stale_tiers tiers;
    tiers.executor.pass(is_in_time ? 29s : 31s);
    caller reader(tiers, verb::get);
    tiers.l1.answer(marked("old"));
    tiers.l2.answer(fails());
    CHECK(reader.answer().hit() == is_in_time);
  }
}

TEST_CASE(
    "nothing that was stored before a prefix was invalidated is answered, whatever number it has by now") {
  for (std::int64_t const stored_ms : {-1000, 0, 1}) {
    stale_tiers tiers;
    REQUIRE(tiers.route.invalidate("", {model::invalidation::extent::prefix, "k", tiers.executor.now()}));
    tiers.executor.pass(61s);
    response near = marked("old", 1000);
    near.value =
        make_near_item(7, base::slice::copy_of("old"), epoch_ms + stored_ms + 60'000);  // l1_ttl later
    caller reader(tiers, verb::get);
    tiers.l1.answer(near);
    tiers.l2.answer(fails());
    CHECK(reader.answer().hit() == (stored_ms > 0));
  }
}

TEST_CASE("where another is said to fetch it and does not, L2 is asked now and then") {
  stale_tiers tiers;
  tiers.watch.in_trouble(tiers.executor.now(), "fails: ", "another key");
  int asked = 0;
  for (int count = 0; count < 64; ++count) {
    caller reader(tiers, verb::get);
    tiers.l1.answer(claimed("old"));
    if (reader.answered()) {
      check_old(reader.answer(), "old");
      continue;
    }
    ++asked;
    tiers.l2.answer(far_item("new"));
    CHECK(reader.answer().value.view() == "new");
    tiers.l1.answer({});  // which it is stored in
  }
  CHECK(asked == 2);
}

TEST_CASE(
    "with as many refreshes under way as may be, a reader waits for L2, and is answered if that fails") {
  stale_tiers tiers;
  for (std::size_t each = 0; each < tiered_route::refreshes_max; ++each) {
    caller gone(tiers, verb::get);
    tiers.l1.answer(marked("old"));
    REQUIRE_FALSE(gone.answered());
  }
  caller reader(tiers, verb::get);
  tiers.l1.answer(marked("old"));
  tiers.executor.pass(200ms);
  CHECK_FALSE(reader.answered());
  for (std::size_t each = 0; each <= tiered_route::refreshes_max; ++each) tiers.l2.answer(fails());
  check_old(reader.answer(), "old");
}

TEST_CASE("the log tells when L2 answers again") {
  stale_tiers tiers;
  auto const read = [&](response const& far) {
    caller reader(tiers, verb::get);
    tiers.l1.answer(marked("old"));
    tiers.l2.answer(far);
    tiers.l1.answer({});
    CHECK(reader.answer().hit());
  };
  read(fails());
  read(far_item("new"));
  CHECK(tiers.log.size() == 1);
  tiers.executor.pass(6s);
  read(far_item("new"));
  REQUIRE(tiers.log.size() == 2);
  CHECK(tiers.log[1] == "backend t: L2 answers again, and nothing that is old in L1 is answered");
}

}  // namespace tandem::tier
