// The words of the write-back queue: what goes in and comes out of it.
#pragma once

#include "base/executor.hpp"
#include "tier/write_back/write_log.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace tandem::tier {

struct write_back_limits {
  std::size_t items = 100'000;
  std::size_t bytes = std::size_t{64} << 20;  // of keys and values
};

struct write_back_terms {
  using item_ref = std::shared_ptr<unwritten_item const>;

  enum class admission {
    queued,     // it is the key's first unwritten value
    coalesced,  // it replaces an older one
    not_queued,  // it is not kept, for there is no room or others wait for the key: acquire() and write it to L2
  };
  enum class near_side { current, doubtful };
  struct put_result {
    admission admitted;
    bool store_near;
  };
  /// Names one who writes to L2; it is only compared.
  using writer = void const*;
  struct taken {
    item_ref item;
    writer by;
    bool doubtful;  // once it is in L2, remove it from L1, and only then call done()
  };
  enum class outcome {
    written,
    failed,      // stays unwritten, behind the others
    unanswered,  // the same, and L2 may execute it late
    refused,     // L2 will never take it: it is dropped
  };

  /// Called on any thread, under the lock.
  using ready_function = base::callback<>;
  struct waiter {
    base::executor* on;          // whose thread is told
    base::callback<bool> given;  // true: the key is yours, release() it; false: L2 failed
  };
  using ticket = std::uint64_t;

  struct queue_metrics {
    std::size_t items = 0;  // keys with an unwritten value
    std::size_t bytes = 0;
    double age_seconds = 0;  // of the one that has waited longest
    std::uint64_t written = 0, coalesced = 0, full = 0, replayed = 0, failed = 0, refused = 0;  // since start
  };
};

}  // namespace tandem::tier
