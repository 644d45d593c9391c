// Dialogues of a tiered route with its two tiers.
#include "tier/tiered_route.hpp"

#include "unit/base/played_executor.hpp"
#include "unit/tier/fake_tier.hpp"

#include <functional>

namespace tandem::tier {
namespace {

using model::response;
using model::status;
using model::verb;
using model::want;
using namespace std::chrono_literals;

model::request asking(verb command, std::string_view value = {}, std::int64_t time = 0) {
  model::request made;
  made.command = command;
  made.key = base::slice::copy_of("k");
  made.value = base::slice::copy_of(value);
  made.expires = model::exptime(time);
  if (traits(command).has_value) made.wanted = want::nothing;
  return made;
}

response down() { return response::server_error(base::error_kind::connect, "down"); }
response ok() { return response(); }
response miss() { return response::of(status::not_found); }

/// What L1 says when it leaves a placeholder.
response won(std::uint64_t cas, std::uint32_t generation = 3) {
  response made;
  made.won = true;
  made.cas = cas;
  made.generation = generation;
  return made;
}
response taken(std::uint64_t cas) {
  response made = won(cas);
  made.won = false;
  made.claimed = true;
  return made;
}
response held(std::string_view value, std::uint64_t cas, std::uint64_t far_cas = 7) {
  response made;
  made.value = make_near_item(far_cas, base::slice::copy_of(value));
  made.cas = cas;
  made.generation = 3;
  made.flags = 9;
  return made;
}
response found(std::string_view value, std::int64_t ttl = -1, std::uint64_t cas = 5) {
  response made;
  made.value = base::slice::copy_of(value);
  made.cas = cas;
  made.ttl = ttl;
  made.flags = 9;
  return made;
}
response stored(std::uint64_t cas = 5) {
  response made;
  made.cas = cas;
  return made;
}

struct both_tiers {
  explicit both_tiers(tiered_options const& options = {})
      : route("t", options, {l1, l2, missed, registry.add_worker(), executor, nullptr, patience}) {}
  ~both_tiers() { route.stop(); }

  double metric(metrics::family const& which) const { return registry.total(which); }

  static constexpr base::duration patience = 200ms;

  fake_tier l1;
  fake_tier l2;
  model::missed_removals missed;
  metrics::registry registry;
  test::played_executor executor;
  model::request_context context{executor.running_clock()};
  tiered_route route;
};

/// A client's request, under way.
class client {
 public:
  client(both_tiers& tiers, model::request asked) : asked_(std::move(asked)) {
    task_ = tiers.route.handle(asked_, tiers.context);
    done_ = task_.start([](void* self) { static_cast<client*>(self)->done_ = true; }, this);
  }
  bool answered() const { return done_; }
  response answer() {
    REQUIRE(done_);
    return task_.take();
  }
  void leave() { task_.reset(); }

 private:
  model::request asked_;
  base::task<response> task_;
  bool done_ = false;
};

}  // namespace

TEST_CASE("a hit in L1 is answered by L1 alone, with L2's cas") {
  both_tiers tiers;
  model::request asked = asking(verb::get);
  asked.wanted = want::value | want::cas | want::size;
  client reader(tiers, asked);
  CHECK(tiers.l1.asked() == "get k lease=5");
  tiers.l1.answer(held("value", 40, 12));
  response const answer = reader.answer();
  CHECK(answer.value.view() == "value");
  CHECK(answer.flags == 9);
  CHECK(answer.cas == 12);
  CHECK(answer.size == 5);
  CHECK(tiers.l2.asked().empty());
}

TEST_CASE("a miss in L1 reads L2, answers, and fills L1 under the lease with a time that ends before L2's") {
  struct expected {
    std::int64_t far_ttl;
    std::string time;
  };
  for (auto const& [far_ttl, time] :
       {expected{-1, "60"}, {1000, "60"}, {61, "60"}, {60, "59"}, {2, "1"}, {3'000'000, "60"}}) {
    both_tiers tiers;
    client reader(tiers, asking(verb::get));
    tiers.l1.asked();
    tiers.l1.answer(won(40));
    CHECK(tiers.l2.asked() == "get k");
    tiers.l2.answer(found("value", far_ttl));
    CHECK(tiers.l1.asked() == "set k <5>value time=" + time + " flags=9 cas=40 generation=3");
    CHECK(reader.answer().value.view() == "value");
    tiers.l1.answer(ok());
    CHECK(tiers.metric(metrics::tier_fills_total) == 1);
    CHECK(tiers.route.under_way() == 0);
  }
}

TEST_CASE("what has no whole second left in L2 is not put into L1, and its placeholder goes") {
  both_tiers tiers;
  client reader(tiers, asking(verb::get));
  tiers.l1.asked();
  tiers.l1.answer(won(40));
  tiers.l2.answer(found("value", 1));
  CHECK(reader.answer().value.view() == "value");
  CHECK(tiers.l1.asked() == "delete k cas=40 generation=3");
}

TEST_CASE("a fill that L1 refuses, or fails, is counted and nobody sees it") {
  for (response const& said :
       {response::of(status::exists), miss(), response::of(status::not_stored), down()}) {
    both_tiers tiers;
    client reader(tiers, asking(verb::get));
    tiers.l1.answer(won(40));
    tiers.l2.answer(found("value"));
    CHECK(reader.answer().hit());
    tiers.l1.answer(said);
    CHECK(tiers.metric(metrics::tier_fills_refused_total) + tiers.metric(metrics::tier_fills_failed_total) ==
          1);
    CHECK(tiers.metric(metrics::tier_fills_total) == 0);
  }
}

namespace {

/// How long a reader waits for the fill of somebody else before it asks L2, which answers then.
base::duration waited(both_tiers& tiers) {
  base::time_point const began = tiers.executor.now();
  client reader(tiers, asking(verb::get));
  while (tiers.l2.asked().empty()) {
    CHECK(tiers.l1.asked() == "get k lease=5");
    tiers.l1.answer(taken(40));
    if (tiers.executor.now() - began > 10s || !tiers.executor.pass_pause()) break;
  }
  base::duration const time = tiers.executor.now() - began;
  tiers.l2.answer(found("value"));
  CHECK(reader.answer().hit());
  CHECK(tiers.l1.asked().empty());
  return time;
}

void fetch(both_tiers& tiers, base::duration time) {
  client reader(tiers, asking(verb::get));
  tiers.l1.answer(won(40));
  tiers.executor.pass(time);
  tiers.l2.answer(found("value"));
  CHECK(reader.answer().hit());
  tiers.l1.answer(stored());
  tiers.l1.asked();
  tiers.l2.asked();
}

}  // namespace

TEST_CASE("a placeholder of somebody else is waited for, and then L2 answers without a fill") {
  both_tiers tiers;
  CHECK(waited(tiers) == 200ms);
  CHECK(tiers.metric(metrics::tier_lease_waits_total) == 12);
}

TEST_CASE("the fill of somebody else is waited for twice as long as L2 took lately, and no less than 35 ms") {
  both_tiers tiers;
  fetch(tiers, 300ms);
  CHECK(waited(tiers) == 600ms);
  for (int each = 0; each < 40; ++each) fetch(tiers, 1ms);
  CHECK(waited(tiers) == 35ms);
}

TEST_CASE("the fill of somebody else that comes meanwhile is answered") {
  both_tiers tiers;
  client reader(tiers, asking(verb::get));
  tiers.l1.answer(taken(40));
  REQUIRE(tiers.executor.pass_pause());
  tiers.l1.answer(held("value", 41));
  CHECK(reader.answer().value.view() == "value");
  CHECK(tiers.l2.asked().empty());
}

TEST_CASE("a stale item counts as a miss whose token is its cas, and so does what Tandem has not put there") {
  response stale = held("old", 44);
  stale.stale = true;
  response foreign = held("", 44);
  foreign.value = base::slice::copy_of("somebody's");
  for (response const& said : {stale, foreign}) {
    both_tiers tiers;
    client reader(tiers, asking(verb::get));
    tiers.l1.asked();
    tiers.l1.answer(said);
    tiers.l2.answer(found("new"));
    CHECK(reader.answer().value.view() == "new");
    CHECK(tiers.l1.asked() == "set k <5>new time=60 flags=9 cas=44 generation=3");
  }
}

TEST_CASE("L2 answers while L1 fails, and nothing is filled") {
  both_tiers tiers;
  client reader(tiers, asking(verb::get));
  tiers.l1.asked();
  tiers.l1.answer(down());
  tiers.l2.answer(found("value"));
  CHECK(reader.answer().hit());
  CHECK(tiers.l1.asked().empty());
}

TEST_CASE("a server without cas numbers gives no token, and nothing is filled") {
  both_tiers tiers;
  client reader(tiers, asking(verb::get));
  tiers.l1.asked();
  tiers.l1.answer(won(0));
  tiers.l2.answer(found("value"));
  CHECK(reader.answer().hit());
  CHECK(tiers.l1.asked().empty());
}

TEST_CASE("a miss in both takes the placeholder away, or leaves word for negative_ttl") {
  tiered_options options;
  SECTION("away") {}
  SECTION("word") { options.negative_ttl = 3s; }
  both_tiers tiers(options);
  client reader(tiers, asking(verb::get));
  tiers.l1.asked();
  tiers.l1.answer(won(40));
  tiers.l2.answer(miss());
  CHECK(reader.answer().status == status::not_found);
  bool const word = options.negative_ttl > 0s;
  CHECK(tiers.l1.asked() ==
        (word ? "set k <nothing> time=3 cas=40 generation=3" : "delete k cas=40 generation=3"));
}

TEST_CASE("a negative entry answers a miss") {
  both_tiers tiers;
  client reader(tiers, asking(verb::get));
  response word = held("", 40);
  word.value = make_near_nothing();
  tiers.l1.answer(word);
  CHECK(reader.answer().status == status::not_found);
  CHECK(tiers.l2.asked().empty());
}

TEST_CASE("L2's failure on a miss is answered, and the placeholder goes") {
  both_tiers tiers;
  client reader(tiers, asking(verb::get));
  tiers.l1.asked();
  tiers.l1.answer(won(40));
  tiers.l2.answer(down());
  CHECK(reader.answer().status == status::server_error);
  CHECK(tiers.l1.asked() == "delete k cas=40 generation=3");
}

TEST_CASE("a client that leaves while L2 is read leaves no placeholder behind") {
  both_tiers tiers;
  client reader(tiers, asking(verb::get));
  tiers.l1.asked();
  tiers.l1.answer(won(40));
  reader.leave();
  CHECK(tiers.l1.asked() == "delete k cas=40 generation=3");
}

TEST_CASE("a get that wants the time that remains, or what only memcached knows, goes to L2") {
  both_tiers tiers;
  for (want const each : {want::ttl, want::fetched, want::idle}) {
    model::request asked = asking(verb::get);
    asked.wanted = want::value | each;
    client reader(tiers, asked);
    CHECK(tiers.l2.asked() == "get k");
    tiers.l2.answer(found("value", 9));
    CHECK(reader.answer().hit());
  }
  CHECK(tiers.l1.asked().empty());
}

TEST_CASE("written through: the token first, then L2, then L1 under the token, then the answer") {
  for (response const& there : {won(40), taken(40), held("old", 40)}) {
    both_tiers tiers;
    client writer(tiers, asking(verb::set, "new", 30));
    CHECK(tiers.l1.asked() == "get k lease=5");
    CHECK(tiers.l2.asked().empty());
    tiers.l1.answer(there);
    CHECK(tiers.l2.asked() == "set k new time=30");
    CHECK(tiers.l1.asked().empty());
    tiers.l2.answer(stored(6));
    CHECK(tiers.l1.asked() == "set k <6>new time=29 cas=40 generation=3");
    CHECK(!writer.answered());
    tiers.l1.answer(ok());
    CHECK(writer.answer().hit());
    CHECK(tiers.l1.asked().empty());
  }
}

TEST_CASE("written through: whatever goes wrong, L1 is removed before the answer") {
  struct course {
    response token;
    response far;
    std::optional<response> near;
  };
  std::vector<course> const courses{{miss(), stored(), std::nullopt},
                                    {won(40), down(), std::nullopt},
                                    {won(40), stored(), down()},
                                    {won(40), stored(), miss()},
                                    {won(40), stored(), response::of(status::exists)},
                                    {won(40), stored(), response::of(status::not_stored)},
                                    {won(40), stored(), response::of(status::too_large)},
                                    {won(40), response::of(status::too_large), std::nullopt}};
  for (course const& each : courses) {
    both_tiers tiers;
    client writer(tiers, asking(verb::set, "new"));
    tiers.l1.answer(each.token);
    tiers.l2.answer(each.far);
    if (each.near) tiers.l1.answer(*each.near);
    CHECK(!writer.answered());
    tiers.l1.heard.erase(tiers.l1.heard.begin(), tiers.l1.heard.end() - 1);
    CHECK(tiers.l1.asked() == "delete k");
    tiers.l1.answer(miss());
    CHECK(writer.answer().status == each.far.status);
    CHECK(tiers.missed.size() == 0);
  }
}

TEST_CASE("what L2 says too late is answered, and not stored in L1") {
  tiered_options options;
  options.negative_ttl = 5s;
  both_tiers both(options);
  both.l1.ready = {won(18), ok(), won(19), ok(), won(20), ok()};
  both.executor.pass(1h);
  SECTION("an item") {
    client reader(both, asking(verb::get));
    both.executor.pass(both_tiers::patience + 1ms);
    both.l2.answer(found("old"));
    CHECK(reader.answer().value.view() == "old");
    CHECK(both.l1.asked() == "get k lease=5; delete k cas=18 generation=3");
  }
  SECTION("that there is none") {
    client reader(both, asking(verb::get));
    both.executor.pass(both_tiers::patience + 1ms);
    both.l2.answer(miss());
    CHECK(reader.answer().status == status::not_found);
    CHECK(both.l1.asked() == "get k lease=5; delete k cas=18 generation=3");
  }
  SECTION("that it has stored one") {
    client writer(both, asking(verb::set, "old"));
    both.executor.pass(both_tiers::patience + 1ms);
    both.l2.answer(stored());
    CHECK(writer.answer().status == status::ok);
    CHECK(both.l1.asked() == "get k lease=5; delete k");
  }
}

TEST_CASE("a write that L2 may execute late keeps the key with L2 until that has answered twice") {
  both_tiers tiers;
  client writer(tiers, asking(verb::increment));
  tiers.l2.answer(response::server_error(base::error_kind::timeout, "no answer in time", model::fate::maybe));
  CHECK(tiers.l1.asked() == "delete k");
  tiers.l1.answer(ok());
  CHECK(writer.answer().failed());
  CHECK(tiers.missed.blocks("k"));
  REQUIRE(tiers.executor.pass_pause());
  tiers.l2.answer(down());
  CHECK(tiers.missed.blocks("k"));
  REQUIRE(tiers.executor.pass_pause());
  tiers.l2.answer(miss());
  CHECK(tiers.l2.of_authority);  // a replica does not know what its master has yet to execute
  tiers.l2.answer(miss());
  CHECK(tiers.l1.asked() == "delete k");
  tiers.l1.answer(miss());
  CHECK(!tiers.missed.blocks("k"));
}

TEST_CASE("a set that lives no longer than a second, or not at all, is in L2 alone") {
  for (std::int64_t const time : {std::int64_t{1}, std::int64_t{-1}}) {
    both_tiers tiers;
    client writer(tiers, asking(verb::set, "new", time));
    tiers.l1.answer(won(40));
    tiers.l2.answer(stored());
    CHECK(tiers.l1.asked() == "get k lease=5; delete k");
    tiers.l1.answer(ok());
    CHECK(writer.answer().hit());
  }
}

TEST_CASE("a write goes on to its end without its client") {
  both_tiers tiers;
  client writer(tiers, asking(verb::set, "new"));
  tiers.l1.answer(won(40));
  writer.leave();
  tiers.l2.answer(stored());
  tiers.l1.answer(response::of(status::exists));
  CHECK(tiers.l1.waiting() == 1);
  tiers.l1.answer(ok());
  CHECK(tiers.route.under_way() == 0);
}

TEST_CASE("every other write is L2's, and L1 is removed before the answer") {
  tiered_options around;
  around.write = write_policy::around;
  for (verb const command : {verb::set, verb::add, verb::replace, verb::append, verb::prepend, verb::cas,
                             verb::increment, verb::decrement, verb::remove}) {
    both_tiers tiers(around);
    client writer(tiers, asking(command, "v"));
    CHECK(tiers.l1.asked().empty());
    CHECK(tiers.l2.waiting() == 1);
    tiers.l2.answer(stored());
    CHECK(!writer.answered());
    CHECK(tiers.l1.asked() == "delete k");
    tiers.l1.answer(ok());
    CHECK(writer.answer().hit());
  }
}

TEST_CASE("L1 stays where L2 has changed nothing, and goes where L2 failed or has lost the item") {
  for (status const said : {status::not_stored, status::exists, status::non_numeric, status::not_found,
                            status::too_large, status::server_error}) {
    both_tiers tiers;
    client writer(tiers, asking(verb::append, "v"));
    tiers.l2.answer(response::of(said));
    bool const stays = said == status::not_stored || said == status::exists || said == status::non_numeric;
    CHECK(tiers.l1.asked() == (stays ? "" : "delete k"));
    if (!stays) tiers.l1.answer(miss());
    CHECK(writer.answer().status == said);
  }
}

TEST_CASE("touch and gat leave in L1 what lives longer in L2 than L1 keeps it") {
  for (verb const command : {verb::touch, verb::get_and_touch}) {
    for (std::int64_t const time : {std::int64_t{0}, std::int64_t{61}, std::int64_t{60}, std::int64_t{-1}}) {
      both_tiers tiers;
      client writer(tiers, asking(command, {}, time));
      tiers.l2.answer(found("value"));
      bool const stays = time == 0 || time == 61;
      CHECK(tiers.l1.asked() == (stays ? "" : "delete k"));
      if (!stays) tiers.l1.answer(ok());
      CHECK(writer.answer().hit());
    }
  }
}

TEST_CASE("a removal that L1 missed keeps the key with L2 until it is replayed") {
  both_tiers tiers;
  client writer(tiers, asking(verb::remove));
  tiers.l2.answer(ok());
  tiers.l1.asked();
  tiers.l1.answer(down());
  CHECK(writer.answer().hit());
  CHECK(tiers.missed.blocks("k"));
  CHECK(!tiers.missed.blocks("other"));
  {
    client reader(tiers, asking(verb::get));
    CHECK(tiers.l1.asked().empty());
    tiers.l2.answer(found("value"));
    CHECK(reader.answer().hit());
  }
  REQUIRE(tiers.executor.pass_pause());
  CHECK(tiers.l1.asked() == "delete k");
  tiers.l1.answer(down());
  CHECK(tiers.missed.blocks("k"));
  REQUIRE(tiers.executor.pass_pause());
  tiers.l1.answer(miss());
  CHECK(!tiers.missed.blocks("k"));
  CHECK(tiers.metric(metrics::tier_removals_missed_total) == 1);
  CHECK(tiers.metric(metrics::tier_removals_replayed_total) == 1);
}

TEST_CASE("so many writes are under way at a time, and more are refused before L2 is asked") {
  both_tiers tiers;
  model::request const asked = asking(verb::increment);
  for (std::size_t each = 0; each < tiered_route::writes_max; ++each) {
    client gone(tiers, asked);  // its write goes on
    REQUIRE_FALSE(gone.answered());
  }
  CHECK(tiers.route.under_way() == tiered_route::writes_max);
  CHECK(tiers.l2.waiting() == tiered_route::writes_max);
  client refused(tiers, asked);
  response const answer = refused.answer();
  CHECK(answer.message.view() == "t: too many writes are under way");
  CHECK(answer.fate == model::fate::never);
  CHECK(tiers.l2.waiting() == tiered_route::writes_max);
  tiers.l1.ready = {ok()};
  tiers.l2.answer(ok());
  client writer(tiers, asked);
  CHECK_FALSE(writer.answered());
}

TEST_CASE("without leases L1 is asked and filled as any client does it") {
  tiered_options options;
  options.lease = 0s;
  both_tiers tiers(options);
  {
    client reader(tiers, asking(verb::get));
    CHECK(tiers.l1.asked() == "get k");
    tiers.l1.answer(miss());
    tiers.l2.answer(found("value"));
    CHECK(tiers.l1.asked() == "add k value time=60 flags=9");
    tiers.l1.answer(ok());
    CHECK(reader.answer().hit());
  }
  {
    client reader(tiers, asking(verb::get));
    tiers.l1.asked();
    tiers.l1.answer(found("value"));
    CHECK(reader.answer().value.view() == "value");
  }
  {
    model::request asked = asking(verb::get);
    asked.wanted = want::value | want::cas;
    client reader(tiers, asked);
    CHECK(tiers.l1.asked().empty());
    tiers.l2.answer(found("value"));
    CHECK(reader.answer().cas == 5);
  }
  client writer(tiers, asking(verb::set, "new"));
  tiers.l2.answer(stored());
  CHECK(tiers.l1.asked() == "set k new time=60");
  tiers.l1.answer(ok());
  CHECK(writer.answer().hit());
}

TEST_CASE("a flush is L2's first, and one that L2 does not allow leaves L1 as it is") {
  both_tiers tiers;
  model::request asked = asking(verb::flush);
  asked.key = base::slice();
  {
    client refused(tiers, asked);
    tiers.l2.answer(response::server_error(base::error_kind::refused, "flush_all is disabled"));
    CHECK(refused.answer().status == status::server_error);
    CHECK(tiers.l1.asked().empty());
  }
  client flushing(tiers, asked);
  tiers.l2.answer(ok());
  CHECK(tiers.l1.asked() == "flush_all");
  tiers.l1.answer(down());
  CHECK(flushing.answer().hit());
  CHECK(tiers.missed.blocks("any"));
  REQUIRE(tiers.executor.pass_pause());
  CHECK(tiers.l1.asked() == "flush_all");
  tiers.l1.answer(ok());
  CHECK(!tiers.missed.blocks("any"));
}

namespace {

model::request flush_of_all() {
  model::request asked = asking(verb::flush);
  asked.key = base::slice();
  return asked;
}

response late(model::fate fate) {
  return response::server_error(base::error_kind::timeout, "no answer in time", fate);
}

response not_allowed() { return response::client_error("flush_all not allowed"); }

/// A flush that L2 fails so, and L1 answers; what the replays do comes after it.
void fail_flush(both_tiers& tiers, response far, response near) {
  client flushing(tiers, flush_of_all());
  CHECK(tiers.l2.asked() == "flush_all");
  tiers.l2.answer(std::move(far));
  CHECK(tiers.l1.asked() == "flush_all");
  tiers.l1.answer(std::move(near));
  CHECK(flushing.answer().failed());
}

}  // namespace

TEST_CASE("a flush that L2 may execute late is repeated in L1 when all of L2 has answered twice") {
  for (auto const on_failure : {l2_failure::fail, l2_failure::l1_only}) {
    tiered_options options;
    options.on_l2_failure = on_failure;
    both_tiers tiers(options);
    fail_flush(tiers, late(model::fate::maybe), ok());
    CHECK_FALSE(tiers.missed.blocks("k"));
    REQUIRE(tiers.executor.pass_pause());
    CHECK(tiers.l2.asked() == "reach");
    tiers.l2.answer(ok());
    CHECK(tiers.l2.asked() == "reach");
    tiers.l2.answer(down());
    CHECK(tiers.l1.asked().empty());
    REQUIRE(tiers.executor.pass_pause());
    tiers.l2.answer(ok());
    CHECK(tiers.l1.asked().empty());
    tiers.l2.answer(ok());
    CHECK(tiers.l1.asked() == "flush_all");
    tiers.l1.answer(down());
    CHECK(tiers.missed.any());
    REQUIRE(tiers.executor.pass_pause());
    tiers.l2.answer(ok());
    tiers.l2.answer(ok());
    tiers.l1.answer(ok());
    CHECK_FALSE(tiers.missed.any());
    CHECK(tiers.metric(metrics::tier_removals_missed_total) == 0);
  }
}

TEST_CASE("a flush that no server of L2 will execute is not repeated") {
  both_tiers tiers;
  fail_flush(tiers, late(model::fate::never), ok());
  CHECK_FALSE(tiers.missed.any());
}

TEST_CASE("a flush that one server of L2 refused and another has done is one for L1") {
  both_tiers tiers;
  response far = response::server_error(base::error_kind::refused, "READONLY");
  far.fate = model::fate::maybe;
  fail_flush(tiers, std::move(far), ok());
  CHECK(tiers.missed.any());
}

TEST_CASE("a flush in doubt does not hold up the removals of single keys") {
  both_tiers tiers;
  fail_flush(tiers, late(model::fate::maybe), ok());
  tiers.missed.remember("k");
  REQUIRE(tiers.executor.pass_pause());
  CHECK(tiers.l2.asked() == "reach");
  CHECK(tiers.l1.asked() == "delete k");
  tiers.l1.answer(ok());
  CHECK_FALSE(tiers.missed.blocks("k"));
}

TEST_CASE("an L1 that cannot be flushed is not read until what it has is over") {
  tiered_options options;
  options.l1_ttl = 5s;
  options.stale_for = 3s;
  for (bool const doubtful : {false, true}) {
    both_tiers tiers(options);
    if (doubtful) {
      fail_flush(tiers, late(model::fate::maybe), ok());
      REQUIRE(tiers.executor.pass_pause());
      tiers.l2.answer(ok());
      tiers.l2.answer(ok());
      tiers.l1.answer(not_allowed());
    } else {
      client flushing(tiers, flush_of_all());
      tiers.l2.answer(ok());
      tiers.l1.answer(not_allowed());
    }
    CHECK(tiers.missed.blocks("k"));
    REQUIRE(tiers.executor.pass_pause());
    tiers.l1.answer(not_allowed());
    base::time_point const refused = tiers.executor.now();
    base::duration most{};
    while (tiers.missed.any() && tiers.executor.now() - refused < 60s) {
      REQUIRE(tiers.executor.pass_pause());
      if (tiers.l1.waiting() > 0) tiers.l1.answer(not_allowed());
      if (tiers.missed.any()) most = tiers.executor.now() - refused;
    }
    // And the second that memcached may lag, and one.
    CHECK(most < 10s);
    CHECK(tiers.executor.now() - refused >= 10s);
    CHECK_FALSE(tiers.missed.any());
  }
}

TEST_CASE("a read gives L1 half of its time, and L2 what is left") {
  both_tiers tiers;
  tiers.context.deadline = tiers.executor.now() + 300ms;
  client reader(tiers, asking(verb::get));
  CHECK(tiers.l1.asked() == "get k lease=5 within 150ms");
  tiers.executor.pass(150ms);
  tiers.l1.answer(down());
  CHECK(tiers.l2.asked() == "get k within 150ms");
}

TEST_CASE("whoever waits for another's fill asks L2 while there is time") {
  both_tiers tiers;
  tiers.context.deadline = tiers.executor.now() + 12ms;
  client reader(tiers, asking(verb::get));
  tiers.l1.answer(taken(40));
  tiers.executor.pass(5ms);
  CHECK(tiers.l1.asked() == "get k lease=5 within 6ms; get k lease=5 within 1ms");
  tiers.l1.answer(taken(40));
  tiers.executor.pass(1ms);
  CHECK(tiers.l1.asked() == "get k lease=5 within 0ms");
  tiers.l1.answer(down());
  CHECK(tiers.l2.asked() == "get k within 6ms");
}

TEST_CASE("a write's time is L1's and L2's together, and what L1 has not done by then counts as missed") {
  tiered_options options;
  options.write = write_policy::through;
  both_tiers tiers(options);
  tiers.context.deadline = tiers.executor.now() + 200ms;
  client writer(tiers, asking(verb::set, "v"));
  CHECK(tiers.l1.asked() == "get k lease=5 within 60ms");
  tiers.executor.pass(60ms);
  tiers.l1.answer(down());
  CHECK(tiers.l2.asked() == "set k v time=0 within 126ms");
  tiers.executor.pass(120ms);
  tiers.l2.answer(stored());
  CHECK(tiers.l1.asked() == "delete k within 6ms");
  tiers.executor.pass(6ms);
  tiers.l1.answer(down());
  CHECK(writer.answer().status == status::ok);
  CHECK(tiers.missed.blocks("k"));
}

TEST_CASE("where L1 has missed a removal, the next writes of the key give it little time") {
  for (auto const policy : {write_policy::through, write_policy::around}) {
    tiered_options options;
    options.write = policy;
    both_tiers tiers(options);
    tiers.missed.remember("k");
    tiers.context.deadline = tiers.executor.now() + 200ms;
    client writer(tiers, asking(verb::set, "v"));
    if (policy == write_policy::through) {
      CHECK(tiers.l1.asked() == "get k lease=5 within 10ms");
      tiers.l1.answer(down());
    }
    CHECK(tiers.l2.asked() == "set k v time=0 within 180ms");
    tiers.l2.answer(stored());
    CHECK(tiers.l1.asked() == "delete k within 10ms");
  }
  both_tiers tiers;
  tiers.missed.remember_doubtful("k");  // which says nothing about L1
  tiers.context.deadline = tiers.executor.now() + 200ms;
  client writer(tiers, asking(verb::remove));
  tiers.l2.answer(ok());
  CHECK(tiers.l1.asked() == "delete k within 60ms");
}

TEST_CASE("a fill that nobody waits for has no deadline of a client's") {
  both_tiers tiers;
  tiers.context.deadline = tiers.executor.now() + 300ms;
  client reader(tiers, asking(verb::get));
  tiers.l1.answer(won(40));
  tiers.l2.answer(found("v"));
  CHECK(reader.answered());
  CHECK(tiers.l1.heard.back() == "set k <5>v time=60 flags=9 cas=40 generation=3");
}

}  // namespace tandem::tier
