// What backends that are made of others say of these: that they are there, that there is an end to it, and that each can
// serve where it is named.
#include "config/composition.hpp"
#include "config/section/sections.hpp"
#include "config/section_reader.hpp"
#include "config/suggestion.hpp"
#include "model/verb.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <unordered_map>

namespace tandem::config {
namespace {

/// A chain of backends, each of which asks the next, has so many at most.
constexpr std::size_t depth_max = 16;

void unknown_name(reference const& made, std::vector<backend_options> const& backends) {
  std::vector<std::string_view> names;
  for (backend_options const& each : backends) {
    if (each.name != made.owner) names.push_back(each.name);
    if (names.size() > compared_names_max) break;
  }
  made.value.error(fmt::format("no backend is named \"{}\"{}", made.name, advice_for(made.name, names)));
}

/// Those behind the name that have servers or a store, and whether there is anything else.
struct foundation {
  std::vector<backend_options const*> stores;
  bool tiered = false;
  bool coalesced = false;
  bool with_stand_ins = false;
};

foundation foundation_of(composition const& all, std::string_view name) {
  foundation found;
  for (backend_options const* const each : all.behind(name)) {
    found.tiered |= std::holds_alternative<tier::tiered_options>(each->kind);
    found.coalesced |= std::holds_alternative<routing::coalesce_options>(each->kind);
    found.with_stand_ins |= each->on_server_failure.chosen != routing::server_failure_options::choice::error;
    if (has_store(*each)) found.stores.push_back(each);
  }
  return found;
}

template <class... Kinds>
bool all_are(foundation const& of) {
  return !of.tiered && std::ranges::all_of(of.stores, [](backend_options const* each) {
    return (std::holds_alternative<Kinds>(each->kind) || ...);
  });
}

/// The first store that is behind both names, or null.
backend_options const* common_store(composition const& all, std::string_view one, std::string_view other) {
  auto const stores = foundation_of(all, one).stores;
  for (backend_options const* const each : foundation_of(all, other).stores) {
    if (std::ranges::find(stores, each) != stores.end()) return each;
  }
  return nullptr;
}

/// What gets the same requests has to have stores of its own: whatever counts or appends would be done twice where they are
/// the same.
void check_apart(reference const& made, composition const& all) {
  backend_options const& owner = *all.find(made.owner);
  std::vector<std::string> before;
  if (auto const* const shadow = std::get_if<routing::shadow_options>(&owner.kind)) before = {shadow->to};
  if (auto const* const replicated = std::get_if<routing::replicated_options>(&owner.kind))
    before.assign(replicated->to.begin(), std::ranges::find(replicated->to, made.name));
  for (std::string const& each : before) {
    backend_options const* const store = common_store(all, each, made.name);
    if (!store) continue;
    std::string const through = store->name == made.name ? "" : fmt::format(", through \"{}\"", made.name);
    return made.value.error(fmt::format(
        "the same requests would go to \"{}\" twice{}; name a backend that has nothing in common with \"{}\"",
        store->name, through, each));
  }
}

/// The servers of all pools behind it.
std::vector<net::endpoint> servers_behind(composition const& all, std::string_view name) {
  std::vector<net::endpoint> found;
  for (backend_options const* const each : all.behind(name)) {
    auto const* const pool = std::get_if<backend::memcached::pool_options>(&each->kind);
    if (!pool) continue;
    for (backend::memcached::server_options const& one : pool->servers) found.push_back(one.endpoint);
  }
  return found;
}

/// Where a server's keys go while it fails there has to be another.
void check_gutter(reference const& made, composition const& all) {
  auto const& own = std::get<backend::memcached::pool_options>(all.find(made.owner)->kind);
  auto const others = servers_behind(all, made.name);
  for (backend::memcached::server_options const& each : own.servers) {
    if (std::ranges::find(others, each.endpoint) == others.end()) continue;
    return made.value.error(
        fmt::format("{} is a server of \"{}\" and of the pool that \"{}\" stands in for; name a backend that "
                    "has none of its servers",
                    each.endpoint.str(), made.name, made.name));
  }
}

void check_role(reference const& made, composition const& all) {
  using namespace backend;
  using part = reference::part;
  if (made.as == part::any) return;
  if (made.as == part::copy || made.as == part::replica) return check_apart(made, all);
  if (made.as == part::gutter) return check_gutter(made, all);
  foundation const found = foundation_of(all, made.name);
  std::string_view const name = made.name;
  if (found.with_stand_ins) {
    return made.value.error(fmt::format(
        "\"{}\" cannot be a tier, for others would have its items when a server fails; remove its "
        "on_server_failure, or name another backend",
        name));
  }
  if (made.as == part::l1 && !all_are<memcached::pool_options, memory::memory_options>(found)) {
    return made.value.error(fmt::format("\"{}\" cannot be L1; name a memcached or memory backend", name));
  }
  if (made.as == part::l2 && !all_are<redis::redis_options>(found)) {
    return made.value.error(fmt::format(
        "\"{}\" cannot be L2, for it does not tell an item's remaining time; name a redis backend", name));
  }
  if (found.coalesced) {
    return made.value.error(
        fmt::format("\"{}\" cannot be a tier, for it may answer what was read before it was asked; name what "
                    "it goes to, and the "
                    "tiers in a coalesce",
                    name));
  }
  if (found.stores.size() > 1) {
    made.value.error(
        fmt::format("\"{}\" sends requests for one key to several backends, and a tier is one; name one of "
                    "them",
                    name));
  }
}

/// Follows the names depth first, and says where they come back to where they were, or go too far.
class chains {
 public:
  chains(std::vector<reference> const& references, composition const& all) : all_(all) {
    for (reference const& each : references) by_owner_[each.owner].push_back(&each);
  }

  /// Whether there is an end to all that the backend asks; what is wrong is said once, and no deeper than allowed.
  bool end(std::string_view name) {
    if (too_long_) return false;
    auto const [known, fresh] = depths_.try_emplace(name, 0);
    if (!fresh) return known->second <= depth_max;
    path_.push_back(name);
    std::size_t depth = 1;
    bool fine = true;
    for (reference const* const each : by_owner_[name]) fine = follow(*each, depth) && fine;
    path_.pop_back();
    depths_[name] = fine ? depth : depth_max + 1;
    return fine;
  }

 private:
  bool follow(reference const& made, std::size_t& depth) {
    backend_options const* const to = all_.find(made.name);
    if (!to) return true;
    auto const before = std::ranges::find(path_, std::string_view(to->name));
    if (before != path_.end()) {
      std::vector<std::string_view> circle(before, path_.end());
      circle.push_back(to->name);
      made.value.error(fmt::format("\"{}\" names itself, a cycle{}; write the name of another backend",
                                   made.name,
                                   circle.size() > 2 ? fmt::format(": {}", fmt::join(circle, " -> ")) : ""));
      return false;
    }
    if (path_.size() < depth_max) {
      if (!end(to->name)) return false;
      depth = std::max(depth, depths_[to->name] + 1);
      if (depth <= depth_max) return true;
    }
    too_long_ = true;
    made.value.error(
        fmt::format("the {}th backend in a row that asks the next; {} may stand behind one another",
                    depth_max + 1, depth_max));
    return false;
  }

  composition const& all_;
  std::unordered_map<std::string_view, std::vector<reference const*>> by_owner_;
  std::unordered_map<std::string_view, std::size_t> depths_;  // 0 while it is followed
  std::vector<std::string_view> path_;
  bool too_long_ = false;  // a chain was
};

}  // namespace

routing::split_options read_split(node const& section, std::string const& owner,
                                  std::vector<reference>& references) {
  routing::split_options options;
  section_reader const keys(section, {"default", "get", "gat", "touch", "set", "add", "replace", "append",
                                      "prepend", "cas", "incr", "decr", "delete"});
  keys.require("default", "name the backend for all other commands");
  auto const read = [&](std::string_view key, std::string& into) {
    if (keys.read_text(key, into)) references.push_back({*keys.find(key), reference::part::any, into, owner});
  };
  read("default", options.otherwise);
  for (std::size_t each = 0; each < model::verb_count; ++each) {
    std::string_view const verb = model::traits(static_cast<model::verb>(each)).name;
    if (keys.find(verb)) read(verb, options.by_verb[each]);
  }
  return options;
}

void check_references(std::vector<reference> const& references,
                      std::vector<backend_options> const& backends) {
  composition const all(backends);
  chains followed(references, all);
  bool fine = true;
  for (backend_options const& each : backends) fine = followed.end(each.name) && fine;
  for (reference const& each : references) {
    if (!all.find(each.name)) {
      unknown_name(each, backends);
    } else if (fine) {
      check_role(each, all);
    }
  }
}

}  // namespace tandem::config
