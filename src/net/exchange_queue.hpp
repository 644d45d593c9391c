// A first-in first-out queue whose entries can be emptied in the middle: entries are found by the position
// that push() gave them, which stays the same while others leave at the front.
#pragma once

#include <boost/circular_buffer.hpp>

#include <algorithm>
#include <cassert>
#include <cstdint>

namespace tandem::net {

template <class Entry>
class exchange_queue {
 public:
  std::uint64_t push(Entry entry) {
    if (entries_.full()) entries_.set_capacity(std::max(2 * entries_.capacity(), capacity_min));
    entries_.push_back(std::move(entry));
    return next_position() - 1;
  }

  Entry& at(std::uint64_t position) {
    assert(position >= first_ && position - first_ < entries_.size());
    return entries_[position - first_];
  }

  Entry const& at(std::uint64_t position) const { return const_cast<exchange_queue&>(*this).at(position); }

  Entry& front() { return entries_.front(); }
  Entry const& front() const { return entries_.front(); }

  void pop() {
    entries_.pop_front();
    ++first_;
  }

  /// The position of front(), and the one that the next push() gives.
  std::uint64_t first_position() const { return first_; }
  std::uint64_t next_position() const { return first_ + entries_.size(); }

  bool empty() const { return entries_.empty(); }
  std::size_t size() const { return entries_.size(); }

 private:
  static constexpr std::size_t capacity_min = 16;

  boost::circular_buffer<Entry> entries_;
  std::uint64_t first_ = 0;
};

}  // namespace tandem::net
