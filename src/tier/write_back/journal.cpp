#include "tier/write_back/journal.hpp"

#include "base/log.hpp"
#include "tier/write_back/journal_format.hpp"
#include "tier/write_back/journal_store.hpp"

#include <pthread.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace tandem::tier {
namespace {

constexpr auto sync_interval = std::chrono::seconds(1);
constexpr auto retry_pause = std::chrono::milliseconds(100);

}  // namespace

std::size_t journal::bytes_max_for(std::size_t items, std::size_t bytes) {
  return store::length_for(bytes + items * journal_record_size(0, 0));
}

base::result<std::unique_ptr<journal>> journal::open(journal_settings const& settings) {
  journal_findings found;
  auto opened = store::open(settings, found);
  if (!opened) return opened.error();
  std::unique_ptr<journal> made(new journal(std::move(*opened), settings.fsync));
  made->findings_ = std::move(found);
  made->thread_ = std::thread([raw = made.get()] { raw->run(); });
  ::pthread_setname_np(made->thread_.native_handle(), "journal");
  return made;
}

journal::journal(std::unique_ptr<store> opened, fsync_policy fsync)
    : store_(std::move(opened)),
      fsync_(fsync),
      next_sync_(std::chrono::steady_clock::now() + sync_interval) {}

journal::~journal() { stop(); }

void journal::put(std::shared_ptr<unwritten_item const> item, told done) {
  change made;
  made.version = item->version;
  if (done) made.tellers.push_back(std::move(done));
  std::string const& key = item->key;
  made.item = item;
  add(key, std::move(made));
}

void journal::remove(std::string const& key, std::uint64_t version, told done) {
  change made;
  made.version = version;
  if (done) made.tellers.push_back(std::move(done));
  add(key, std::move(made));
}

/// The newest change of a key takes the place of older ones; a removal, being later, that of a put of its version.
void journal::add(std::string const& key, change made) {
  std::lock_guard const lock(mutex_);
  if (stopping_) return;
  change& present = pending_[key];
  bool const newer = made.version > present.version || (made.version == present.version && !made.item);
  std::vector<told> tellers = std::move(present.tellers);
  for (told& each : made.tellers) tellers.push_back(std::move(each));
  if (newer) present = std::move(made);
  present.tellers = std::move(tellers);
  wake_.notify_one();
}

void journal::stop() {
  {
    std::lock_guard const lock(mutex_);
    stopping_ = true;
    wake_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

void journal::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    auto const due = [this] { return stopping_ || !pending_.empty(); };
    if (!unsynced_) wake_.wait(lock, due);
    if (unsynced_) wake_.wait_until(lock, next_sync_, due);
    bool const last = stopping_;
    changes batch = std::exchange(pending_, {});
    lock.unlock();
    if (!batch.empty()) commit(batch);
    sync_if_due(last);
    lock.lock();
    if (last) return;
    if (failing_) wake_.wait_for(lock, retry_pause, [this] { return stopping_; });
  }
}

void journal::commit(changes& batch) {
  bool const was_failing = std::exchange(failing_, false);
  auto const together = store_->apply(batch);
  unsynced_ = unsynced_ || fsync_ == fsync_policy::interval;
  if (together) {
    for (auto& [key, made] : batch) settle(key, made, true);
    return;
  }
  if (!was_failing) base::log_error("{}", together.error().message);
  // Perhaps there is room for some; removals first, since they make room. Where the system fails, each would cost a file.
  changes removals;
  for (auto each = batch.begin(); each != batch.end();) {
    auto const next = std::next(each);
    if (!each->second.item) removals.insert(batch.extract(each));
    each = next;
  }
  auto const removed = store_->apply(removals);
  for (auto& [key, made] : removals) settle(key, made, removed);
  for (auto& [key, made] : batch)
    settle(key, made, store_->system_fails() ? together : store_->apply(key, made));
}

/// Tells those who wait for the change. A removal that failed is not done, and is tried again: the value would come back at the
/// next start.
void journal::settle(std::string const& key, change& made, base::result<bool> const& result) {
  bool const done = result.has_value();
  failing_ = failing_ || !done;
  if (!done && !made.item) return add(key, std::move(made));
  for (told& each : made.tellers) each(done);
}

void journal::sync_if_due(bool now) {
  auto const time = std::chrono::steady_clock::now();
  bool const due = unsynced_ && time >= next_sync_;
  if (fsync_ != fsync_policy::interval || (!due && !now)) return;
  next_sync_ = time + sync_interval;
  unsynced_ = false;
  if (auto const synced = store_->sync(); !synced) base::log_error("{}", synced.error().message);
}

}  // namespace tandem::tier
