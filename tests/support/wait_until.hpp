// Awaiting an event of another process, which cannot be subscribed to: asks again and again, with short
// pauses, until it is there or the time is over.
#pragma once

#include <chrono>
#include <functional>

namespace tandem::test {

/// Whether `happened` came true within `timeout`.
[[nodiscard]] bool wait_until(std::function<bool()> const& happened,
                              std::chrono::milliseconds timeout = std::chrono::seconds(10));

}  // namespace tandem::test
