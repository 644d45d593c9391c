#include "base/output_buffer.hpp"

namespace tandem::base {

void output_buffer::append(std::string_view bytes) {
  while (!bytes.empty()) {
    if (!tail_ || tail_used_ == tail_->capacity()) {
      tail_ = chunk_ref::allocate();
      tail_used_ = 0;
    }
    char* const room = tail_->data() + tail_used_;
    std::size_t const count = std::min(bytes.size(), tail_->capacity() - tail_used_);
    std::memcpy(room, bytes.data(), count);
    tail_used_ += count;
    size_ += count;
    bytes.remove_prefix(count);
    bool const continues = !pieces_.empty() && pieces_.back().owner() == tail_.get() &&
                           pieces_.back().data_ + pieces_.back().size_ == room;
    if (continues) {
      pieces_.back().size_ += count;
    } else {
      pieces_.emplace_back(tail_, room, count);
    }
  }
}

void output_buffer::append(slice const& bytes) {
  if (bytes.size() < reference_min) return append(bytes.view());
  pieces_.push_back(bytes);
  size_ += bytes.size();
}

void output_buffer::consume(std::size_t count) {
  assert(count <= size_);
  size_ -= count;
  while (count > 0) {
    slice& first = pieces_.front();
    if (count < first.size_) {
      first.data_ += count;
      first.size_ -= count;
      return;
    }
    count -= first.size_;
    pieces_.pop_front();
  }
  if (pieces_.empty()) clear();
}

void output_buffer::clear() {
  pieces_.clear();
  tail_.reset();
  tail_used_ = 0;
  size_ = 0;
}

std::string output_buffer::str() const {
  std::string all;
  for (slice const& piece : pieces_) all += piece.view();
  return all;
}

}  // namespace tandem::base
