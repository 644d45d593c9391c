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

/// Whether it takes memory.
bool takes_memory(verb command) { return model::stores(command) || model::counts(command); }

/// How successes are numbered.
constexpr std::size_t success_kind(verb command, refusals::effect what) {
  return 2 * static_cast<std::size_t>(command) + (what == refusals::effect::done ? 1 : 0);
}
static_assert(2 * model::verb_count <= net::successes::kinds_max);

bool cures(cure wanted, verb refused, verb command, refusals::effect what) {
  bool const done = what == refusals::effect::done;
  switch (wanted) {
    case cure::anything: return true;
    case cure::change: return done && model::traits(command).mutates;
    case cure::store: return done && takes_memory(command);
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
  trouble(net::watched_server& server, rule const& of, verb refused)
      : is(of), command(refused), seen(server), watched(server.all_successes()) {
    watched.watch();
  }
  ~trouble() { watched.unwatch(); }
  trouble(trouble const&) = delete;
  trouble& operator=(trouble const&) = delete;

  rule const& is;
  verb command;
  base::time_point last{};  // refused
  net::watched_server::witness seen;
  net::successes& watched;
};

refusals::refusals(topology servers, net::reactor& reactor, net::watched_server& server, base::duration calm)
    : servers_(servers),
      reactor_(reactor),
      server_(server),
      calm_(calm),
      successes_(server.all_successes()) {}

refusals::~refusals() = default;

void refusals::forget() {
  standing_.clear();
  disarm();
}

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
  if (found == std::end(rules) || (found->of_single_server && servers != topology::single)) return nullptr;
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
  if (!armed()) reactor_.arm(*this, reactor_.now() + calm_);
}

void refusals::did_well(verb command, effect what) {
  successes_.note(success_kind(command, what), reactor_.now());
  if (!standing_.empty()) on_deadline();
}

/// Whether something that ends it has succeeded since it was met last.
bool refusals::better(trouble const& than) const {
  for (std::size_t each = 0; each < model::verb_count; ++each) {
    auto const command = static_cast<verb>(each);
    for (effect const what : {effect::done, effect::nothing_to_do}) {
      if (successes_.last(success_kind(command, what)) < than.last) continue;
      if (cures(than.is.over_with, than.command, command, what)) return true;
    }
  }
  return false;
}

void refusals::on_deadline() {
  base::time_point const now = reactor_.now();
  std::erase_if(standing_, [&](auto const& each) {
    bool const over = now - each->last >= calm_ && better(*each);
    if (over) each->seen.sees_none();
    return over;
  });
  if (standing_.empty()) return disarm();
  if (!armed()) reactor_.arm(*this, now + calm_);
}

}  // namespace tandem::backend::redis
