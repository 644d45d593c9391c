// What `stats` and `version` answer: the release that is spoken, memcached's general names with this process' true figures, and, as
// `stats backends`, the figures of each backend. Shared by the workers; every call may come from any of them.
#pragma once

#include "base/clock.hpp"
#include "frontend/options.hpp"
#include "metrics/registry.hpp"

#include <string>
#include <string_view>

namespace tandem::frontend {

/// The memcached release whose commands Tandem answers. Clients decide by it what they may use, so it has memcached's form
/// and is all that `version` answers: some read the number from its end, others refuse a second word.
inline constexpr std::string_view spoken_release = "1.6.18";

/// The figures that do not change while the process runs.
struct process_facts {
  std::string version;  // Tandem's own
  std::size_t workers = 1;
  limits_options limits;
};

class stats {
 public:
  stats(metrics::registry const& figures, base::clock const& clock, process_facts facts);

  /// The whole answer for one group ("" for the general figures), with END or an error line.
  std::string report(std::string_view group) const;

 private:
  std::string general() const;
  std::string settings() const;
  std::string backends() const;

  metrics::registry const& figures_;
  base::clock const& clock_;
  process_facts facts_;
  std::int64_t started_ms_;
};

}  // namespace tandem::frontend
