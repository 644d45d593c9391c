// From where tandem hears that somebody else has changed something in Redis.
#include "config/composition.hpp"
#include "config/section/sections.hpp"
#include "config/section_reader.hpp"
#include "config/suggestion.hpp"

#include <algorithm>
#include <optional>

namespace tandem::config {
namespace {

using backend::redis::subscription_options;

constexpr std::string_view item_expected = "{redis: NAME, channel: NAME} or {redis: NAME, tracking: true}";

/// Whether there is anything to invalidate: an L1 in front of it, or a memory backend.
bool has_copies(std::string const& name, std::vector<backend_options> const& backends) {
  composition const all(backends);
  return std::ranges::any_of(backends, [&](backend_options const& each) {
    auto const* const tiers = std::get_if<tier::tiered_options>(&each.kind);
    if (!tiers) return std::holds_alternative<backend::memory::memory_options>(each.kind);
    auto const far = all.behind(tiers->l2);
    return std::ranges::any_of(far, [&](backend_options const* one) { return one->name == name; });
  });
}

void check_backend(node const& value, std::string const& name, std::vector<backend_options> const& backends) {
  auto const found = std::ranges::find(backends, name, &backend_options::name);
  if (found == backends.end()) {
    std::vector<std::string_view> names;
    names.reserve(backends.size());
    for (backend_options const& each : backends) names.push_back(each.name);
    return value.error(fmt::format("no backend is named \"{}\"{}", name, advice_for(name, names)));
  }
  if (!std::holds_alternative<backend::redis::redis_options>(found->kind)) {
    return value.error(fmt::format("\"{}\" is not a redis backend; name one", name));
  }
  if (has_copies(name, backends)) return;
  value.error(
      fmt::format("nothing holds copies of \"{}\"; name the l2 of a tiered backend, or remove it", name));
}

/// Changes are heard over a channel, or by tracking: one of them.
void check_source(section_reader const& keys, bool tracking) {
  node const* const channel = keys.find("channel");
  node const* const tracks = keys.find("tracking");
  if (channel && tracking) channel->error("an entry has a channel or tracking; make two entries of it");
  if (tracks && !tracking && !channel) tracks->error("write true, or a channel instead");
  if (!keys.contains("channel") && !keys.contains("tracking")) {
    keys.error("has neither channel nor tracking; add channel: NAME or tracking: true");
  }
}

/// None if it names no Redis, or nothing to listen to.
std::optional<subscription_options> read_item(node const& item,
                                              std::vector<backend_options> const& backends) {
  if (!item.is_map()) {
    item.error(fmt::format("not a mapping; write {}", item_expected));
    return std::nullopt;
  }
  subscription_options options;
  bool tracking = false;
  section_reader const keys(item, {"redis", "channel", "tracking"});
  node const* const name = keys.require("redis", "name a redis backend");
  bool const named = name && keys.read_text("redis", options.backend);
  if (named) check_backend(*name, options.backend, backends);
  bool const heard = keys.read_text("channel", options.channel);
  if (heard && options.channel.empty()) keys.find("channel")->error("is empty; name a channel");
  bool const known = !keys.find("tracking") || keys.read_truth("tracking", tracking);
  if (known) check_source(keys, tracking);
  return named && (heard || tracking) ? std::optional(options) : std::nullopt;
}

}  // namespace

std::vector<subscription_options> read_invalidation(node const& section,
                                                    std::vector<backend_options> const& backends) {
  std::vector<subscription_options> all;
  for (node const& item : section.items(fmt::format("a sequence of {}", item_expected))) {
    std::optional<subscription_options> made = read_item(item, backends);
    if (!made) continue;
    if (std::ranges::find(all, *made) != all.end()) item.error("the same as an entry above; remove one");
    all.push_back(*std::move(made));
  }
  return all;
}

}  // namespace tandem::config
