// Which lines the log gets while something does not work: one when it begins, one for each further reason, one when it
// is over. However often the same thing fails meanwhile, nothing is said, and never more than `reasons_max` lines.
// Not thread-safe; no I/O: whoever has it writes the lines.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::net {

class outage {
 public:
  static constexpr std::size_t reasons_max = 8;

  bool under_way() const { return !told_.empty(); }

  /// It does not work, for this reason. Whether that is worth a line.
  bool failed(std::string_view reason) {
    if (told_.size() == reasons_max || std::ranges::find(told_, reason) != told_.end()) return false;
    told_.emplace_back(reason);
    return true;
  }

  /// It works. Whether that is worth a line, since it did not before.
  bool over() {
    bool const was_under_way = under_way();
    told_.clear();
    return was_under_way;
  }

 private:
  std::vector<std::string> told_;
};

}  // namespace tandem::net
