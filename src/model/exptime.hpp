// An expiration time as memcached clients give it (protocol.txt, "Expiration times"): 0 never expires, a
// negative one is already over, up to 30 days it is relative in seconds, and above that it is a Unix time in
// seconds.
#pragma once

#include <algorithm>
#include <cstdint>

namespace tandem::model {

class exptime {
 public:
  /// The largest relative time: 30 days in seconds.
  static constexpr std::int64_t relative_max = 60 * 60 * 24 * 30;

  constexpr exptime() = default;
  constexpr explicit exptime(std::int64_t wire_seconds) : seconds_(wire_seconds) {}

  /// Expires `seconds` from `unix_now` on; not 0. What is too long to be relative is a date.
  static constexpr exptime in(std::int64_t seconds, std::int64_t unix_now) {
    return exptime(seconds <= relative_max ? seconds : unix_now + seconds);
  }

  constexpr std::int64_t wire() const { return seconds_; }
  constexpr bool never() const { return seconds_ == 0; }
  constexpr bool over() const { return seconds_ < 0; }
  constexpr bool absolute() const { return seconds_ > relative_max; }

  /// Whether an item stored at `unix_now` (seconds) with this time is already expired.
  constexpr bool expired(std::int64_t unix_now) const {
    return over() || (absolute() && seconds_ <= unix_now);
  }

  /// Seconds from `unix_now` until the item expires; not for never() or expired().
  constexpr std::int64_t remaining(std::int64_t unix_now) const {
    return absolute() ? seconds_ - unix_now : seconds_;
  }

  /// The Unix time at which an item that is stored at `unix_now` expires; 0 for never().
  constexpr std::int64_t date(std::int64_t unix_now) const {
    return never() || absolute() ? seconds_ : unix_now + seconds_;
  }

  friend constexpr bool operator==(exptime, exptime) = default;

 private:
  std::int64_t seconds_ = 0;
};

}  // namespace tandem::model
