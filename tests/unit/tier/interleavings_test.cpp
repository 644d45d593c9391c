// Random interleavings of reads, writes and deletes of one key through several tiered routes over the same two servers,
// with every step of each taken in any order, and with restarts and failures of L1. What a read may answer: nothing that
// a write has replaced which was answered before the read began. When all is quiet, L1 has what L2 has, or nothing.
#include "support/sanitized.hpp"
#include "tier/tiered_route.hpp"
#include "unit/tier/small_tiers.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace tandem::tier {
namespace {

model::request one_key(verb command, std::string_view value = {}) {
  model::request made;
  made.command = command;
  made.key = base::slice::copy_of("k");
  made.value = base::slice::copy_of(value);
  return made;
}

base::task<void> read(world& in, model::route& route) {
  std::size_t const floor = in.answered;
  model::request const asked = one_key(verb::get);
  response const answer = co_await route.handle(asked, in.context);
  if (answer.failed()) co_return;
  if (answer.hit()) {
    std::size_t const version = in.far.versions.at(answer.value.str());
    if (answer.stale) ++in.old_answers;
    if (version < floor)
      in.violations.push_back("read " + std::to_string(version) + " after " + std::to_string(floor));
    co_return;
  }
  bool absent = false;
  for (std::size_t version = floor; version < in.far.exists.size(); ++version)
    absent |= !in.far.exists[version];
  if (!absent) in.violations.push_back("nothing read after " + std::to_string(floor));
}

base::task<void> write(world& in, model::route& route, verb command) {
  model::request const asked = one_key(command, "v" + std::to_string(++in.writes));
  response const answer = co_await route.handle(asked, in.context);
  in.answered = std::max<std::size_t>(in.answered, answer.number);
}

/// Some Tandems, each with some workers that share what they have missed.
struct house {
  house(world& in, tiered_options const& options, unsigned processes, unsigned workers)
      : in_(in), near(in), far(in) {
    for (unsigned process = 0; process < processes; ++process) {
      auto& shared = *missed.emplace_back(std::make_unique<model::missed_removals>());
      for (unsigned worker = 0; worker < workers; ++worker) {
        tier_parts parts{near, far, shared, registry.add_worker(), in.due};
        parts.stale = &watch;
        routes.push_back(std::make_unique<tiered_route>("t", options, parts));
      }
    }
  }
  ~house() {
    clients.stop();
    for (auto const& each : routes) each->stop();
  }

  void begin(base::task<void> request) { REQUIRE(clients.start(std::move(request))); }
  void act() {
    model::route& route = *routes[in_.due.below(routes.size())];
    if (in_.invalidates && in_.due.below(6) == 0) {
      REQUIRE(route.invalidate("", {model::invalidation::extent::key, "k", in_.due.now()}));
      return;
    }
    switch (in_.due.below(6)) {
      case 0: return begin(write(in_, route, verb::set));
      case 1: return begin(write(in_, route, in_.due.below(3) == 0 ? verb::remove : verb::set));
      default: return begin(read(in_, route));
    }
  }
  void settle() {
    while (in_.due.take_one()) {
    }
  }

  world& in_;
  near_link near;
  far_link far;
  metrics::registry registry;
  stale_watch watch{"t", [](base::log_level, std::string_view) {}};
  std::vector<std::unique_ptr<model::missed_removals>> missed;
  std::vector<std::unique_ptr<tiered_route>> routes;
  base::background_tasks clients{1000};
};

/// Reads that were answered what was old, over all runs.
std::size_t old_answers = 0;

/// What went wrong in a run, if anything.
std::string play(unsigned seed, tiered_options const& options, unsigned processes, unsigned workers,
                 unsigned failing, bool restarts, unsigned far_failing) {
  world in(seed, failing, far_failing);
  in.invalidates = options.stale_for.count() > 0;
  if (in.invalidates) in.far_read_failures = 500;
  house tandems(in, options, processes, workers);
  for (int moment = 0; moment < 120; ++moment) {
    if (in.due.below(3) == 0) tandems.act();
    if (restarts && in.due.below(25) == 0) in.near.restart();
    in.due.take_one();
  }
  tandems.settle();
  tandems.begin(read(in, *tandems.routes.front()));
  tandems.settle();
  old_answers += in.old_answers;
  if (tandems.clients.size() != 0) return "somebody waits for ever";
  if (!in.violations.empty()) return in.violations.front();
  if (!in.near.held || in.near.held->claimed || in.near.held->stale) return "";
  bool const blocked =
      std::any_of(tandems.missed.begin(), tandems.missed.end(), [](auto const& each) { return each->any(); });
  base::slice const kept = base::slice::copy_of(in.near.held->value);
  std::string const value = options.lease.count() > 0 ? read_near_item(kept).value.str() : kept.str();
  return !in.far.exists.back() || value != in.far.value || blocked ? "L1 is left with " + value : "";
}

unsigned violations(tiered_options const& options, unsigned processes, unsigned workers, unsigned failing,
                    bool restarts, unsigned far_failing = 0) {
  unsigned found = 0;
  for (unsigned seed = 1; seed <= test::rounds(1500); ++seed) {
    std::string const wrong = play(seed, options, processes, workers, failing, restarts, far_failing);
    if (!wrong.empty() && ++found == 1) UNSCOPED_INFO("seed " << seed << ": " << wrong);
  }
  return found;
}

tiered_options options_of(write_policy policy) {
  tiered_options options;
  options.write = policy;
  return options;
}

}  // namespace

TEST_CASE("in any order of steps no read answers what was replaced before it began") {
  for (write_policy const policy : {write_policy::through, write_policy::around}) {
    CHECK(violations(options_of(policy), 1, 2, 0, false) == 0);
    CHECK(violations(options_of(policy), 3, 1, 0, false) == 0);
  }
}

TEST_CASE("nor does it over restarts of L1 and requests that L1 loses") {
  for (write_policy const policy : {write_policy::through, write_policy::around}) {
    CHECK(violations(options_of(policy), 3, 1, 0, true) == 0);
    CHECK(violations(options_of(policy), 1, 3, 150, true) == 0);
  }
}

TEST_CASE("nor does it where L2 executes writes that it has failed") {
  for (write_policy const policy : {write_policy::through, write_policy::around}) {
    CHECK(violations(options_of(policy), 1, 2, 0, false, 300) == 0);
    CHECK(violations(options_of(policy), 3, 1, 0, true, 300) == 0);
    CHECK(violations(options_of(policy), 1, 3, 150, true, 300) == 0);
  }
}

TEST_CASE("nor does it where what is old is answered while L2 fails") {
  for (write_policy const policy : {write_policy::through, write_policy::around}) {
    tiered_options options = options_of(policy);
    options.stale_for = std::chrono::seconds(30);
    old_answers = 0;
    CHECK(violations(options, 3, 1, 0, true) == 0);
    CHECK(violations(options, 3, 1, 0, true, 300) == 0);
    CHECK(violations(options, 1, 3, 150, true, 300) == 0);
    CHECK(old_answers > 0);
  }
}

TEST_CASE("without leases older values are left in L1, so the check can find them") {
  tiered_options options = options_of(write_policy::around);
  options.lease = std::chrono::seconds(0);
  CHECK(violations(options, 2, 1, 0, false) > 0);
  options.write = write_policy::through;
  CHECK(violations(options, 2, 1, 0, false) > 0);
}

}  // namespace tandem::tier
