// Tells whether what a refused set was to replace may be removed: not when a later write on the same key has gone out
// meanwhile, whoever's, which that would undo. Keys share a fixed number of buckets by their hash, so that now and then
// the old item stays for a stranger's sake; it is never removed wrongly.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

namespace tandem::backend::redis {

class write_order {
 public:
  class ticket {
   public:
    ticket() = default;

   private:
    friend class write_order;
    std::size_t bucket_ = 0;
    std::uint32_t number_ = 0;
  };

  /// A write on `key` goes out now.
  ticket sent(std::string_view key) {
    ticket given;
    given.bucket_ = std::hash<std::string_view>()(key) % last_.size();
    given.number_ = ++last_[given.bucket_];
    return given;
  }

  /// Whether no other write on the same key has gone out since.
  bool latest(ticket given) const { return last_[given.bucket_] == given.number_; }

 private:
  std::array<std::uint32_t, 4096> last_{};
};

}  // namespace tandem::backend::redis
