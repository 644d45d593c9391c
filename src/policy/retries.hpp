// What becomes of a request whose attempt brought no answer, whatever is spoken to its server. One for each request, asked
// after each attempt that failed. How much time is left is the caller's concern: a pause that does not fit is the end.
//
//   connection lost, or ended          once more (or as set) at once, if it was not written, or if twice is the same as once
//   because of garbage
//   ... again, no connection, or one   where another server may take over: a pause that grows, unless it was written;
//   that lets nobody in                else the end
//   time-out, overload                 the end
//   refused, for a reason that passes  a pause that grows
//
// An idle connection that the server had closed is the most frequent reason for a second try.
#pragma once

#include "base/clock.hpp"
#include "base/error.hpp"

#include <cstdint>

namespace tandem::policy {

struct failed_attempt {
  base::error_kind reason;
  bool sent;        // the server may have executed the request
  bool repeatable;  // executing it twice is the same as once
};

/// Whether what no server has seen may be answered by another one soon.
enum class servers : std::uint8_t { one, take_over };

struct next_try {
  enum class moment : std::uint8_t { at_once, after_pause, never };

  moment when = moment::never;
  base::duration pause{};
};

class retries {
 public:
  /// `again`: how often at once, at most.
  explicit retries(servers asked, unsigned again = 1) : servers_(asked), again_(again) {}

  /// `random` is uniform over all values.
  next_try after(failed_attempt what, std::uint32_t random);

  /// After an answer that says no more than: not now. It was not executed.
  next_try after_refusal(std::uint32_t random);

 private:
  next_try after_loss(failed_attempt what, std::uint32_t random);
  next_try wait_for_another(std::uint32_t random);

  servers servers_;
  unsigned again_;  // at once, and may yet be
  unsigned pauses_ = 0;
};

}  // namespace tandem::policy
