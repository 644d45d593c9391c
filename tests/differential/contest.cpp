#include "differential/contest.hpp"

#include "differential/sessions.hpp"
#include "differential/shrinker.hpp"
#include "support/text_client.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <utility>

namespace tandem::differential {
namespace {

using steady = std::chrono::steady_clock;

constexpr std::uint64_t sessions_between_flushes = 2000;

// Sessions of neighbouring seeds have nothing in common.
std::uint64_t seed_of(std::uint64_t seed, std::uint64_t index) {
  std::uint64_t mixed = seed * 0x9e3779b97f4a7c15U + index;
  mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9U;
  mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebU;
  return mixed ^ (mixed >> 31U);
}

std::string shortened(std::string line) {
  constexpr std::size_t shown = 300;
  if (line.size() <= shown) return line;
  return fmt::format("{}... ({} characters)", line.substr(0, shown), line.size());
}

}  // namespace

contest::contest(contest_plan plan) : plan_(std::move(plan)) {
  for (std::string const& each : plan_.backends) rivals_.push_back({each, make_subject(each)});
  started_ = steady::now();
}

std::vector<finding> contest::run() {
  std::vector<finding> found;
  steady::time_point reported = steady::now();
  std::uint64_t done = 0;
  for (; goes_on(done) && found.size() < plan_.differences_max; ++done) {
    dialect const spoken = plan_.dialects[done % plan_.dialects.size()];
    rival const& against = rivals_[done / plan_.dialects.size() % rivals_.size()];
    session const held = make_session(spoken, against.server->able(), seed_of(plan_.seed, done));
    outcome const first = played(held, against);
    if (!first.agree && !memcached_wavers(held, against, first))
      found.push_back(examine(held, against, first));
    if (done % sessions_between_flushes == sessions_between_flushes - 1) empty_servers();
    if (steady::now() - reported > std::chrono::seconds(10)) {
      reported = steady::now();
      fmt::print("{} sessions\n", done + 1);
      std::fflush(stdout);
    }
  }
  double const seconds = std::chrono::duration<double>(steady::now() - started_).count();
  fmt::print("{} sessions in {:.1f} s, {} differences\n", done, seconds, found.size());
  return found;
}

bool contest::goes_on(std::uint64_t done) const {
  if (plan_.time) return steady::now() - started_ < *plan_.time;
  return done < plan_.sessions;
}

contest::outcome contest::played(session const& held, rival const& against) {
  std::string const name = fresh_name();
  outcome made{play(held, memcached_.port(), name), play(held, against.server->port(), name)};
  made.agree = accepted_.agree(made.memcached, made.tandem);
  return made;
}

// Some answers of memcached depend on what its memory happens to hold: then it says something else another time,
// and Tandem the same again.
bool contest::memcached_wavers(session const& held, rival const& against, outcome const& first) {
  constexpr int plays = 5;
  for (int play = 0; play < plays; ++play) {
    outcome const again = played(held, against);
    if (!accepted_.agree(first.tandem, again.tandem)) return false;
    if (!again.agree) continue;
    ++wavered_;
    return true;
  }
  return false;
}

// Nothing may be evicted while a session relies on it.
void contest::empty_servers() {
  memcached_.connect().ask("flush_all\r\n");
  for (rival const& each : rivals_) test::text_client(each.server->port()).ask("flush_all\r\n");
}

finding contest::examine(session const& shown, rival const& against, outcome const& first) {
  fmt::print("\na difference on {}, in {}; shrinking the session\n", against.name, name_of(shown.spoken));
  std::fflush(stdout);
  std::string const name = fmt::format("difference-{}-{}", against.name, fresh_name());
  // Shrinking may end at another difference than it began with.
  std::ofstream(name + ".whole.session") << written(shown);
  finding made{shrunk(shown, [&](session const& candidate) { return !played(candidate, against).agree; }),
               against.name};
  outcome const again = played(made.shown, against);
  if (again.agree) {
    fmt::print("It did not show again when it was played anew; it may depend on time. This was seen:\n");
    print(first, against.name);
  }
  std::string const file = name + ".session";
  std::ofstream(file) << written(made.shown);
  fmt::print("{}", written(made.shown));
  print(again, against.name);
  fmt::print("play it again: scripts/differential --backend {} --replay {}\n\n", against.name, file);
  std::fflush(stdout);
  return made;
}

bool contest::replay(session const& again) {
  outcome const result = played(again, rivals_.front());
  print(result, rivals_.front().name);
  fmt::print("{}\n", result.agree ? "They agree." : "They differ.");
  return result.agree;
}

void contest::print(outcome const& result, std::string const& rival_name) {
  std::size_t const count = std::max(result.memcached.size(), result.tandem.size());
  for (std::size_t i = 0; i < count; ++i) {
    std::string const mine = i < result.memcached.size() ? escaped(result.memcached[i]) : "(nothing)";
    std::string const other = i < result.tandem.size() ? escaped(result.tandem[i]) : "(nothing)";
    if (mine == other) {
      fmt::print("  both       {}\n", shortened(mine));
    } else {
      fmt::print("! memcached  {}\n! {:<10} {}\n", shortened(mine), rival_name, shortened(other));
    }
  }
}

void contest::print_accepted() const {
  fmt::print("memcached itself gave two answers in {} sessions\n", wavered_);
  for (accepted_difference const& each : accepted_.all()) {
    fmt::print("accepted {} times: {} ({})\n", each.met, each.name, each.reason);
  }
}

void contest::stop() {
  for (rival const& each : rivals_) each.server->stop();
}

}  // namespace tandem::differential
