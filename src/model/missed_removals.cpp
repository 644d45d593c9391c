#include "model/missed_removals.hpp"

namespace tandem::model {

bool missed_removals::blocks(std::string_view key) const {
  if (!any()) return false;
  std::lock_guard const locked(mutex_);
  return everything_ || keys_.contains(key);
}

std::optional<missed_removals::due> missed_removals::blocking(std::string_view key) const {
  if (!any()) return std::nullopt;
  std::lock_guard const locked(mutex_);
  if (everything_) return due{std::string(), *everything_, false};
  auto const found = keys_.find(key);
  if (found == keys_.end()) return std::nullopt;
  return due{found->first, found->second.version, found->second.doubtful};
}

bool missed_removals::misses(std::string_view key) const {
  if (!any()) return false;
  std::lock_guard const locked(mutex_);
  auto const found = keys_.find(key);
  return everything_ || (found != keys_.end() && !found->second.doubtful);
}

bool missed_removals::has_room_for(std::string_view key) const {
  std::lock_guard const locked(mutex_);
  return !everything_ && (keys_.size() < bound_ || keys_.contains(key));
}

void missed_removals::remember(std::string_view key) {
  std::lock_guard const locked(mutex_);
  ++version_;
  if (everything_) {
    everything_ = version_;  // a flush that is on its way may have been executed before
  } else if (auto const found = keys_.find(key); found != keys_.end()) {
    found->second.version = version_;
  } else if (keys_.size() < bound_) {
    keys_.emplace(key, entry{version_, false});
  } else {
    keys_.clear();
    everything_ = version_;
  }
  look();
}

bool missed_removals::remember_if_room(std::string_view key) {
  std::lock_guard const locked(mutex_);
  if (everything_) return false;
  auto const found = keys_.find(key);
  if (found == keys_.end() && keys_.size() >= bound_) return false;
  if (found != keys_.end()) found->second.version = ++version_;
  if (found == keys_.end()) keys_.emplace(key, entry{++version_, false});
  look();
  return true;
}

void missed_removals::remember_everything() {
  std::lock_guard const locked(mutex_);
  keys_.clear();
  everything_ = ++version_;
  look();
}

void missed_removals::remember_doubtful(std::string_view key) {
  std::lock_guard const locked(mutex_);
  auto const found = keys_.find(key);
  if (found != keys_.end()) found->second = {++version_, true};
  if (found == keys_.end() && keys_.size() < bound_) keys_.emplace(key, entry{++version_, true});
  look();
}

std::vector<missed_removals::due> missed_removals::next(std::string_view after, std::size_t count) const {
  std::lock_guard const locked(mutex_);
  if (everything_) return {{std::string(), *everything_, false}};
  std::vector<due> found;
  for (auto at = keys_.upper_bound(after); at != keys_.end() && found.size() < count; ++at)
    found.push_back({at->first, at->second.version, at->second.doubtful});
  return found;
}

void missed_removals::forget(due const& replayed) {
  std::lock_guard const locked(mutex_);
  if (replayed.key.empty()) {
    if (everything_ == replayed.version) everything_.reset();
  } else if (auto const found = keys_.find(replayed.key);
             found != keys_.end() && found->second.version == replayed.version) {
    keys_.erase(found);
  }
  look();
}

std::size_t missed_removals::size() const {
  std::lock_guard const locked(mutex_);
  return everything_ ? bound_ : keys_.size();
}

void missed_removals::look() {
  any_.store(everything_.has_value() || !keys_.empty(), std::memory_order_release);
}

}  // namespace tandem::model
