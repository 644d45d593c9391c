// What `stats` and `version` answer: the release that is spoken, memcached's statistics, true of this process, and,
// as `stats backends`, the metrics of each backend. Shared by the workers; every call may come from any of them.
//
// Each group is rows of a name and a value, which the dialects write in their own form (statistics_reply.hpp). The names
// are memcached's, all of them, since collectors look for them; what Tandem has no such thing of is 0, no or NULL.
#pragma once

#include "base/clock.hpp"
#include "frontend/options.hpp"
#include "frontend/prefix_statistics.hpp"
#include "frontend/rationed.hpp"
#include "frontend/tally.hpp"
#include "metrics/registry.hpp"
#include "net/options.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::frontend {

/// The memcached release whose commands Tandem answers. Clients decide by it what they may use, so it has memcached's form
/// and is all that `version` answers: some read the number from its end, others refuse a second word.
inline constexpr std::string_view spoken_release = "1.6.38";

/// What does not change while the process runs.
struct process_facts {
  std::string version;  // Tandem's own
  std::size_t workers = 1;
  limits_options limits;
  std::vector<net::listener_options> listeners;
};

struct stat_row {
  std::string name;
  std::string value;
};
using stat_rows = std::vector<stat_row>;

/// Where one worker counts what its clients do.
struct alignas(64) client_account {
  explicit client_account(prefix_statistics::sheet& sheet) : prefixes(sheet) {}

  tally_sheet tallies;
  prefix_statistics::sheet& prefixes;
};

struct general_statistics;

class stats {
 public:
  stats(metrics::registry const& registry, base::clock const& clock, process_facts facts);

  /// The account of one more worker; it lives as long as this.
  client_account& add_worker();

  /// As its rows are asked for.
  enum class group : std::uint8_t {
    general,
    settings,
    items,
    slabs,
    sizes,
    backends,
    named_backends,
    connections
  };
  static constexpr std::size_t group_count = 8;

  /// Shared with others who ask where that happens too often (rationed.hpp).
  std::shared_ptr<stat_rows const> rows(group asked);

  /// Lets what memcached resets count from 0 again, as `stats` tells it; metrics go on.
  void reset();

  void detail(bool on) { on ? prefixes_.turn_on() : prefixes_.turn_off(); }
  /// As prefix_statistics::dump(); shared like rows.
  std::shared_ptr<std::string const> detail_dump();

 private:
  stat_rows make(group asked) const;
  stat_rows general() const;
  stat_rows settings() const;
  /// Of classes of memory, of which Tandem has none.
  stat_rows slabs() const;
  stat_rows sizes() const;
  /// The listeners; clients are not listed.
  stat_rows connections() const;
  /// Each series that carries a backend's name, as backend:family:label:label..., most zeros left out. By names alone,
  /// the servers of a backend are added up.
  stat_rows backends(net::server_details told) const;

  general_statistics gather() const;
  std::uint64_t before_reset(std::size_t row) const;
  std::uint64_t total(metrics::family const& one) const;
  /// Bytes that items may take here: of the memory stores, or of all buffers where there is no store. Never 0.
  std::uint64_t memory_limit() const;

  metrics::registry const& registry_;
  base::clock const& clock_;
  process_facts facts_;
  std::int64_t started_ms_;
  prefix_statistics prefixes_;
  std::array<rationed<stat_rows>, group_count> made_;
  rationed<std::string> dumped_;
  mutable std::mutex mutex_;  // of what follows
  std::deque<client_account> accounts_;
  std::vector<std::uint64_t> before_reset_;  // by row of general(), what to subtract; empty: nothing
};

}  // namespace tandem::frontend
