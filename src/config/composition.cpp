#include "config/composition.hpp"

#include <algorithm>

namespace tandem::config {
namespace {

struct part_names {
  using names = std::vector<std::string_view>;

  backend_options const& of;

  names operator()(tier::tiered_options const& tiers) const { return {tiers.l1, tiers.l2}; }
  names operator()(routing::split_options const& split) const {
    names all{split.otherwise};
    for (std::string const& to : split.by_verb) {
      if (!to.empty() && std::ranges::find(all, to) == all.end()) all.push_back(to);
    }
    return all;
  }
  names operator()(routing::failover_options const& failover) const {
    return {failover.to.begin(), failover.to.end()};
  }
  names operator()(routing::coalesce_options const& coalesce) const { return {coalesce.to}; }
  names operator()(routing::shadow_options const& shadow) const {
    return shadow.to == shadow.copy_to ? names{shadow.to} : names{shadow.to, shadow.copy_to};
  }
  names operator()(routing::replicated_options const& replicated) const {
    return {replicated.to.begin(), replicated.to.end()};
  }
  names operator()(backend::memcached::pool_options const&) const {
    using choice = routing::server_failure_options::choice;
    return of.on_server_failure.chosen == choice::gutter ? names{of.on_server_failure.gutter} : names{};
  }
  names operator()(backend::redis::redis_options const&) const { return {}; }
  names operator()(backend::memory::memory_options const&) const { return {}; }
};

}  // namespace

std::vector<std::string_view> parts_of(backend_options const& backend) {
  return std::visit(part_names{backend}, backend.kind);
}

bool has_store(backend_options const& of) {
  using namespace backend;
  return std::holds_alternative<memcached::pool_options>(of.kind) ||
         std::holds_alternative<redis::redis_options>(of.kind) ||
         std::holds_alternative<memory::memory_options>(of.kind);
}

composition::composition(std::vector<backend_options> const& all) {
  for (backend_options const& each : all) by_name_.try_emplace(each.name, &each);
  for (backend_options const& each : all) {
    auto const* const tiers = std::get_if<tier::tiered_options>(&each.kind);
    if (!tiers) continue;
    for (backend_options const* const one : behind(tiers->l1)) near_.insert(one->name);
  }
}

bool composition::holds_copies(std::string_view name) const {
  auto const reached = walk(name, [](backend_options const& each) {
    return !std::holds_alternative<tier::tiered_options>(each.kind);
  });
  return std::ranges::any_of(reached,
                             [&](backend_options const* each) { return near_.contains(each->name); });
}

bool composition::holds_copies_of(std::string_view name, std::string_view far) const {
  auto const is_behind = [this](std::string_view one, std::string_view top) {
    return std::ranges::any_of(behind(top), [one](backend_options const* each) { return each->name == one; });
  };
  return std::ranges::any_of(by_name_, [&](auto const& entry) {
    auto const* const tiers = std::get_if<tier::tiered_options>(&entry.second->kind);
    return tiers && is_behind(name, tiers->l1) && is_behind(far, tiers->l2);
  });
}

backend_options const* composition::find(std::string_view name) const {
  auto const found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

std::vector<backend_options const*> composition::behind(std::string_view name) const {
  return walk(name, [](backend_options const&) { return true; });
}

template <class Enters>
std::vector<backend_options const*> composition::walk(std::string_view name, Enters enters) const {
  std::vector<backend_options const*> found;
  std::unordered_set<backend_options const*> seen;
  auto const add = [&](std::string_view each) {
    backend_options const* const backend = find(each);
    if (backend && seen.insert(backend).second) found.push_back(backend);
  };
  add(name);
  for (std::size_t at = 0; at < found.size(); ++at) {
    if (!enters(*found[at])) continue;
    for (std::string_view const each : parts_of(*found[at])) add(each);
  }
  return found;
}

}  // namespace tandem::config
