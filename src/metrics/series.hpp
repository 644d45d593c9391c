// What tells one series from another: its family and its labels. Ordered by the family's name first, so that
// in anything sorted the series of one family lie together, as the exposition format wants them.
#pragma once

#include "metrics/catalogue.hpp"

#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace tandem::metrics {

/// Name and value, in the order in which they are shown.
using labels = std::vector<std::pair<std::string, std::string>>;

struct series {
  family const* described;
  labels where;
};

inline bool operator<(series const& left, series const& right) {
  return std::tie(left.described->name, left.where) < std::tie(right.described->name, right.where);
}

}  // namespace tandem::metrics
