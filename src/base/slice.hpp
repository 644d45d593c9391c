// A run of bytes inside a chunk, kept alive by a reference to it; or a view of bytes that live for ever.
// Copying a slice copies no bytes. Like the chunk, a slice stays with its thread.
#pragma once

#include "base/chunk.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

namespace tandem::base {

class slice {
 public:
  slice() = default;
  slice(chunk_ref owner, char const* data, std::size_t size)
      : owner_(std::move(owner)), data_(data), size_(size) {}

  /// Refers to bytes that outlive every slice, such as a string literal.
  static slice of_static(std::string_view bytes) { return slice(chunk_ref(), bytes.data(), bytes.size()); }

  /// Copies bytes into a block of their own.
  static slice copy_of(std::string_view bytes) {
    if (bytes.empty()) return slice();
    chunk_ref block = chunk_ref::allocate_exact(bytes.size());
    std::memcpy(block->data(), bytes.data(), bytes.size());
    char const* data = block->data();
    return slice(std::move(block), data, bytes.size());
  }

  char const* data() const { return data_; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::string_view view() const { return {data_, size_}; }
  std::string str() const { return std::string(view()); }
  chunk const* owner() const { return owner_.get(); }

  /// The bytes [offset, offset + count), sharing the chunk. The range must lie inside.
  slice part(std::size_t offset, std::size_t count = std::string_view::npos) const {
    assert(offset <= size_);
    return slice(owner_, data_ + offset, std::min(count, size_ - offset));
  }

 private:
  friend class output_buffer;

  chunk_ref owner_;
  char const* data_ = "";
  std::size_t size_ = 0;
};

}  // namespace tandem::base
