// Tasks that nobody awaits, such as what goes on after a client was answered: at most so many at a time, and ended with
// this object. On one thread.
#pragma once

#include "base/task.hpp"

#include <cstddef>
#include <list>
#include <utility>

namespace tandem::tier {

class running_tasks {
 public:
  running_tasks() = default;
  running_tasks(running_tasks const&) = delete;
  running_tasks& operator=(running_tasks const&) = delete;

  void start(base::task<void> work) {
    entry& made = running_.emplace_back(*this, std::move(work));
    made.place = std::prev(running_.end());
    if (made.work.start([](void* done) { end(static_cast<entry*>(done)); }, &made)) end(&made);
  }

  std::size_t size() const { return running_.size(); }

  /// Ends all of them wherever they wait.
  void stop() { std::list<entry>(std::move(running_)).clear(); }

 private:
  struct entry {
    entry(running_tasks& set, base::task<void> task) : owner(set), work(std::move(task)) {}
    running_tasks& owner;
    base::task<void> work;
    std::list<entry>::iterator place;
  };

  static void end(entry* done) { done->owner.running_.erase(done->place); }

  std::list<entry> running_;
};

}  // namespace tandem::tier
