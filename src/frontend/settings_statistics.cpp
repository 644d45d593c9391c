#include "frontend/settings_statistics.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tandem::frontend {
namespace {

using source = settings_source;

constexpr std::string_view no_words = "NULL";

/// The first listener of its kind, as memcached tells one; none: null.
net::listener_options const* first(source const& from, bool (*of_kind)(net::endpoint const&)) {
  auto const found = std::ranges::find_if(from.facts.listeners, of_kind, &net::listener_options::endpoint);
  return found == from.facts.listeners.end() ? nullptr : &*found;
}

net::listener_options const* first_tcp(source const& from) {
  return first(from, [](net::endpoint const& where) { return !where.unix_socket(); });
}

net::listener_options const* first_unix(source const& from) {
  return first(from, [](net::endpoint const& where) { return where.unix_socket(); });
}

std::string port(source const& from) {
  auto const* const listener = first_tcp(from);
  return std::to_string(listener ? listener->endpoint.port : 0);
}

std::string host(source const& from) {
  auto const* const listener = first_tcp(from);
  return listener ? listener->endpoint.host : std::string(no_words);
}

std::string path(source const& from) {
  auto const* const listener = first_unix(from);
  return listener ? listener->endpoint.path : std::string(no_words);
}

std::string mode(source const& from) {
  auto const* const listener = first_unix(from);
  return fmt::format("{:o}", listener ? listener->mode : 0);
}

constexpr settings_row rows[] = {
    {"maxbytes", {}, [](source const& from) { return std::to_string(from.memory_limit); }},
    {"maxconns", {}, [](source const& from) { return std::to_string(from.facts.limits.connections); }},
    {"tcpport", {}, port},
    {"udpport", "0"},
    {"inter", {}, host},
    {"verbosity", "0"},
    {"oldest", "0"},
    {"evictions", "on"},
    {"domain_socket", {}, path},
    {"umask", {}, mode},
    {"shutdown_command", "no"},
    {"growth_factor", "0"},
    {"chunk_size", "0"},
    {"num_threads", {}, [](source const& from) { return std::to_string(from.facts.workers); }},
    {"num_threads_per_udp", "0"},
    {"stat_key_prefix", {}, [](source const&) { return std::string(1, prefix_statistics::delimiter); }},
    {"detail_enabled", {}, [](source const& from) { return std::string(from.detail ? "yes" : "no"); }},
    {"reqs_per_event", "0"},
    {"cas_enabled", "yes"},
    {"tcp_backlog", {}, [](source const&) { return std::to_string(net::listen_backlog); }},
    {"binding_protocol", "auto-negotiate"},
    {"auth_enabled_sasl", "no"},
    {"auth_enabled_ascii", "no"},
    {"item_size_max", {}, [](source const& from) { return std::to_string(from.facts.limits.value); }},
    {"maxconns_fast", "yes"},
    {"hashpower_init", "0"},
    {"slab_reassign", "no"},
    {"slab_automove", "0"},
    {"slab_automove_ratio", "0"},
    {"slab_automove_window", "0"},
    {"slab_automove_freeratio", "0"},
    {"slab_chunk_max", "0"},
    {"lru_crawler", "no"},
    {"lru_crawler_sleep", "0"},
    {"lru_crawler_tocrawl", "0"},
    {"tail_repair_time", "0"},
    {"flush_enabled", "yes"},
    {"dump_enabled", "no"},
    {"hash_algorithm", no_words},
    {"lru_maintainer_thread", "no"},
    {"lru_segmented", "no"},
    {"hot_lru_pct", "0"},
    {"warm_lru_pct", "0"},
    {"hot_max_factor", "0"},
    {"warm_max_factor", "0"},
    {"temp_lru", "no"},
    {"temporary_ttl", "0"},
    // In seconds, of which any part is one: 0 is off.
    {"idle_timeout",
     {},
     [](source const& from) {
       return std::to_string(std::chrono::ceil<std::chrono::seconds>(from.facts.limits.idle_timeout).count());
     }},
    {"watcher_logbuf_size", "0"},
    {"worker_logbuf_size", "0"},
    {"read_buf_mem_limit", {}, [](source const& from) { return std::to_string(from.facts.limits.memory); }},
    {"track_sizes", "no"},
    {"inline_ascii_response", "no"},
    {"ext_item_size", "0"},
    {"ext_item_age", "0"},
    {"ext_low_ttl", "0"},
    {"ext_recache_rate", "0"},
    {"ext_wbuf_size", "0"},
    {"ext_compact_under", "0"},
    {"ext_drop_under", "0"},
    {"ext_max_sleep", "0"},
    {"ext_max_frag", "0"},
    {"ext_drop_unread", "no"},
    {"ssl_enabled", "no"},
    {"ssl_chain_cert", no_words},
    {"ssl_key", no_words},
    {"ssl_verify_mode", "0"},
    {"ssl_keyformat", "0"},
    {"ssl_ciphers", no_words},
    {"ssl_ca_cert", no_words},
    {"ssl_wbuf_size", "0"},
    {"ssl_session_cache", "no"},
    {"ssl_kernel_tls", "no"},
    {"ssl_min_version", no_words},
    {"proxy_enabled", "no"},
    {"proxy_uring_enabled", "no"},
    {"num_napi_ids", no_words},
    {"memory_file", no_words},
    {"client_flags_size", "4"},
};

}  // namespace

std::span<settings_row const> settings_rows() { return rows; }

}  // namespace tandem::frontend
