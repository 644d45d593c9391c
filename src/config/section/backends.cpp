#include "config/discretion.hpp"
#include "config/section/sections.hpp"
#include "config/section_reader.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace tandem::config {

namespace {

using namespace std::chrono_literals;

constexpr std::array kinds{"memcached", "redis",    "memory", "tiered",    "split",
                           "failover",  "coalesce", "shadow", "replicated"};

/// Those that are made of several others, each of which has its own times.
constexpr std::array composed_kinds{"split", "failover", "coalesce", "shadow", "replicated"};

constexpr std::array on_failure_choices{choice<routing::on_failure>{"error", routing::on_failure::error},
                                        choice<routing::on_failure>{"miss", routing::on_failure::miss}};

void check_one_kind(section_reader const& keys, node const& section) {
  auto const given = std::ranges::count_if(kinds, [&](std::string_view each) { return keys.contains(each); });
  if (given == 0 && section.is_map())
    section.error(fmt::format("has no kind; write one of {}", fmt::join(kinds, ", ")));
  if (given > 1) section.error(fmt::format("has several kinds; keep one of {}", fmt::join(kinds, ", ")));
}

void read_times(section_reader const& keys, net::upstream_options& upstream) {
  for (std::string_view key : {"connect_timeout", "timeout"}) {
    node const* const value = keys.find(key);
    if (value && keys.find("memory")) value->error("a memory backend never waits; remove it");
    if (value && keys.find("tiered")) value->error("each tier has its own; remove it");
    bool const composed = std::ranges::any_of(composed_kinds, [&](auto each) { return keys.find(each); });
    if (value && composed) value->error("each backend that it names has its own; remove it");
  }
  keys.read_duration("connect_timeout", upstream.connect_timeout, {1ms, 1h});
  keys.read_duration("timeout", upstream.timeout, {1ms, 1h});
}

void read_on_failure(section_reader const& keys, routing::on_failure& into) {
  node const* const value = keys.find("on_failure");
  if (value && keys.find("memory")) value->error("a memory backend never fails; remove it");
  keys.read_choice<routing::on_failure>("on_failure", into, on_failure_choices);
}

backend_options read_backend(node::entry const& entry, std::vector<reference>& references,
                             net::zone_options const& zones) {
  backend_options options{
      .name = entry.key, .kind = {}, .upstream = {}, .on_failure = {}, .position = entry.at};
  section_reader const keys(
      entry.value,
      {"memcached", "redis", "memory", "tiered", "split", "failover", "coalesce", "shadow", "replicated",
       "connect_timeout", "timeout", "on_failure", "retry", "circuit_breaker", "probe", "resolve", "zone"});
  check_one_kind(keys, entry.value);
  read_times(keys, options.upstream);
  read_guard(keys, options.upstream);
  read_on_failure(keys, options.on_failure);
  read_zone(keys, options.zone);
  if (node const* const pool = keys.find("memcached"))
    options.kind = read_memcached(*pool, options, references);
  if (node const* const redis = keys.find("redis"))
    options.kind = read_redis(*redis, options.upstream, zones);
  if (node const* const memory = keys.find("memory")) options.kind = read_memory(*memory);
  if (node const* const tiers = keys.find("tiered"))
    options.kind = read_tiered(*tiers, entry.key, references);
  if (node const* const split = keys.find("split")) options.kind = read_split(*split, entry.key, references);
  if (node const* const failover = keys.find("failover"))
    options.kind = read_failover(*failover, entry.key, references);
  if (node const* const coalesce = keys.find("coalesce"))
    options.kind = read_coalesce(*coalesce, entry.key, references);
  if (node const* const shadow = keys.find("shadow"))
    options.kind = read_shadow(*shadow, entry.key, references);
  if (node const* const replicated = keys.find("replicated"))
    options.kind = read_replicated(*replicated, entry.key, references, zones);
  return options;
}

}  // namespace

std::vector<backend_options> read_backends(node const& section, net::zone_options const& zones) {
  std::vector<backend_options> backends;
  std::vector<reference> references;
  for (node::entry const& entry : section.entries("NAME: {memory: {size: 64MiB}}, say")) {
    if (!is_plain_name(entry.key)) {
      section.error_at(entry.at,
                       fmt::format("\"{}\" cannot name a backend; write up to {} of a-z A-Z 0-9 _ - .",
                                   quotable(entry.key), plain_name_bytes_max));
    }
    backends.push_back(read_backend(entry, references, zones));
  }
  check_references(references, backends);
  if (section.is_map() && backends.empty())
    section.error("is empty; write NAME: {memory: {size: 64MiB}}, say");
  return backends;
}

}  // namespace tandem::config
