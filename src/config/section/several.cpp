// Backends that are made of several others, one for another or all alike.
#include "config/section/several.hpp"

#include "config/discretion.hpp"
#include "model/exptime.hpp"

#include <algorithm>
#include <array>

namespace tandem::config {
namespace {

using namespace std::chrono_literals;

constexpr std::array<std::string_view, 3> failover_reasons{"error", "timeout", "miss"};

/// How long what is written to a stand-in may live.
constexpr range<std::chrono::seconds> ttls_of_stand_ins{1s,
                                                        std::chrono::seconds(model::exptime::relative_max)};

/// The reasons that `on` lists, each once.
void read_reasons(section_reader const& keys, routing::failover_options& into) {
  node const* const given = keys.find("on");
  if (!given) return;
  into.on_error = into.on_timeout = into.on_miss = false;
  std::array<bool*, failover_reasons.size()> const chosen{&into.on_error, &into.on_timeout, &into.on_miss};
  for (node const& each : given->items("[error, timeout], say")) {
    auto const word = each.text("error, timeout or miss");
    if (!word) continue;
    auto const found = std::ranges::find(failover_reasons, *word);
    if (found == failover_reasons.end()) {
      each.error(fmt::format("unknown value \"{}\"; write error, timeout or miss", quotable(*word)));
      continue;
    }
    bool& one = *chosen[static_cast<std::size_t>(found - failover_reasons.begin())];
    if (one) each.error(fmt::format("\"{}\" is given twice; keep one", *word));
    one = true;
  }
}

}  // namespace

void name_reader::read(std::string_view key, std::string& into, reference::part as) const {
  if (keys.read_text(key, into)) references.push_back({*keys.find(key), as, into, owner});
}

void name_reader::read_to(std::vector<std::string>& into, reference::part as) const {
  node const* const list = keys.require("to", "list two backends or more");
  if (!list) return;
  std::vector<node> const named = list->items("[NAME, NAME]");
  for (node const& each : named) {
    auto const name = each.text("the name of a backend");
    if (!name) continue;
    if (std::ranges::find(into, *name) != into.end()) {
      each.error(fmt::format("\"{}\" is named already; write the name of another backend", quotable(*name)));
      continue;
    }
    into.push_back(*name);
    references.push_back({each, as, *name, owner});
  }
  if (named.size() == 1)
    list->error("names one backend; add another, or name that one where this one is named");
}

routing::coalesce_options read_coalesce(node const& section, std::string const& owner,
                                        std::vector<reference>& references) {
  routing::coalesce_options options;
  section_reader const keys(section, {"to"});
  keys.require("to", "name the backend that is asked");
  name_reader{keys, owner, references}.read("to", options.to);
  return options;
}

routing::replicated_options read_replicated(node const& section, std::string const& owner,
                                            std::vector<reference>& references,
                                            net::zone_options const& zones) {
  using namespace routing;
  static constexpr std::array writes{choice<replicated_write>{"all", replicated_write::all},
                                     choice<replicated_write>{"one", replicated_write::one}};
  static constexpr std::array reads{choice<replicated_read>{"first", replicated_read::first},
                                    choice<replicated_read>{"fastest", replicated_read::fastest},
                                    choice<replicated_read>{"zone", replicated_read::zone}};
  replicated_options options;
  section_reader const keys(section, {"to", "write", "read"});
  name_reader{keys, owner, references}.read_to(options.to, reference::part::replica);
  keys.read_choice<replicated_write>("write", options.write, writes);
  keys.read_choice<replicated_read>("read", options.read, reads);
  if (options.read == replicated_read::zone) {
    options.zone = zones.own;
    check_zone_known(keys, "read", zones);
  }
  return options;
}

routing::shadow_options read_shadow(node const& section, std::string const& owner,
                                    std::vector<reference>& references) {
  routing::shadow_options options;
  section_reader const keys(section, {"to", "copy_to", "share", "compare"});
  keys.require("to", "name the backend that answers");
  keys.require("copy_to", "name the backend that is asked as well");
  name_reader const names{keys, owner, references};
  names.read("to", options.to);
  names.read("copy_to", options.copy_to, reference::part::copy);
  if (node const* const share = keys.find("share")) {
    auto const given = share->parse(parse_share, "a share such as 10%");
    if (given) options.share = *given;
  }
  keys.read_truth("compare", options.compare);
  return options;
}

routing::failover_options read_failover(node const& section, std::string const& owner,
                                        std::vector<reference>& references) {
  routing::failover_options options;
  section_reader const keys(section, {"to", "on", "ttl"});
  name_reader{keys, owner, references}.read_to(options.to);
  read_reasons(keys, options);
  keys.read_duration("ttl", options.ttl, ttls_of_stand_ins);
  return options;
}

routing::server_failure_options read_server_failure(node const& value, std::string const& owner,
                                                    std::vector<reference>& references) {
  using routing::server_failure_options;
  using enum server_failure_options::choice;
  static constexpr std::string_view expected =
      "error, rehash, {gutter: NAME, ttl: 10s} or {rehash: true, ttl: 10s}";
  server_failure_options options;
  if (!value.is_map()) {
    auto const word = value.text(expected);
    if (word && *word != "error" && *word != "rehash")
      value.error(fmt::format("unknown value \"{}\"; write {}", quotable(*word), expected));
    options.chosen = word && *word == "rehash" ? rehash : error;
    return options;
  }
  section_reader const keys(value, {"gutter", "rehash", "ttl"});
  bool rehashes = false;
  keys.read_truth("rehash", rehashes);
  if (keys.contains("gutter") == rehashes)
    value.error(fmt::format("names {} to stand in; write {}", rehashes ? "two" : "nobody", expected));
  options.chosen = rehashes ? rehash : gutter;
  name_reader{keys, owner, references}.read("gutter", options.gutter, reference::part::gutter);
  keys.read_duration("ttl", options.ttl, ttls_of_stand_ins);
  return options;
}

}  // namespace tandem::config
