#include "frontend/stats.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <iterator>

namespace tandem::frontend {
namespace {

class report_writer {
 public:
  template <class Value>
  void add(std::string_view name, Value const& value) {
    fmt::format_to(std::back_inserter(text_), "STAT {} {}\r\n", name, value);
  }

  std::string finish() && { return std::move(text_) + "END\r\n"; }

 private:
  std::string text_;
};

std::string seconds_of(timeval const& time) { return fmt::format("{}.{:06}", time.tv_sec, time.tv_usec); }

/// memcached's names for commands, hits and misses, and the verb that each counts.
struct named_command {
  std::string_view name;
  metrics::family const& counted;
  std::string_view command;
};

constexpr std::array<named_command, 14> command_figures{{
    {"cmd_flush", metrics::client_commands_total, "flush_all"},
    {"cmd_touch", metrics::client_commands_total, "touch"},
    {"delete_misses", metrics::client_misses_total, "delete"},
    {"delete_hits", metrics::client_hits_total, "delete"},
    {"incr_misses", metrics::client_misses_total, "incr"},
    {"incr_hits", metrics::client_hits_total, "incr"},
    {"decr_misses", metrics::client_misses_total, "decr"},
    {"decr_hits", metrics::client_hits_total, "decr"},
    {"cas_misses", metrics::client_misses_total, "cas"},
    {"cas_hits", metrics::client_hits_total, "cas"},
    {"touch_hits", metrics::client_hits_total, "touch"},
    {"touch_misses", metrics::client_misses_total, "touch"},
    {"get_touch_hits", metrics::client_hits_total, "gat"},
    {"get_touch_misses", metrics::client_misses_total, "gat"},
}};

constexpr std::array<std::string_view, 6> storing_commands{"set",    "add",     "replace",
                                                           "append", "prepend", "cas"};

}  // namespace

stats::stats(metrics::registry const& figures, base::clock const& clock, process_facts facts)
    : figures_(figures), clock_(clock), facts_(std::move(facts)), started_ms_(clock.unix_ms()) {}

std::string stats::report(std::string_view group) const {
  if (group.empty()) return general();
  if (group == "backends") return backends();
  if (group == "settings") return settings();
  // Groups about memcached's own storage, of which Tandem has none: nothing to tell.
  if (group == "items" || group == "slabs" || group == "sizes" || group == "conns") return "END\r\n";
  return "ERROR\r\n";
}

std::string stats::general() const {
  auto const total = [this](metrics::family const& counted, metrics::labels const& where = {}) {
    return static_cast<std::uint64_t>(figures_.total(counted, where));
  };
  auto const of_command = [&](metrics::family const& counted, std::string_view command) {
    return total(counted, {{"command", std::string(command)}});
  };
  std::int64_t const now_ms = clock_.unix_ms();
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  report_writer out;
  out.add("pid", ::getpid());
  out.add("uptime", (now_ms - started_ms_) / 1000);
  out.add("time", now_ms / 1000);
  out.add("version", spoken_release);
  out.add("tandem_version", facts_.version);
  out.add("pointer_size", sizeof(void*) * 8);
  out.add("rusage_user", seconds_of(usage.ru_utime));
  out.add("rusage_system", seconds_of(usage.ru_stime));
  out.add("max_connections", facts_.limits.connections);
  out.add("curr_connections", total(metrics::client_connections));
  out.add("total_connections", total(metrics::client_connections_total));
  out.add("rejected_connections", total(metrics::client_connections_rejected_total));
  out.add("cmd_get", of_command(metrics::client_commands_total, "get") +
                         of_command(metrics::client_commands_total, "gat"));
  std::uint64_t stored = 0;
  for (std::string_view const command : storing_commands)
    stored += of_command(metrics::client_commands_total, command);
  out.add("cmd_set", stored);
  out.add("get_hits",
          of_command(metrics::client_hits_total, "get") + of_command(metrics::client_hits_total, "gat"));
  out.add("get_misses",
          of_command(metrics::client_misses_total, "get") + of_command(metrics::client_misses_total, "gat"));
  for (named_command const& figure : command_figures)
    out.add(figure.name, of_command(figure.counted, figure.command));
  out.add("bytes_read", total(metrics::client_read_bytes_total));
  out.add("bytes_written", total(metrics::client_written_bytes_total));
  out.add("limit_maxbytes", total(metrics::memory_limit_bytes));
  out.add("threads", facts_.workers);
  out.add("bytes", total(metrics::memory_bytes));
  out.add("curr_items", total(metrics::memory_items));
  out.add("evictions", total(metrics::memory_evictions_total));
  return std::move(out).finish();
}

std::string stats::settings() const {
  report_writer out;
  out.add("maxconns", facts_.limits.connections);
  out.add("item_size_max", facts_.limits.value);
  out.add("num_threads", facts_.workers);
  out.add("cas_enabled", "yes");
  out.add("flush_enabled", "yes");
  return std::move(out).finish();
}

/// Each figure that carries a backend's name, as backend:family:label:label...
std::string stats::backends() const {
  report_writer out;
  for (metrics::sample const& one : figures_.samples()) {
    if (one.where.empty() || one.where.front().first != "backend") continue;
    std::string name = one.where.front().second;
    name += ':';
    name += one.described->name.substr(std::string_view("tandem_").size());
    for (auto label = one.where.begin() + 1; label != one.where.end(); ++label) name += ":" + label->second;
    if (one.value != 0 || one.where.size() == 1) out.add(name, static_cast<std::int64_t>(one.value));
  }
  return std::move(out).finish();
}

}  // namespace tandem::frontend
