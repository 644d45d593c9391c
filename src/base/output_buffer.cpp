#include "base/output_buffer.hpp"

namespace tandem::base {
namespace {

/// Room for this many pieces is kept, so that a request with a large value allocates none.
constexpr std::size_t kept_pieces_max = 8;

}  // namespace

void output_buffer::append_across(std::string_view bytes) {
  while (!bytes.empty()) {
    if (room() == 0) {
      close_run();
      tail_ = chunk_ref::allocate();
      run_ = end_ = tail_->data();
      tail_end_ = run_ + tail_->capacity();
    }
    std::size_t const count = std::min(bytes.size(), room());
    std::memcpy(end_, bytes.data(), count);
    end_ += count;
    bytes.remove_prefix(count);
  }
}

void output_buffer::append_reference(slice const& bytes) {
  close_run();
  pieces_.push_back(bytes);
  pieces_size_ += bytes.size();
}

void output_buffer::close_run() {
  if (run_size() == 0) return;
  pieces_.push_back(slice(tail_, run_, run_size()));
  pieces_size_ += run_size();
  run_ = end_;
}

void output_buffer::consume(std::size_t count) {
  assert(count <= size());
  while (count > 0 && !pieces_.empty()) {
    slice& first = pieces_.front();
    std::size_t const taken = std::min(count, first.size_);
    first.data_ += taken;
    first.size_ -= taken;
    pieces_size_ -= taken;
    count -= taken;
    if (first.empty()) pieces_.pop_front();
  }
  run_ += count;
  if (empty()) clear();
}

void output_buffer::clear() {
  pieces_.clear();
  if (pieces_.capacity() > kept_pieces_max) pieces_.shrink_to_fit();
  pieces_size_ = 0;
  tail_.reset();
  run_ = end_ = tail_end_ = nullptr;
}

std::string output_buffer::str() const {
  std::string all;
  front(pieces_.size() + 1, [&all](char const* data, std::size_t size) { all.append(data, size); });
  return all;
}

}  // namespace tandem::base
