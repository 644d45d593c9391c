// The zone of this process, and those of servers.
#include "config/discretion.hpp"
#include "config/section/sections.hpp"
#include "config/section_reader.hpp"

#include <algorithm>

namespace tandem::config {
namespace {

/// Each is compared with all others.
constexpr std::size_t places_max = 1000;

constexpr std::string_view places_expected = "[10.0.1.0/24, cache.example.org], say";

std::string why_no_zone(std::string_view name) {
  if (name.empty()) return "is empty; write the name of a zone, such as eu-1a";
  return fmt::format("\"{}\" cannot name a zone; write up to {} of a-z A-Z 0-9 _ - .", quotable(name),
                     plain_name_bytes_max);
}

/// An address has one zone.
void read_place(node const& item, std::string const& zone, std::vector<net::zone_options::listed>& into) {
  auto place = item.parse(net::zone_place::parse, "a network such as 10.0.1.0/24, or a host's name");
  if (!place) return;
  if (into.size() == places_max)
    return item.error(
        fmt::format("is one more than {}, which there may be; write wider networks", places_max));
  auto const taken = std::ranges::find_if(into, [&](net::zone_options::listed const& each) {
    return each.zone != zone && each.place.overlaps(*place);
  });
  if (taken != into.end()) {
    item.error(fmt::format("{} has addresses of zone \"{}\", which lists {}; an address is in one zone only",
                           place->str(), taken->zone, taken->place.str()));
  }
  into.push_back({*std::move(place), zone});
}

bool has_zoned_replicas(backend_options const& each) {
  auto const* const several = std::get_if<routing::replicated_options>(&each.kind);
  return several && several->read == routing::replicated_read::zone;
}

bool is_read_by_zone(backend_options const& each) {
  using namespace backend::redis;
  auto const* const redis = std::get_if<redis_options>(&each.kind);
  return (redis && redis->read_from == read_from::zone) || has_zoned_replicas(each);
}

/// Whether anything can be in it. Only replicas are asked for their own word.
bool may_be_inhabited(std::string const& zone, configuration const& read) {
  return std::ranges::find(read.zones.places, zone, &net::zone_options::listed::zone) !=
             read.zones.places.end() ||
         (std::ranges::any_of(read.backends, has_zoned_replicas) &&
          std::ranges::find(read.backends, zone, &backend_options::zone) != read.backends.end());
}

}  // namespace

void read_zone(section_reader const& keys, std::string& into) {
  if (keys.read_text("zone", into) && !is_plain_name(into)) keys.find("zone")->error(why_no_zone(into));
}

net::zone_options read_zones(section_reader const& root) {
  net::zone_options zones;
  read_zone(root, zones.own);
  node const* const section = root.find("zones");
  if (!section) return zones;
  for (node::entry const& entry : section->entries("eu-1a: [10.0.1.0/24], say")) {
    if (!is_plain_name(entry.key)) section->error_at(entry.at, why_no_zone(entry.key));
    for (node const& item : entry.value.items(places_expected)) read_place(item, entry.key, zones.places);
  }
  return zones;
}

void check_zone_known(section_reader const& keys, std::string_view key, net::zone_options const& zones) {
  if (zones.own.empty())
    keys.find(key)->error(
        "it is not known in which zone this process runs; write zone: eu-1a, say, at the top");
}

void check_zones(section_reader const& root, configuration const& read) {
  bool const decide = std::ranges::any_of(read.backends, is_read_by_zone);
  if (node const* const listed = root.find("zones"); listed && !decide) {
    listed->shared().found.warning(
        listed->at(),
        "zones: nothing is read by zone; write read_from: zone in a redis backend, or read: "
        "zone in a replicated one, or remove it");
  }
  if (!decide || read.zones.own.empty() || may_be_inhabited(read.zones.own, read)) return;
  root.find("zone")->error(
      fmt::format("no server can be in \"{}\", which neither zones nor a backend names; list "
                  "addresses of it under zones, or write another",
                  quotable(read.zones.own)));
}

}  // namespace tandem::config
