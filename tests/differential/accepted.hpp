// The differences between memcached's answers and Tandem's that are meant, each with its reason and the
// number of times that it was met. Anything else is a fault.
#pragma once

#include "differential/player.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::differential {

struct reply_pair {
  std::string memcached;
  std::string tandem;

  bool operator==(reply_pair const&) const = default;
};

struct accepted_difference {
  std::string_view name;
  std::string_view reason;
  /// The pair without this difference; unchanged if it is another.
  reply_pair (*without)(reply_pair replies);
  std::uint64_t met = 0;
};

class accepted_differences {
 public:
  accepted_differences();

  /// Whether the two agree, but for what is accepted.
  [[nodiscard]] bool agree(transcript const& memcached, transcript const& tandem);
  [[nodiscard]] bool agree(reply_pair replies);

  std::vector<accepted_difference> const& all() const { return all_; }

 private:
  std::vector<accepted_difference> all_;
};

}  // namespace tandem::differential
