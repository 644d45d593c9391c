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
  if (everything_) return due{std::string(), everything_->version, false};
  auto const found = keys_.find(key);
  if (found == keys_.end()) return std::nullopt;
  return due{found->first, found->second.version, found->second.doubtful};
}

bool missed_removals::misses(std::string_view key) const {
  if (!any()) return false;
  std::lock_guard const locked(mutex_);
  auto const found = keys_.find(key);
  return everything_ || (found != keys_.end() && found->second.missed);
}

bool missed_removals::has_room_for(std::string_view key) const {
  std::lock_guard const locked(mutex_);
  return !everything_ && (keys_.size() < bound_ || keys_.contains(key));
}

void missed_removals::remember(std::string_view key) {
  std::lock_guard const locked(mutex_);
  ++version_;
  if (everything_) {
    everything_->version = version_;  // a flush that is on its way may have been executed before
  } else if (auto const found = keys_.find(key); found != keys_.end()) {
    found->second.version = version_;
    found->second.missed = true;
  } else if (keys_.size() < bound_) {
    keys_.emplace(key, entry{version_, false});
  } else {
    keys_.clear();
    everything_ = entry{version_, false};
  }
  look();
}

bool missed_removals::remember_if_room(std::string_view key) {
  std::lock_guard const locked(mutex_);
  if (everything_) return false;
  auto const found = keys_.find(key);
  if (found == keys_.end() && keys_.size() >= bound_) return false;
  if (found != keys_.end()) found->second.version = ++version_;
  if (found != keys_.end()) found->second.missed = true;
  if (found == keys_.end()) keys_.emplace(key, entry{++version_, false});
  look();
  return true;
}

void missed_removals::remember_everything() {
  std::lock_guard const locked(mutex_);
  keys_.clear();
  everything_ = entry{++version_, false, true, everything_ ? everything_->claimed : 0};
  look();
}

void missed_removals::remember_doubtful(std::string_view key) {
  std::lock_guard const locked(mutex_);
  auto const found = keys_.find(key);
  if (found != keys_.end()) {
    found->second.version = ++version_;
    found->second.doubtful = true;
  } else if (keys_.size() < bound_) {
    keys_.emplace(key, entry{++version_, true, false});
  }
  look();
}

std::vector<missed_removals::due> missed_removals::next(std::string_view after, std::size_t count) const {
  std::lock_guard const locked(mutex_);
  if (everything_) return {{std::string(), everything_->version, false}};
  std::vector<due> found;
  for (auto at = keys_.upper_bound(after); at != keys_.end() && found.size() < count; ++at)
    found.push_back({at->first, at->second.version, at->second.doubtful});
  return found;
}

missed_removals::claim missed_removals::claimed(due const& what) {
  std::lock_guard const locked(mutex_);
  entry* const one = find(what);
  if (!one || one->version != what.version || one->claimed != 0) return {};
  one->claimed = what.version;
  return {*this, what};
}

void missed_removals::give_back(due const& what, bool confirmed) {
  std::lock_guard const locked(mutex_);
  entry* const one = find(what);
  if (!one || one->claimed != what.version) return;
  one->claimed = 0;
  if (!confirmed || one->version != what.version) return;
  if (what.key.empty()) everything_.reset();
  if (!what.key.empty()) keys_.erase(what.key);
  look();
}

/// Null if it is not due any more.
missed_removals::entry* missed_removals::find(due const& what) {
  if (what.key.empty()) return everything_ ? &*everything_ : nullptr;
  auto const found = keys_.find(what.key);
  return found == keys_.end() ? nullptr : &found->second;
}

std::size_t missed_removals::size() const {
  std::lock_guard const locked(mutex_);
  return everything_ ? bound_ : keys_.size();
}

void missed_removals::look() {
  any_.store(everything_.has_value() || !keys_.empty(), std::memory_order_release);
}

}  // namespace tandem::model
