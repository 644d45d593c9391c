// Bytes that came from a socket and were not parsed yet, always contiguous, so that a parser sees one
// string_view and takes slices of it without copying. A block is a chunk, or at most twice as large as the bytes
// that have arrived for it: a size that a peer announces costs nothing before its bytes are there.
//
// Order of calls: prepare, read into it, commit; then a parser looks at unread() and calls consume() or take().
#pragma once

#include "base/slice.hpp"

#include <span>
#include <string_view>

namespace tandem::base {

class input_buffer {
 public:
  /// Room to read into: never empty. May move the unread bytes, but not those that slices refer to.
  std::span<char> prepare();

  /// `count` bytes of what prepare() gave have been written.
  void commit(std::size_t count) { end_ += count; }

  std::string_view unread() const {
    return block_ ? std::string_view(block_->data() + begin_, end_ - begin_) : std::string_view();
  }

  /// Forgets the first `count` unread bytes, and gives the chunk back once nothing is unread.
  void consume(std::size_t count);

  /// The first `count` unread bytes as a slice, consumed.
  slice take(std::size_t count);

  /// A slice of unread bytes [offset, offset + count), not consumed.
  slice peek(std::size_t offset, std::size_t count) const {
    return slice(block_, block_->data() + begin_ + offset, count);
  }

  /// Announces that the next item is `size` bytes in all, so that the block it is read into grows to exactly
  /// that. Zero (the default after each consume) announces nothing.
  void expect(std::size_t size) { expected_ = size; }

  /// The size that was announced, or 0.
  std::size_t expected() const { return expected_; }
  /// Bytes that are held.
  std::size_t capacity() const { return block_ ? block_->capacity() : 0; }

  /// Gives the chunk back if nothing is unread, after a prepare() that no commit followed.
  void trim();

  /// Gives the chunk back if the unread bytes fill half of it at most: they move to a block of their size, until more is
  /// read. For a peer that may have nothing more to say for long.
  void settle();

  /// Whether no chunk is held.
  bool idle() const { return !block_; }

 private:
  bool has_room() const;
  std::size_t next_capacity() const;
  void enlarge(std::size_t capacity);

  std::size_t size() const { return end_ - begin_; }
  std::size_t room() const { return block_->capacity() - end_; }

  chunk_ref block_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t expected_ = 0;
};

}  // namespace tandem::base
