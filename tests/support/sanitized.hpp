// Whether this build has a sanitizer, which makes it several times slower and keeps what is freed for a while. What is
// tried for its result alone, over and over, is tried less often then: the optimised build looks at all of it, and a
// sanitizer at the same code.
#pragma once

namespace tandem::test {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool sanitized = true;
#else
inline constexpr bool sanitized = false;
#endif

/// How often to try what the optimised build tries so many times.
constexpr unsigned rounds(unsigned all) { return sanitized ? all / 10 : all; }

}  // namespace tandem::test
