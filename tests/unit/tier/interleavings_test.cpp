// Random interleavings of reads, writes and deletes of one key through several tiered routes over the same two servers,
// with every step of each taken in any order, and with restarts and failures of L1. What a read may answer: nothing that
// a write has replaced which was answered before the read began. When all is quiet, L1 has what L2 has, or nothing.
#include "support/catch.hpp"
#include "tier/signal.hpp"
#include "tier/tiered_route.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace tandem::tier {
namespace {

using model::response;
using model::status;
using model::verb;

/// Steps that wait to be taken, in no order.
class steps {
 public:
  explicit steps(unsigned seed) : random_(seed) {}

  base::task<bool> pass() {
    signal due;
    waiting_.push_back(due);
    co_return co_await due;
  }
  bool take_one() {
    if (waiting_.empty()) return false;
    std::swap(waiting_[below(waiting_.size())], waiting_.back());
    signal const due = waiting_.back();
    waiting_.pop_back();
    due.set(true);
    return true;
  }
  std::size_t below(std::size_t bound) { return random_() % bound; }

 private:
  std::mt19937 random_;
  std::vector<signal> waiting_;
};

/// One key of a memcached, over connections that its restart ends.
struct small_memcached {
  struct item {
    std::string value;
    std::uint64_t cas;
    bool claimed;
  };
  std::optional<item> held;
  std::uint64_t last_cas = 0;
  std::uint32_t generation = 1;

  void restart() {
    held.reset();
    last_cas = 0;
    ++generation;
  }

  response execute(model::request const& asked) {
    response answer;
    answer.generation = generation;
    if (asked.compare_cas && !held) return response::of(status::not_found);
    if (asked.compare_cas && held->cas != *asked.compare_cas) return response::of(status::exists);
    switch (asked.command) {
      case verb::get: {
        bool const made = !held && asked.vivify;
        if (!held && !made) return response::of(status::not_found);
        if (made) held = item{"", ++last_cas, false};
        answer.won = made;
        answer.claimed = held->claimed;
        if (made) held->claimed = true;
        answer.cas = held->cas;
        answer.value = base::slice::copy_of(held->value);
        return answer;
      }
      case verb::add:
        if (held) return response::of(status::not_stored);
        [[fallthrough]];
      case verb::set: held = item{asked.value.str(), ++last_cas, false}; return answer;
      default: break;
    }
    if (!held) return response::of(status::not_found);
    held.reset();
    return answer;
  }
};

/// One key of the authority. Every write makes a version; values are told apart by whoever writes them.
struct small_redis {
  std::vector<bool> exists{false};              // by version
  std::map<std::string, std::size_t> versions;  // by value
  std::string value;
  std::size_t version() const { return exists.size() - 1; }

  response execute(model::request const& asked) {
    response answer;
    if (asked.command == verb::get) {
      if (!exists.back()) return response::of(status::not_found);
      answer.value = base::slice::copy_of(value);
      return answer;
    }
    exists.push_back(asked.command != verb::remove);
    value = asked.value.str();
    versions[value] = version();
    answer.cas = version();
    return answer;
  }
};

/// A write whose client was told that it failed, and that Redis executes when it gets to it.
struct late_write {
  model::request asked;
  int passed;  // requests since
};

struct world {
  world(unsigned seed, unsigned failing, unsigned far_failing)
      : due(seed), failures(failing), far_failures(far_failing) {}

  steps due;
  unsigned failures;      // of a thousand requests to L1
  unsigned far_failures;  // of a thousand writes to L2
  std::vector<late_write> late;
  small_memcached near;
  small_redis far;
  base::manual_clock clock;
  model::request_context context{clock};
  std::size_t answered = 0;  // the newest version whose write was answered
  std::vector<std::string> violations;
  unsigned writes = 0;
};

class near_link final : public model::route {
 public:
  explicit near_link(world& in) : in_(in) {}
  base::task<response> handle(model::request const& asked, model::request_context&) override {
    std::uint32_t const sent_over = in_.near.generation;
    if (asked.generation != 0 && asked.generation != sent_over) co_return response::of(status::not_stored);
    co_await in_.due.pass();
    response answer = response::server_error(base::error_kind::connection_lost, "lost");
    bool const fails = in_.due.below(1000) < in_.failures;
    bool const executed = !fails || in_.due.below(2) == 0;
    if (executed && sent_over == in_.near.generation) {
      response const said = in_.near.execute(asked);
      if (!fails) answer = said;
    }
    co_await in_.due.pass();
    co_return answer;
  }
  void explain(std::string_view, model::explanation&) const override {}

 private:
  world& in_;
};

class far_link final : public model::route {
 public:
  explicit far_link(world& in) : in_(in) {}
  base::task<response> handle(model::request const& asked, model::request_context&) override {
    co_await in_.due.pass();
    execute_late();
    bool const lost = asked.command != verb::get && in_.due.below(1000) < in_.far_failures;
    if (lost) {
      in_.late.push_back({asked, 0});
      co_return response::server_error(base::error_kind::timeout, "no answer in time");
    }
    response answer = in_.far.execute(asked);
    // The client learns by this which write was its own.
    if (asked.command != verb::get) answer.number = in_.far.version();
    co_await in_.due.pass();
    co_return answer;
  }
  void explain(std::string_view, model::explanation&) const override {}

 private:
  /// What was received before the last request but one is executed by now.
  void execute_late() {
    for (auto at = in_.late.begin(); at != in_.late.end();) {
      bool const now = ++at->passed == 2 || in_.due.below(2) == 0;
      if (now) in_.far.execute(at->asked);
      at = now ? in_.late.erase(at) : std::next(at);
    }
  }

  world& in_;
};

model::request one_key(verb command, std::string_view value = {}) {
  model::request made;
  made.command = command;
  made.key = base::slice::copy_of("k");
  made.value = base::slice::copy_of(value);
  return made;
}

base::task<bool> read(world& in, model::route& route) {
  std::size_t const floor = in.answered;
  model::request const asked = one_key(verb::get);
  response const answer = co_await route.handle(asked, in.context);
  if (answer.failed()) co_return true;
  if (answer.hit()) {
    std::size_t const version = in.far.versions.at(answer.value.str());
    if (version < floor)
      in.violations.push_back("read " + std::to_string(version) + " after " + std::to_string(floor));
    co_return true;
  }
  bool absent = false;
  for (std::size_t version = floor; version < in.far.exists.size(); ++version)
    absent |= !in.far.exists[version];
  if (!absent) in.violations.push_back("nothing read after " + std::to_string(floor));
  co_return true;
}

base::task<bool> write(world& in, model::route& route, verb command) {
  model::request const asked = one_key(command, "v" + std::to_string(++in.writes));
  response const answer = co_await route.handle(asked, in.context);
  in.answered = std::max<std::size_t>(in.answered, answer.number);
  co_return true;
}

/// Some Tandems, each with some workers that share what they have missed.
struct house {
  house(world& in, tiered_options const& options, unsigned processes, unsigned workers)
      : in_(in), near(in), far(in) {
    for (unsigned process = 0; process < processes; ++process) {
      auto& shared = *missed.emplace_back(std::make_unique<missed_removals>());
      for (unsigned worker = 0; worker < workers; ++worker) {
        tier_parts const parts{near,     far,
                               shared,   figures.add_worker(),
                               in.clock, [&in](base::duration) { return in.due.pass(); }};
        routes.push_back(std::make_unique<tiered_route>("t", options, parts));
      }
    }
  }
  ~house() {
    clients.stop();
    for (auto const& each : routes) each->stop();
  }

  void act() {
    model::route& route = *routes[in_.due.below(routes.size())];
    switch (in_.due.below(6)) {
      case 0: return clients.start(write(in_, route, verb::set));
      case 1: return clients.start(write(in_, route, in_.due.below(3) == 0 ? verb::remove : verb::set));
      default: return clients.start(read(in_, route));
    }
  }
  void settle() {
    while (in_.due.take_one()) {
    }
  }

  world& in_;
  near_link near;
  far_link far;
  metrics::registry figures;
  std::vector<std::unique_ptr<missed_removals>> missed;
  std::vector<std::unique_ptr<tiered_route>> routes;
  running_tasks clients;
};

/// What went wrong in a run, if anything.
std::string play(unsigned seed, tiered_options const& options, unsigned processes, unsigned workers,
                 unsigned failing, bool restarts, unsigned far_failing) {
  world in(seed, failing, far_failing);
  house tandems(in, options, processes, workers);
  for (int moment = 0; moment < 120; ++moment) {
    if (in.due.below(3) == 0) tandems.act();
    if (restarts && in.due.below(25) == 0) in.near.restart();
    in.due.take_one();
  }
  tandems.settle();
  tandems.clients.start(read(in, *tandems.routes.front()));
  tandems.settle();
  if (tandems.clients.size() != 0) return "somebody waits for ever";
  if (!in.violations.empty()) return in.violations.front();
  if (!in.near.held || in.near.held->claimed) return "";
  bool const blocked =
      std::any_of(tandems.missed.begin(), tandems.missed.end(), [](auto const& each) { return each->any(); });
  std::string const value = options.lease.count() > 0 ? in.near.held->value.substr(10) : in.near.held->value;
  return !in.far.exists.back() || value != in.far.value || blocked ? "L1 is left with " + value : "";
}

unsigned violations(tiered_options const& options, unsigned processes, unsigned workers, unsigned failing,
                    bool restarts, unsigned far_failing = 0) {
  unsigned found = 0;
  for (unsigned seed = 1; seed <= 3000; ++seed) {
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

TEST_CASE("without leases older values are left in L1, so the check can find them") {
  tiered_options options = options_of(write_policy::around);
  options.lease = std::chrono::seconds(0);
  CHECK(violations(options, 2, 1, 0, false) > 0);
  options.write = write_policy::through;
  CHECK(violations(options, 2, 1, 0, false) > 0);
}

}  // namespace tandem::tier
