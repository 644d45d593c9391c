// Tasks that nobody awaits, such as what goes on after a client was answered: so many at a time at most, and ended by stop()
// or with this object. On one thread. None of them may end the object that runs it.
//
//   if (!tasks.start(work())) ...   not begun, and why not is the caller's to know: what is to be done instead?
#pragma once

#include "base/frame_pool.hpp"
#include "base/task.hpp"

#include <boost/intrusive/list.hpp>

#include <cstddef>
#include <utility>

namespace tandem::base {

class background_tasks {
 public:
  explicit background_tasks(std::size_t most) : most_(most) {}
  ~background_tasks() { stop(); }
  background_tasks(background_tasks const&) = delete;
  background_tasks& operator=(background_tasks const&) = delete;

  /// Whether none may begin now: as many run as may, or stop() was called.
  bool full() const { return stopped_ || size_ >= most_; }

  /// Begins the work. If full(), it is destroyed without having begun, and false is the answer.
  [[nodiscard]] bool start(task<void> work) {
    if (full()) return false;
    auto* const made = new entry(*this, std::move(work));
    running_.push_back(*made);
    ++size_;
    if (made->work.start(ended, made)) ended(made);
    return true;
  }

  std::size_t size() const { return size_; }

  /// Ends all of them wherever they wait. Others may begin afterwards.
  void end_all() {
    // One by one from the list itself: the end of one may resume another, which then ends here, too.
    while (!running_.empty()) end(running_.front());
  }

  /// Ends all of them wherever they wait; none begins any more.
  void stop() {
    stopped_ = true;
    end_all();
  }

 private:
  struct entry : boost::intrusive::list_base_hook<> {
    entry(background_tasks& set, task<void> task) : owner(set), work(std::move(task)) {}
    background_tasks& owner;
    task<void> work;

    static void* operator new(std::size_t size) { return frame_pool::allocate(size); }
    static void operator delete(void* place, std::size_t size) noexcept { frame_pool::release(place, size); }
  };

  static void ended(void* done) {
    auto& one = *static_cast<entry*>(done);
    one.owner.end(one);
  }
  void end(entry& one) {
    running_.erase(running_.iterator_to(one));
    --size_;
    delete &one;
  }

  std::size_t const most_;
  std::size_t size_ = 0;
  bool stopped_ = false;
  boost::intrusive::list<entry, boost::intrusive::constant_time_size<false>> running_;
};

}  // namespace tandem::base
