// What takes long to make, and what any client may ask for as often as it likes: made anew each time while that is seldom, and
// ten times a second where it is not, for all who ask to share. Every call may come from any worker.
#pragma once

#include "base/token_bucket.hpp"

#include <memory>
#include <mutex>

namespace tandem::frontend {

template <class Made>
class rationed {
 public:
  /// Made in a row after a pause: more than a collector or a test suite asks for, so that these never see an older one.
  static constexpr double burst = 1000;
  static constexpr double per_second = 10;

  template <class Make>
  std::shared_ptr<Made const> get(base::time_point now, Make make) {
    std::lock_guard const lock(mutex_);
    if (bucket_.take(now) || !last_) last_ = std::make_shared<Made const>(make());
    return last_;
  }

  /// What was made last holds no more.
  void forget() {
    std::lock_guard const lock(mutex_);
    last_.reset();
  }

 private:
  std::mutex mutex_;
  base::token_bucket bucket_{burst, per_second};
  std::shared_ptr<Made const> last_;
};

}  // namespace tandem::frontend
