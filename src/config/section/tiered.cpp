#include "config/section/sections.hpp"
#include "config/section_reader.hpp"
#include "model/exptime.hpp"

#include <array>

namespace tandem::config {

namespace {

using namespace tier;
using namespace std::chrono_literals;

constexpr std::chrono::seconds time_max{model::exptime::relative_max};

constexpr std::array write_policies{choice<write_policy>{"through", write_policy::through},
                                    choice<write_policy>{"around", write_policy::around},
                                    choice<write_policy>{"back", write_policy::back}};
constexpr std::array l2_failures{choice<l2_failure>{"fail", l2_failure::fail},
                                 choice<l2_failure>{"queue", l2_failure::queue},
                                 choice<l2_failure>{"l1_only", l2_failure::l1_only}};
constexpr std::array fsync_policies{choice<fsync_policy>{"always", fsync_policy::always},
                                    choice<fsync_policy>{"interval", fsync_policy::interval},
                                    choice<fsync_policy>{"never", fsync_policy::never}};
constexpr std::array damage_policies{choice<damage_policy>{"refuse", damage_policy::refuse},
                                     choice<damage_policy>{"skip", damage_policy::skip}};

void read_lease(section_reader const& keys, std::chrono::seconds& lease) {
  node const* const value = keys.find("lease");
  if (!value) return;
  if (value->is_scalar() && value->text("a time, or off") == "off") {
    lease = 0s;
    return;
  }
  keys.read_duration("lease", lease, {1s, 1h});
}

/// Both times together are what L1 is told, which has to be a time that is relative.
void read_stale_for(section_reader const& keys, tiered_options& options) {
  if (!keys.read_duration("stale_for", options.stale_for, {0s, time_max}) || options.stale_for == 0s) return;
  if (options.lease == 0s)
    keys.find("stale_for")->error("cannot be kept without leases; remove it, or lease: off");
  if (options.l1_ttl + options.stale_for > time_max)
    keys.find("stale_for")->error("is more than 30d together with l1_ttl; make either shorter");
}

journal_options read_journal(node const& section) {
  journal_options options;
  section_reader const keys(section, {"directory", "fsync", "damaged"});
  keys.require("directory", "name a directory of this journal's own");
  keys.read_text("directory", options.directory);
  keys.read_choice<fsync_policy>("fsync", options.fsync, fsync_policies);
  keys.read_choice<damage_policy>("damaged", options.damaged, damage_policies);
  return options;
}

queue_options read_queue(node const& section) {
  queue_options options;
  section_reader const keys(section, {"items", "bytes", "journal"});
  keys.read_number<std::size_t>("items", options.items, {1, 100'000'000});
  keys.read_size("bytes", options.bytes, {std::size_t{64} << 10, std::size_t{1} << 44});
  if (node const* const journal = keys.find("journal")) options.journal = read_journal(*journal);
  return options;
}

void check_queue(section_reader const& keys, tiered_options const& options) {
  constexpr std::string_view advice = "needs a bound; add queue: {items: 100000, bytes: 64MiB}";
  bool const back = options.write == write_policy::back;
  bool const queues = options.on_l2_failure == l2_failure::queue;
  if (keys.contains("queue")) {
    if (!back && !queues)
      keys.find("queue")->error("nothing is queued; write write: back or on_l2_failure: queue, or remove it");
    return;
  }
  if (back) keys.find("write")->error(fmt::format("\"back\" {}", advice));
  if (queues) keys.find("on_l2_failure")->error(fmt::format("\"queue\" {}", advice));
}

}  // namespace

tier::tiered_options read_tiered(node const& section, std::string const& owner,
                                 std::vector<reference>& references) {
  tiered_options options;
  section_reader const keys(section, {"l1", "l2", "write", "l1_ttl", "lease", "negative_ttl", "on_l2_failure",
                                      "stale_for", "queue"});
  keys.require("l1", "name a memcached or memory backend");
  keys.require("l2", "name a redis backend");
  if (keys.read_text("l1", options.l1))
    references.push_back({*keys.find("l1"), reference::part::l1, options.l1, owner});
  if (keys.read_text("l2", options.l2))
    references.push_back({*keys.find("l2"), reference::part::l2, options.l2, owner});
  keys.read_choice<write_policy>("write", options.write, write_policies);
  keys.read_duration("l1_ttl", options.l1_ttl, {1s, time_max});
  read_lease(keys, options.lease);
  if (keys.read_duration("negative_ttl", options.negative_ttl, {0s, time_max}) && options.negative_ttl > 0s &&
      options.lease == 0s) {
    keys.find("negative_ttl")->error("cannot be kept without leases; remove it, or lease: off");
  }
  keys.read_choice<l2_failure>("on_l2_failure", options.on_l2_failure, l2_failures);
  read_stale_for(keys, options);
  if (node const* const queue = keys.find("queue")) options.queue = read_queue(*queue);
  check_queue(keys, options);
  return options;
}

}  // namespace tandem::config
