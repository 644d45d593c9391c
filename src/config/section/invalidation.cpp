// From where tandem hears that somebody else has changed something in Redis.
#include "config/section/sections.hpp"
#include "config/section_reader.hpp"
#include "config/suggestion.hpp"

#include <array>

namespace tandem::config {
namespace {

using backend::redis::subscription_options;

constexpr std::string_view item_expected = "{redis: NAME, channel: NAME} or {redis: NAME, tracking: true}";
constexpr std::array<choice<bool>, 2> truths{{{"true", true}, {"false", false}}};

/// Whether there is anything to invalidate: an L1 in front of it, or a memory backend.
bool has_copies(std::string const& name, std::vector<backend_options> const& backends) {
  return std::ranges::any_of(backends, [&](backend_options const& each) {
    auto const* const tiers = std::get_if<tier::tiered_options>(&each.kind);
    return tiers ? tiers->l2 == name : std::holds_alternative<backend::memory::memory_options>(each.kind);
  });
}

void check_backend(node const& value, std::string const& name, std::vector<backend_options> const& backends) {
  auto const found = std::ranges::find(backends, name, &backend_options::name);
  if (found == backends.end()) {
    std::vector<std::string_view> names;
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

/// A channel, or tracking: one of them.
void read_source(section_reader const& keys, subscription_options& options) {
  bool tracking = false;
  bool const given = keys.read_choice<bool>("tracking", tracking, truths);
  keys.read_text("channel", options.channel);
  node const* const channel = keys.find("channel");
  if (channel && tracking) {
    return channel->error("an entry has a channel or tracking; make two entries of it");
  }
  if (given && !tracking && !channel) {
    return keys.find("tracking")->error("write true, or a channel instead");
  }
  if (channel && options.channel.empty()) return channel->error("is empty; name a channel");
  if (!keys.contains("channel") && !keys.contains("tracking")) {
    keys.error("has neither channel nor tracking; add channel: NAME or tracking: true");
  }
}

subscription_options read_item(node const& item, std::vector<backend_options> const& backends) {
  subscription_options options;
  if (!item.is_map()) {
    item.error(fmt::format("not a mapping; write {}", item_expected));
    return options;
  }
  section_reader const keys(item, {"redis", "channel", "tracking"});
  node const* const name = keys.require("redis", "name a redis backend");
  if (name && keys.read_text("redis", options.backend)) check_backend(*name, options.backend, backends);
  read_source(keys, options);
  return options;
}

}  // namespace

std::vector<subscription_options> read_invalidation(node const& section,
                                                    std::vector<backend_options> const& backends) {
  std::vector<subscription_options> all;
  for (node const& item : section.items(fmt::format("a sequence of {}", item_expected))) {
    all.push_back(read_item(item, backends));
  }
  return all;
}

}  // namespace tandem::config
