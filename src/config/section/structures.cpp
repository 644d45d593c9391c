#include "config/section/structures.hpp"

#include "config/suggestion.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>
#include <variant>

namespace tandem::config {
namespace {

using model::structure_options;

constexpr std::string_view structure_expected = "the name of a structure, or {NAME: {...}} with its settings";

void read_leaderboard(node const& settings, structure_options& into) {
  using keep = model::leaderboard_options::keep;
  static constexpr std::array kept{choice<keep>{"last", keep::last}, choice<keep>{"highest", keep::highest},
                                   choice<keep>{"lowest", keep::lowest}};
  model::leaderboard_options made;
  section_reader(settings, {"keep"}).read_choice<keep>("keep", made.kept, kept);
  into.kind = made;
}

void read_rate_limit(node const& settings, structure_options& into) {
  using namespace std::chrono_literals;
  using algorithm = model::rate_limit_options::algorithm;
  static constexpr std::array known{choice<algorithm>{"fixed", algorithm::fixed},
                                    choice<algorithm>{"sliding", algorithm::sliding},
                                    choice<algorithm>{"bucket", algorithm::bucket}};
  static constexpr std::uint32_t limit_max = 1'000'000'000;
  model::rate_limit_options made;
  section_reader const keys(settings, {"limit", "per", "algorithm", "burst"});
  keys.require("limit", "write how much may be counted, as in 100");
  keys.require("per", "write in which time, as in 1m");
  keys.read_number<std::uint32_t>("limit", made.limit, {1, limit_max});
  keys.read_duration<std::chrono::milliseconds>("per", made.per, {100ms, 366 * 24h});
  keys.read_choice<algorithm>("algorithm", made.counted, known);
  made.burst = made.limit;
  node const* const burst = keys.find("burst");
  if (burst && made.counted != algorithm::bucket)
    burst->error("is of a bucket; write algorithm: bucket, or remove it");
  keys.read_number<std::uint32_t>("burst", made.burst, {1, limit_max});
  if (burst && made.burst > made.limit)
    burst->error(fmt::format(
        "{} is more than the limit ({}); a limit of {} in a time that is as much longer is as fast",
        made.burst, made.limit, made.burst));
  into.kind = made;
}

void read_nothing(node const& settings, structure_options&) {
  for (node::entry const& each : settings.entries("{}, since there are no settings"))
    settings.error_at(each.at, "there are no settings here; remove it");
}

struct known_structure {
  std::string_view name;
  structure_options preset;
  void (*read)(node const& settings, structure_options& into);
  std::string_view needs = {};  // settings that have no defaults, as they are written
};

std::array<known_structure, 3> const known_structures{{
    {"leaderboard", {model::leaderboard_options()}, read_leaderboard},
    {"rate_limit", {model::rate_limit_options()}, read_rate_limit, "{limit: 100, per: 1m}"},
    {"bitmap", {model::bitmap_options()}, read_nothing},
}};

known_structure const* find_structure(node const& named, std::string_view name) {
  auto const found = std::ranges::find(known_structures, name, &known_structure::name);
  if (found != known_structures.end()) return &*found;
  std::vector<std::string_view> names;
  for (known_structure const& each : known_structures) names.push_back(each.name);
  named.error(fmt::format("no structure is named \"{}\"{}", name, advice_for(std::string(name), names)));
  return nullptr;
}

std::optional<structure_options> read_as(node const& value) {
  if (value.is_map()) {
    auto const entries = value.entries(structure_expected);
    if (entries.size() != 1) {
      value.error(fmt::format("not one structure; write {}", structure_expected));
      return std::nullopt;
    }
    known_structure const* const known = find_structure(value, entries.front().key);
    if (!known) return std::nullopt;
    structure_options made = known->preset;
    known->read(entries.front().value, made);
    return made;
  }
  auto const name = value.text(structure_expected);
  known_structure const* const known = name ? find_structure(value, *name) : nullptr;
  if (known && !known->needs.empty()) {
    value.error(fmt::format("{} has settings without defaults; write {{{}: {}}}", known->name, known->name,
                            known->needs));
    return std::nullopt;
  }
  return known ? std::optional(known->preset) : std::nullopt;
}

void read_separator(section_reader const& keys, routing::rule_options const& rule, char& into) {
  std::string given;
  if (keys.read_text("separator", given)) {
    bool const fits = given.size() == 1 && std::isgraph(static_cast<unsigned char>(given[0])) != 0 &&
                      given != "@" && given != "/";
    if (!fits)
      return keys.find("separator")
          ->error(
              fmt::format("\"{}\" is not one printable character other than @ and /; write \"#\"", given));
    into = given[0];
  }
  std::string const nothing;
  bool const by_prefix = rule.kind == routing::match_kind::prefix;
  for (auto const& [key, prefix] :
       {std::pair("prefix", by_prefix ? &rule.pattern : &nothing),
        std::pair("strip_prefix", &rule.strip_prefix), std::pair("add_prefix", &rule.add_prefix)}) {
    if (prefix->find(into) == std::string::npos) continue;
    keys.find(key)->error(fmt::format(
        "has the separator {} in it, behind which a part begins; choose another separator, or prefix", into));
  }
}

void check_backend(section_reader const& keys, std::vector<backend_options> const& backends,
                   std::string const& to) {
  auto const found = std::ranges::find(backends, to, &backend_options::name);
  if (found == backends.end() || std::holds_alternative<backend::redis::redis_options>(found->kind)) return;
  keys.find("to")->error(fmt::format(
      "\"{}\" holds items alone; a rule with `as` names a redis backend itself, which no other stands for",
      to));
}

}  // namespace

void read_structure(section_reader const& keys, std::vector<backend_options> const& backends,
                    routing::rule_options& rule) {
  node const* const as = keys.find("as");
  if (!as) {
    for (std::string_view const key : {"separator", "answer_max"}) {
      node const* const value = keys.find(key);
      if (value) value->error("is of structures, and this rule's keys are items; write `as`, or remove it");
    }
    return;
  }
  rule.as = read_as(*as);
  if (!rule.as) return;
  read_separator(keys, rule, rule.as->separator);
  keys.read_size("answer_max", rule.as->answer_max, {1024, 8 * 1024 * 1024});
  check_backend(keys, backends, rule.to);
  for (std::string_view const key : {"max_ttl", "default_ttl"}) {
    node const* const value = keys.find(key);
    if (value) value->error("is of items; a structure gets its time to live by `touch NAME`");
  }
}

}  // namespace tandem::config
