// Whether a request goes to a server a second time when the connection was lost under it: at once and once, if it was not
// written before, or if doing it twice is the same as doing it once. An idle connection that the server had closed is the
// most frequent reason. One for each request.
#pragma once

#include <cstdint>

namespace tandem::policy {

struct loss {
  bool sent;        // the server may have executed the request
  bool repeatable;  // executing it twice is the same as once
};

enum class verdict : std::uint8_t {
  again,      // at once, over a new connection
  untouched,  // not at once any more; but no server has seen it, so that it may be tried later, or elsewhere
  over,
};

class second_try {
 public:
  verdict after(loss what) {
    if (what.sent && !what.repeatable) return verdict::over;
    if (taken_) return what.sent ? verdict::over : verdict::untouched;
    taken_ = true;
    return verdict::again;
  }

 private:
  bool taken_ = false;
};

}  // namespace tandem::policy
