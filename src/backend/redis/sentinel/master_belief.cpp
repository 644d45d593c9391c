#include "backend/redis/sentinel/master_belief.hpp"

#include <utility>

namespace tandem::backend::redis {

struct master_belief::ear {
  ear(interest in, base::executor& own, std::function<void()> what)
      : about(in), on(own), told(std::move(what)) {}

  interest const about;
  base::executor& on;
  std::function<void()> const told;
  std::atomic<bool> due{false};  // something is posted
  bool gone = false;             // its own thread's
};

master_belief::listener::listener(master_belief& to, interest in, base::executor& on,
                                  std::function<void()> told)
    : to_(to), self_(std::make_shared<ear>(in, on, std::move(told))) {
  std::lock_guard const lock(to_.mutex_);
  to_.ears_.push_back(self_);
}

master_belief::listener::~listener() {
  self_->gone = true;
  std::lock_guard const lock(to_.mutex_);
  std::erase(to_.ears_, self_);
}

std::optional<net::endpoint> master_belief::master() const {
  std::lock_guard const lock(mutex_);
  return master_;
}

std::vector<net::endpoint> master_belief::replicas() const {
  std::lock_guard const lock(mutex_);
  return replicas_;
}

std::string master_belief::trouble() const {
  std::lock_guard const lock(mutex_);
  return trouble_;
}

void master_belief::believe(net::endpoint master, std::vector<net::endpoint> replicas) {
  std::lock_guard const lock(mutex_);
  master_ = std::move(master);
  replicas_ = std::move(replicas);
  trouble_.clear();
  version_.fetch_add(1, std::memory_order_release);
  tell(interest::changes);
}

void master_belief::is_troubled(std::string why) {
  std::lock_guard const lock(mutex_);
  trouble_ = std::move(why);
}

void master_belief::suspect() {
  std::lock_guard const lock(mutex_);
  tell(interest::suspicions);
}

/// With the lock held: until then whoever is told has not left, and its thread goes on.
void master_belief::tell(interest about) {
  for (std::shared_ptr<ear> const& each : ears_) {
    if (each->about != about || each->due.exchange(true)) continue;
    each->on.post([one = each] {
      one->due = false;
      if (!one->gone) one->told();
    });
  }
}

}  // namespace tandem::backend::redis
