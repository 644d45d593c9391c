// What memcached's `stats` tells of commands: which of its counters one command moves. memcached counts by what it did
// rather than by what was asked, and not alike in every dialect; the table is in tally.cpp. Each worker has a sheet that
// it alone writes; any thread may read it.
#pragma once

#include "frontend/command_origin.hpp"
#include "metrics/metric.hpp"
#include "model/request.hpp"
#include "model/response.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace tandem::frontend {

/// memcached's names.
enum class tally : std::uint8_t {
  none,  // what nobody asks for
  cmd_get,
  cmd_set,
  cmd_flush,
  cmd_touch,
  cmd_meta,  // of the meta commands only `me`, as memcached has it
  get_hits,
  get_misses,
  delete_hits,
  delete_misses,
  incr_hits,
  incr_misses,
  decr_hits,
  decr_misses,
  cas_hits,
  cas_misses,
  cas_badval,
  touch_hits,
  touch_misses,
  store_too_large,
  total_items,
};
inline constexpr std::size_t tally_count = 21;

using tally_sums = std::array<std::uint64_t, tally_count>;

class tally_sheet {
 public:
  void add(tally one) { counters_[static_cast<std::size_t>(one)].add(); }

  /// Counts a command that has been answered.
  void count(model::request const& asked, model::response const& answer, command_origin from);

  void add_to(tally_sums& sums) const;

 private:
  std::array<metrics::counter, tally_count> counters_;
};

}  // namespace tandem::frontend
