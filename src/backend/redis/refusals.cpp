#include "backend/redis/refusals.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace tandem::backend::redis {

using model::verb;
using net::trouble_kind;
using protocol::redis::error_code;

namespace {

/// What shows that a trouble is over.
enum class cure : std::uint8_t { anything, change, store, same_command };

bool stores(verb command) {
  return model::traits(command).mutates && command != verb::remove && command != verb::flush &&
         command != verb::touch && command != verb::get_and_touch;
}

bool cures(cure wanted, verb refused, verb command, refusals::outcome what) {
  bool const done = what == refusals::outcome::done;
  switch (wanted) {
    case cure::anything: return true;
    case cure::change: return done && model::traits(command).mutates;
    case cure::store: return done && stores(command);
    case cure::same_command: return command == refused && (done || !model::traits(command).mutates);
  }
  return false;
}

}  // namespace

struct refusals::rule {
  error_code code;
  trouble_kind kind;
  cure over_with;
  bool of_single_server = false;
};

struct refusals::trouble {
  trouble(net::watched_server const& server, rule const& of, verb refused)
      : is(of), command(refused), seen(server.health, server.figures, server.name) {}

  rule const& is;
  verb command;
  base::time_point last{};  // refused
  bool better = false;      // since
  net::server_health::witness seen;
};

refusals::refusals(topology servers, net::reactor& reactor, net::watched_server server, base::duration calm)
    : servers_(servers), reactor_(reactor), server_(std::move(server)), calm_(calm) {}

refusals::~refusals() = default;

void refusals::forget() { standing_.clear(); }

refusals::rule const* refusals::rule_for(error_code why, topology servers) {
  static constexpr rule rules[] = {
      {error_code::out_of_memory, trouble_kind::out_of_memory, cure::store},
      {error_code::misconfigured, trouble_kind::misconfigured, cure::change},
      {error_code::no_replicas, trouble_kind::no_replicas, cure::change},
      {error_code::read_only, trouble_kind::read_only, cure::change, true},
      {error_code::master_down, trouble_kind::master_down, cure::anything, true},
      {error_code::loading, trouble_kind::loading, cure::anything},
      {error_code::not_signed_in, trouble_kind::sign_in, cure::anything},
      {error_code::no_permission, trouble_kind::no_permission, cure::same_command},
  };
  auto const* const found = std::ranges::find(rules, why, &rule::code);
  if (found == std::end(rules) || (found->of_single_server && servers == topology::cluster)) return nullptr;
  return found;
}

void refusals::refused(error_code why, std::string_view words, verb command) {
  rule const* const rule = rule_for(why, servers_);
  if (!rule) return;
  bool const by_command = rule->over_with == cure::same_command;
  auto found = std::ranges::find_if(standing_, [&](auto const& each) {
    return &each->is == rule && (!by_command || each->command == command);
  });
  if (found == standing_.end()) {
    found = standing_.insert(found, std::make_unique<trouble>(server_, *rule, command));
    // What a script adds differs from script to script.
    words = words.substr(0, words.find(" script: "));
    std::string const reason =
        by_command ? fmt::format("{}: {}", model::traits(command).name, words) : std::string(words);
    (*found)->seen.sees({rule->kind, reason});
  }
  (*found)->last = reactor_.now();
  (*found)->better = false;
}

void refusals::did_well(verb command, outcome what) {
  bool any_better = false;
  for (auto const& each : standing_) {
    each->better = each->better || cures(each->is.over_with, each->command, command, what);
    any_better = any_better || each->better;
  }
  if (any_better && !armed()) on_deadline();
}

void refusals::on_deadline() {
  base::time_point const now = reactor_.now();
  auto const over = [&](auto const& each) { return each->better && now - each->last >= calm_; };
  for (auto const& each : standing_) {
    if (over(each)) each->seen.sees_none();
  }
  std::erase_if(standing_, over);
  for (auto const& each : standing_) {
    if (each->better) return reactor_.arm(*this, each->last + calm_);
  }
}

}  // namespace tandem::backend::redis
