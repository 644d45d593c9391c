#include "model/missed_removals.hpp"

namespace tandem::model {

bool missed_removals::blocks(std::string_view key) const {
  if (!any_blocks()) return false;
  std::lock_guard const locked(mutex_);
  return misses_everything() || keys_.contains(key);
}

std::optional<missed_removals::due> missed_removals::blocking(std::string_view key) const {
  if (!any_blocks()) return std::nullopt;
  std::lock_guard const locked(mutex_);
  if (misses_everything()) return due{std::string(), everything_->version, false};
  auto const found = keys_.find(key);
  if (found == keys_.end()) return std::nullopt;
  return due{found->first, found->second.version, found->second.doubtful};
}

bool missed_removals::misses(std::string_view key) const {
  if (!any_blocks()) return false;
  std::lock_guard const locked(mutex_);
  auto const found = keys_.find(key);
  return misses_everything() || (found != keys_.end() && found->second.missed);
}

bool missed_removals::has_room_for(std::string_view key) const {
  std::lock_guard const locked(mutex_);
  return !misses_everything() && (keys_.size() < bound_ || keys_.contains(key));
}

void missed_removals::remember(std::string_view key) {
  std::lock_guard const locked(mutex_);
  ++version_;
  if (misses_everything()) {
    everything_->version = version_;  // a flush that is on its way may have been executed before
  } else if (auto const found = keys_.find(key); found != keys_.end()) {
    found->second.version = version_;
    found->second.missed = true;
  } else if (keys_.size() < bound_) {
    keys_.emplace(key, entry{version_, false});
  } else {
    keys_.clear();
    miss_everything();
  }
  look();
}

bool missed_removals::remember_if_room(std::string_view key) {
  std::lock_guard const locked(mutex_);
  if (misses_everything()) return false;
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
  std::erase_if(keys_, [](auto const& each) { return !each.second.doubtful; });
  // The flush is as good for them as their removal.
  for (auto& [key, one] : keys_) one.missed = false;
  miss_everything();
  look();
}

void missed_removals::miss_everything() {
  if (!everything_) everything_ = entry{0, false, true};
  everything_->version = ++version_;
  everything_->missed = true;
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

void missed_removals::remember_everything_doubtful() {
  std::lock_guard const locked(mutex_);
  if (!everything_) everything_ = entry{0, true, false};
  everything_->version = ++version_;
  everything_->doubtful = true;
  look();
}

void missed_removals::count_as_missed(due const& flush) {
  std::lock_guard const locked(mutex_);
  if (!everything_ || everything_->version != flush.version) return;
  miss_everything();
  everything_->doubtful = false;
  look();
}

std::vector<missed_removals::due> missed_removals::next(std::string_view after, std::size_t count) const {
  std::lock_guard const locked(mutex_);
  if (misses_everything()) return {{std::string(), everything_->version, false}};
  std::vector<due> found;
  if (everything_ && after.empty()) found.push_back({std::string(), everything_->version, true});
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
  bool const all = what.key.empty();
  if (!all) keys_.erase(what.key);
  if (all && (what.doubtful || !one->doubtful)) everything_.reset();
  if (all && everything_) *everything_ = entry{++version_, true, false};
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
  return misses_everything() ? bound_ : keys_.size();
}

void missed_removals::look() {
  any_.store(everything_.has_value() || !keys_.empty(), std::memory_order_release);
  any_blocks_.store(misses_everything() || !keys_.empty(), std::memory_order_release);
}

}  // namespace tandem::model
