#include "frontend/general_statistics.hpp"

#include <fmt/format.h>
#include <unistd.h>

namespace tandem::frontend {
namespace {

using statistics = general_statistics;

constexpr std::uint64_t per_second = 1'000'000;

std::string seconds(std::uint64_t microseconds) {
  return fmt::format("{}.{:06}", microseconds / per_second, microseconds % per_second);
}

/// Tandem has no such thing: slab classes, a crawler, an LRU with segments, a watcher's log.
constexpr general_row none(std::string_view name) {
  return {name, [](statistics const&) { return std::uint64_t{0}; }};
}

template <tally Which>
constexpr general_row counted(std::string_view name) {
  auto const number = [](statistics const& from) { return from.tallies[static_cast<std::size_t>(Which)]; };
  return {name, number, counts_from::reset};
}

/// What is true now.
template <auto Member>
constexpr general_row present(std::string_view name) {
  return {name, [](statistics const& from) { return static_cast<std::uint64_t>(from.*Member); }};
}

/// What has happened so far.
template <auto Member>
constexpr general_row total(std::string_view name) {
  return {name, [](statistics const& from) { return from.*Member; }, counts_from::reset};
}

constexpr general_row text(std::string_view name, std::string (*words)(statistics const&)) {
  return {name, nullptr, counts_from::start, words};
}

constexpr general_row rows[] = {
    {"pid", [](statistics const&) { return static_cast<std::uint64_t>(::getpid()); }},
    present<&statistics::uptime_s>("uptime"),
    {"time", [](statistics const& from) { return static_cast<std::uint64_t>(from.now_ms / 1000); }},
    text("version", [](statistics const&) { return std::string(spoken_release); }),
    text("tandem_version", [](statistics const& from) { return from.facts.version; }),
    none("libevent"),
    {"pointer_size", [](statistics const&) { return std::uint64_t{sizeof(void*) * 8}; }},
    text("rusage_user", [](statistics const& from) { return seconds(from.user_us); }),
    text("rusage_system", [](statistics const& from) { return seconds(from.system_us); }),
    {"max_connections", [](statistics const& from) { return std::uint64_t{from.facts.limits.connections}; }},
    present<&statistics::connections>("curr_connections"),
    total<&statistics::connections_total>("total_connections"),
    total<&statistics::rejected_total>("rejected_connections"),
    present<&statistics::connections>("connection_structures"),
    none("response_obj_oom"),
    none("response_obj_count"),
    none("response_obj_bytes"),
    none("read_buf_count"),
    present<&statistics::buffer_bytes>("read_buf_bytes"),
    none("read_buf_bytes_free"),
    none("read_buf_oom"),
    none("reserved_fds"),
    counted<tally::cmd_get>("cmd_get"),
    counted<tally::cmd_set>("cmd_set"),
    counted<tally::cmd_flush>("cmd_flush"),
    counted<tally::cmd_touch>("cmd_touch"),
    counted<tally::cmd_meta>("cmd_meta"),
    counted<tally::get_hits>("get_hits"),
    counted<tally::get_misses>("get_misses"),
    none("get_expired"),
    none("get_flushed"),
    counted<tally::delete_misses>("delete_misses"),
    counted<tally::delete_hits>("delete_hits"),
    counted<tally::incr_misses>("incr_misses"),
    counted<tally::incr_hits>("incr_hits"),
    counted<tally::decr_misses>("decr_misses"),
    counted<tally::decr_hits>("decr_hits"),
    counted<tally::cas_misses>("cas_misses"),
    counted<tally::cas_hits>("cas_hits"),
    counted<tally::cas_badval>("cas_badval"),
    counted<tally::touch_hits>("touch_hits"),
    counted<tally::touch_misses>("touch_misses"),
    counted<tally::store_too_large>("store_too_large"),
    none("store_no_memory"),
    none("auth_cmds"),
    none("auth_errors"),
    total<&statistics::read_bytes>("bytes_read"),
    total<&statistics::written_bytes>("bytes_written"),
    present<&statistics::memory_limit>("limit_maxbytes"),
    {"accepting_conns", [](statistics const&) { return std::uint64_t{1}; }},
    none("listen_disabled_num"),
    none("time_in_listen_disabled_us"),
    {"threads", [](statistics const& from) { return std::uint64_t{from.facts.workers}; }},
    none("conn_yields"),
    none("hash_power_level"),
    none("hash_bytes"),
    none("hash_is_expanding"),
    none("slab_reassign_rescues"),
    none("slab_reassign_chunk_rescues"),
    none("slab_reassign_evictions_nomem"),  // 1.6.18
    none("slab_reassign_inline_reclaim"),
    none("slab_reassign_busy_items"),
    none("slab_reassign_busy_deletes"),
    none("slab_reassign_busy_nomem"),  // 1.6.38
    none("slab_reassign_running"),
    none("slabs_moved"),
    none("lru_crawler_running"),
    none("lru_crawler_starts"),
    none("lru_maintainer_juggles"),
    none("malloc_fails"),
    none("log_worker_dropped"),
    none("log_worker_written"),
    none("log_watcher_skipped"),
    none("log_watcher_sent"),
    none("log_watchers"),
    none("unexpected_napi_ids"),
    none("round_robin_fallback"),
    present<&statistics::memory_bytes>("bytes"),
    present<&statistics::memory_items>("curr_items"),
    counted<tally::total_items>("total_items"),
    none("slab_global_page_pool"),
    none("expired_unfetched"),
    none("evicted_unfetched"),
    none("evicted_active"),
    total<&statistics::memory_evictions>("evictions"),
    none("reclaimed"),
    total<&statistics::memory_expirations>("crawler_reclaimed"),
    none("crawler_items_checked"),
    none("lrutail_reflocked"),
    none("moves_to_cold"),
    none("moves_to_warm"),
    none("moves_within_lru"),
    none("direct_reclaims"),
    none("lru_bumps_dropped"),
};

}  // namespace

std::span<general_row const> general_rows() { return rows; }

}  // namespace tandem::frontend
