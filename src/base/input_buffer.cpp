#include "base/input_buffer.hpp"

namespace tandem::base {
namespace {

/// Less room than this is not worth a read of its own.
constexpr std::size_t room_min = 2048;

}  // namespace

std::span<char> input_buffer::prepare() {
  if (!block_) {
    block_ = chunk_ref::allocate(std::max(expected_, chunk::pooled_capacity));
    begin_ = end_ = 0;
    return {block_->data(), block_->capacity()};
  }
  std::size_t const unread = end_ - begin_;
  bool const fits = begin_ + expected_ <= block_->capacity();
  std::size_t const room = block_->capacity() - end_;
  bool const last_piece = expected_ > unread && room >= expected_ - unread;
  if (fits && (room >= room_min || last_piece)) return {block_->data() + end_, room};

  std::size_t const capacity = std::max({expected_, unread + room_min, chunk::pooled_capacity});
  chunk_ref larger = chunk_ref::allocate(capacity);
  std::memcpy(larger->data(), block_->data() + begin_, unread);
  block_ = std::move(larger);
  begin_ = 0;
  end_ = unread;
  return {block_->data() + end_, block_->capacity() - end_};
}

void input_buffer::consume(std::size_t count) {
  assert(count <= end_ - begin_);
  begin_ += count;
  expected_ = 0;
  trim();
}

void input_buffer::trim() {
  if (begin_ != end_) return;
  block_.reset();
  begin_ = end_ = 0;
}

slice input_buffer::take(std::size_t count) {
  if (count == 0) return slice();
  slice taken = peek(0, count);
  consume(count);
  return taken;
}

}  // namespace tandem::base
