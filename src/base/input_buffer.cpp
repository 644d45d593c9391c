#include "base/input_buffer.hpp"

namespace tandem::base {
namespace {

/// Less room than this is not worth a read of its own.
constexpr std::size_t room_min = 2048;

}  // namespace

std::span<char> input_buffer::prepare() {
  if (!block_) {
    block_ = chunk_ref::allocate();
    begin_ = end_ = 0;
  } else if (!has_room()) {
    enlarge(next_capacity());
  }
  return {block_->data() + end_, room()};
}

bool input_buffer::has_room() const {
  if (expected_ <= size()) return room() >= room_min;
  if (expected_ - size() <= room()) return true;
  // Where the next block would not hold the item either, this one may as well be filled first, unless bytes
  // already consumed take up most of it.
  return next_capacity() < expected_ && room() >= std::max(room_min, begin_);
}

/// Doubles what has arrived, so that a long item is moved a few times only, but up to what is expected.
std::size_t input_buffer::next_capacity() const {
  std::size_t const doubled = std::max(2 * size(), chunk::pooled_capacity);
  return expected_ > size() ? std::min(expected_, doubled) : doubled;
}

void input_buffer::enlarge(std::size_t capacity) {
  bool const large = block_->capacity() > chunk::pooled_capacity;
  if (begin_ == 0 && !block_->shared() && large) return block_.grow(capacity);
  chunk_ref larger = chunk_ref::allocate(capacity);
  std::memcpy(larger->data(), block_->data() + begin_, size());
  block_ = std::move(larger);
  end_ = size();
  begin_ = 0;
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

void input_buffer::settle() {
  if (!block_ || !block_->pooled() || size() > block_->capacity() / 2) return;
  chunk_ref smaller = chunk_ref::allocate_exact(size());
  std::memcpy(smaller->data(), block_->data() + begin_, size());
  block_ = std::move(smaller);
  end_ = size();
  begin_ = 0;
}

slice input_buffer::take(std::size_t count) {
  if (count == 0) return slice();
  slice taken = peek(0, count);
  consume(count);
  return taken;
}

}  // namespace tandem::base
