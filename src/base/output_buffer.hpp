// Bytes that wait to be written, as a list of pieces for one gathered write: small pieces are copied
// together, large slices are referenced.
#pragma once

#include "base/slice.hpp"

#include <boost/container/devector.hpp>

#include <algorithm>
#include <charconv>
#include <concepts>
#include <cstdint>
#include <string_view>

namespace tandem::base {

class output_buffer {
 public:
  /// Slices of at least this many bytes are referenced instead of copied.
  static constexpr std::size_t reference_min = 2048;

  void append(std::string_view bytes) {
    if (bytes.size() >= room()) return append_across(bytes);
    end_ = std::copy(bytes.begin(), bytes.end(), end_);
  }

  void append(slice const& bytes) {
    bytes.size() < reference_min ? append(bytes.view()) : append_reference(bytes);
  }

  /// Appends a number in decimal.
  template <std::integral Number>
  void append_number(Number number) {
    char digits[24];
    bool const in_place = room() > sizeof digits;
    char* const first = in_place ? end_ : digits;
    char* const end = std::to_chars(first, first + sizeof digits, number).ptr;
    if (in_place)
      end_ = end;
    else
      append(std::string_view(digits, static_cast<std::size_t>(end - digits)));
  }

  bool empty() const { return size() == 0; }
  std::size_t size() const { return pieces_size_ + run_size(); }

  /// Calls `use(data, size)` for up to `pieces_max` pieces from the front, in order.
  template <class Use>
  void front(std::size_t pieces_max, Use use) const {
    for (slice const& piece : pieces_) {
      if (pieces_max-- == 0) return;
      use(piece.data(), piece.size());
    }
    if (pieces_max > 0 && run_size() > 0) use(run_, run_size());
  }

  /// Forgets the first `count` bytes: they have been written.
  void consume(std::size_t count);
  void clear();

  /// All bytes in one string, for tests and diagnostics.
  std::string str() const;

 private:
  std::size_t room() const { return static_cast<std::size_t>(tail_end_ - end_); }
  std::size_t run_size() const { return static_cast<std::size_t>(end_ - run_); }

  void append_across(std::string_view bytes);
  void append_reference(slice const& bytes);
  void close_run();

  // What was copied last stands in [run_, end_) of the tail, and becomes a piece when something else follows it.
  boost::container::devector<slice> pieces_;
  std::size_t pieces_size_ = 0;  // bytes in pieces_
  chunk_ref tail_;
  char* run_ = nullptr;
  char* end_ = nullptr;
  char* tail_end_ = nullptr;
};

}  // namespace tandem::base
