// A straight line through what was measured, by least squares.
#pragma once

#include <cstddef>

namespace tandem::chaos {

class trend {
 public:
  void add(double at, double value) {
    ++count_;
    double const from_mean = at - mean_at_;
    mean_at_ += from_mean / static_cast<double>(count_);
    mean_value_ += (value - mean_value_) / static_cast<double>(count_);
    spread_ += from_mean * (at - mean_at_);
    together_ += from_mean * (value - mean_value_);
  }

  /// How much more for each 1 of `at`; 0 if that cannot be told.
  double slope() const { return spread_ > 0 ? together_ / spread_ : 0; }

 private:
  std::size_t count_ = 0;
  double mean_at_ = 0;
  double mean_value_ = 0;
  double spread_ = 0;
  double together_ = 0;
};

}  // namespace tandem::chaos
