// Bytes that wait to be written, as a list of pieces for one gathered write: small pieces are copied
// together, large slices are referenced.
#pragma once

#include "base/slice.hpp"

#include <charconv>
#include <concepts>
#include <cstdint>
#include <deque>
#include <string_view>

namespace tandem::base {

class output_buffer {
 public:
  /// Slices of at least this many bytes are referenced instead of copied.
  static constexpr std::size_t reference_min = 2048;

  void append(std::string_view bytes);
  void append(slice const& bytes);

  /// Appends a number in decimal.
  template <std::integral Number>
  void append_number(Number number) {
    char digits[24];
    auto const end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    append(std::string_view(digits, static_cast<std::size_t>(end - digits)));
  }

  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }

  /// Calls `use(data, size)` for up to `pieces_max` pieces from the front, in order.
  template <class Use>
  void front(std::size_t pieces_max, Use use) const {
    for (slice const& piece : pieces_) {
      if (pieces_max-- == 0) return;
      use(piece.data(), piece.size());
    }
  }

  /// Forgets the first `count` bytes: they have been written.
  void consume(std::size_t count);
  void clear();

  /// All bytes in one string, for tests and diagnostics.
  std::string str() const;

 private:
  std::deque<slice> pieces_;
  chunk_ref tail_;
  std::size_t tail_used_ = 0;
  std::size_t size_ = 0;
};

}  // namespace tandem::base
