// How many requests may be tried again: a part of those that were asked lately, so that an outage of all servers multiplies
// the load that is offered to them by no more than that. Of one thread.
#pragma once

#include <algorithm>
#include <cstdint>

namespace tandem::policy {

class retry_budget {
 public:
  /// What may be saved up, in retries.
  static constexpr std::int64_t saved_max = 65'536;

  explicit retry_budget(unsigned percent) : percent_(percent) {}

  /// Somebody asks for the first time.
  void asked() { hundredths_ = std::min<std::int64_t>(hundredths_ + percent_, saved_max * 100); }

  /// Takes one retry, if there is one.
  bool take() {
    if (hundredths_ < 100) return false;
    hundredths_ -= 100;
    return true;
  }

 private:
  std::int64_t percent_;
  std::int64_t hundredths_ = 0;
};

}  // namespace tandem::policy
