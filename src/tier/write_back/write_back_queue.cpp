#include "tier/write_back/write_back_queue.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace tandem::tier {
namespace {

std::size_t cost(unwritten_item const& item) { return item.key.size() + item.value.size(); }

}  // namespace

write_back_queue::write_back_queue(write_back_limits limits, base::clock const& clock, write_log* log)
    : limits_(limits), clock_(clock), log_(log) {}

write_back_queue::put_result write_back_queue::put(unwritten_item item, write_log::told kept) {
  std::unique_lock lock(mutex_);
  slot& where = slot_of(item.key);
  bool const room = fits(where, item);
  if (!room || !where.waiters.empty()) {
    if (!room) ++metrics_.full;
    settle(where);
    return {admission::not_queued, false};
  }
  bool const store_near = !where.near_busy && !where.doubtful && where.holders == 0;
  (store_near ? where.near_busy : where.doubtful) = true;
  if (store_near) unschedule(where);
  admission const admitted = keep_newest(where, std::move(item), kept);
  lock.unlock();
  if (!log_) kept(true);
  return {admitted, store_near};
}

write_back_queue::admission write_back_queue::put_held(unwritten_item item, write_log::told kept,
                                                       writer bound) {
  std::unique_lock lock(mutex_);
  slot& where = slot_of(item.key);
  assert(where.holders > 0);
  if (!fits(where, item)) {
    ++metrics_.full;
    return admission::not_queued;
  }
  where.doubtful = true;
  if (bound) where.bound = bound;
  admission const admitted = keep_newest(where, std::move(item), kept);
  lock.unlock();
  if (!log_) kept(true);
  return admitted;
}

void write_back_queue::near_stored(std::string_view key, near_side near) {
  std::lock_guard const lock(mutex_);
  slot& where = slot_of(key);
  assert(where.near_busy);
  where.near_busy = false;
  if (near == near_side::doubtful) where.doubtful = true;
  schedule(where);
  settle(where);
}

write_back_queue::item_ref write_back_queue::find(std::string_view key) const {
  if (unwritten_.load() == 0) return nullptr;
  std::lock_guard const lock(mutex_);
  auto const found = slots_.find(key);
  return found == slots_.end() ? nullptr : found->second.unwritten;
}

std::optional<write_back_queue::taken> write_back_queue::take(writer by) {
  std::lock_guard const lock(mutex_);
  std::list<slot*> const& ready = left_to_others(by) ? bound_[by] : next_for(by);
  if (ready.empty()) return std::nullopt;
  slot& where = *ready.front();
  unschedule(where);
  where.out = where.unwritten->version;
  return taken{where.unwritten, by, std::exchange(where.doubtful, false)};
}

/// First what a request waits for; else by turns, so that neither what fails again and again nor what is new holds up the
/// other.
std::list<write_back_queue::slot*> const& write_back_queue::next_for(writer by) {
  auto const bound = bound_.find(by);
  if (bound == bound_.end() || bound->second.empty()) return ready_;
  if (ready_.empty()) return bound->second;
  bool const waited_for = !ready_.front()->waiters.empty();
  if (waited_for != !bound->second.front()->waiters.empty()) return waited_for ? ready_ : bound->second;
  bound_is_next_ = !bound_is_next_;
  return bound_is_next_ ? bound->second : ready_;
}

void write_back_queue::done(taken const& written, outcome what, ready_function ready) {
  std::lock_guard const lock(mutex_);
  slot& where = slot_of(written.item->key);
  std::uint64_t const version = written.item->version;
  assert(where.out == version);
  if (what == outcome::failed || what == outcome::unanswered) {
    ++metrics_.failed;
    if (what == outcome::unanswered) where.bound = written.by;
    where.out = 0;
    where.doubtful = where.doubtful || written.doubtful;
    fail_waiters(where);
    schedule(where);
    return;
  }
  where.bound = nullptr;
  ++(what == outcome::written ? metrics_.written : metrics_.refused);
  if (!log_ || where.unwritten->version != version) return finish(where, version);
  log_->remove(written.item->key, version,
               [this, key = written.item->key, version, ready = std::move(ready)](bool forgotten) mutable {
                 std::lock_guard const later(mutex_);
                 forgotten ? finish(slot_of(key), version) : begin_again(slot_of(key), version);
                 auto const left = slots_.find(key);
                 if (left != slots_.end() && left->second.ready) ready();
               });
}

void write_back_queue::attend(writer who, ready_function look) {
  std::lock_guard const lock(mutex_);
  attending_.emplace(who, std::move(look));
}

void write_back_queue::retire(writer who) {
  std::lock_guard const lock(mutex_);
  attending_.erase(who);
  call_others();
}

void write_back_queue::leave(writer who) {
  std::lock_guard const lock(mutex_);
  attending_.erase(who);
  for (auto& [key, where] : slots_) {
    if (where.bound != who) continue;
    bool const was_ready = where.ready.has_value();
    unschedule(where);
    where.bound = nullptr;
    if (was_ready) schedule(where);
  }
  bound_.erase(who);
  call_others();
}

bool write_back_queue::needs(writer who) const {
  std::lock_guard const lock(mutex_);
  if (!left_to_others(who)) return metrics_.items > 0;
  return std::ranges::any_of(
      slots_, [who](auto const& each) { return each.second.bound == who && each.second.unwritten; });
}

bool write_back_queue::attended_beside(writer who) const {
  std::lock_guard const lock(mutex_);
  return left_to_others(who);
}

void write_back_queue::call_others() {
  for (auto& [who, look] : attending_) look();
}

std::optional<write_back_queue::ticket> write_back_queue::acquire(std::string_view key, waiter who) {
  std::lock_guard const lock(mutex_);
  slot& where = slot_of(key);
  if (!where.unwritten && where.posted == 0) {
    ++where.holders;
    return std::nullopt;
  }
  if (!where.unwritten) {
    // Those who waited have the key and do not know it yet: this one must not overtake them.
    give_to(where, who);
    return ++last_ticket_;
  }
  where.waiters.push_back({++last_ticket_, where.unwritten->version, std::move(who)});
  std::list<slot*>& ready = ready_for(where.bound);
  if (where.ready) ready.splice(ready.begin(), ready, *where.ready);
  return last_ticket_;
}

void write_back_queue::release(std::string_view key) {
  std::lock_guard const lock(mutex_);
  slot& where = slot_of(key);
  assert(where.holders > 0);
  --where.holders;
  schedule(where);
  settle(where);
}

void write_back_queue::cancel(std::string_view key, ticket which) {
  std::lock_guard const lock(mutex_);
  auto const found = slots_.find(key);
  if (found == slots_.end()) return;
  std::erase_if(found->second.waiters, [which](waiting const& each) { return each.number == which; });
}

void write_back_queue::restore(std::vector<item_ref> items) {
  std::lock_guard const lock(mutex_);
  for (item_ref& each : items) {
    version_ = std::max(version_, each->version);
    slot& where = slot_of(each->key);
    where.doubtful = true;
    ++metrics_.replayed;
    keep(where, std::move(each));
  }
}

std::vector<std::string> write_back_queue::keys() const {
  std::lock_guard const lock(mutex_);
  std::vector<std::string> all;
  for (auto const& [key, where] : slots_) {
    if (where.unwritten) all.push_back(key);
  }
  return all;
}

write_back_queue::queue_metrics write_back_queue::metrics() const {
  std::lock_guard const lock(mutex_);
  queue_metrics told = metrics_;
  if (!ages_.empty()) {
    told.age_seconds = std::chrono::duration<double>(clock_.now() - *ages_.begin()).count();
  }
  return told;
}

write_back_queue::slot& write_back_queue::slot_of(std::string_view key) {
  auto const found = slots_.find(key);
  if (found != slots_.end()) return found->second;
  auto const made = slots_.try_emplace(std::string(key)).first;
  made->second.key = made->first;
  return made->second;
}

bool write_back_queue::fits(slot const& where, unwritten_item const& item) const {
  std::size_t const items = metrics_.items + (where.unwritten ? 0 : 1);
  std::size_t const bytes = metrics_.bytes - (where.unwritten ? cost(*where.unwritten) : 0) + cost(item);
  return items <= limits_.items && bytes <= limits_.bytes;
}

/// Gives the item its version and the log its copy. Under one lock, so that the log hears of versions in their order.
write_back_queue::admission write_back_queue::keep_newest(slot& where, unwritten_item item,
                                                          write_log::told& kept) {
  bool const replaces = where.unwritten != nullptr;
  if (replaces) ++metrics_.coalesced;
  item.version = ++version_;
  auto made = std::make_shared<unwritten_item const>(std::move(item));
  if (log_) log_->put(made, std::move(kept));
  keep(where, std::move(made));
  return replaces ? admission::coalesced : admission::queued;
}

/// Makes the item the key's value. The key's age is that of its oldest value which is not being written.
void write_back_queue::keep(slot& where, item_ref item) {
  bool const fresh = !where.unwritten;
  bool const oldest_is_out = !fresh && where.unwritten->version == where.out;
  if (!fresh) metrics_.bytes -= cost(*where.unwritten);
  if (oldest_is_out) ages_.erase(where.since);
  if (fresh || oldest_is_out) where.since = ages_.insert(clock_.now());
  if (fresh) ++metrics_.items;
  metrics_.bytes += cost(*item);
  where.unwritten = std::move(item);
  unwritten_.store(metrics_.items);
  schedule(where);
}

void write_back_queue::drop_value(slot& where) {
  metrics_.bytes -= cost(*where.unwritten);
  --metrics_.items;
  ages_.erase(where.since);
  where.unwritten.reset();
  unwritten_.store(metrics_.items);
}

/// Puts the key among those that may be taken, if it may.
void write_back_queue::schedule(slot& where) {
  bool const free = where.holders == 0 && where.out == 0 && !where.near_busy;
  if (!where.unwritten || !free || where.ready) return;
  std::list<slot*>& ready = ready_for(where.bound);
  where.ready = ready.insert(where.waiters.empty() ? ready.end() : ready.begin(), &where);
}

void write_back_queue::unschedule(slot& where) {
  if (!where.ready) return;
  ready_for(where.bound).erase(*where.ready);
  where.ready.reset();
}

/// `version` has reached L2, and the log knows it.
void write_back_queue::finish(slot& where, std::uint64_t version) {
  where.out = 0;
  if (where.unwritten->version == version) drop_value(where);
  give_to_waiters(where, version);
  schedule(where);
  settle(where);
}

/// `version` has reached L2, but would come back with the next process: whoever waits for it is not to do anything yet.
void write_back_queue::begin_again(slot& where, std::uint64_t version) {
  if (where.unwritten->version != version) return finish(where, version);
  where.out = 0;
  fail_waiters(where);
  schedule(where);
}

/// Those who came after a later value go on waiting.
void write_back_queue::give_to_waiters(slot& where, std::uint64_t written) {
  auto& all = where.waiters;
  auto const later =
      std::find_if(all.begin(), all.end(), [written](waiting const& each) { return each.version > written; });
  for (auto each = all.begin(); each != later; ++each) {
    give_to(where, each->who);
  }
  all.erase(all.begin(), later);
}

void write_back_queue::give_to(slot& where, waiter& who) {
  ++where.holders;
  ++where.posted;
  who.on->post([this, key = std::string(where.key), given = std::move(who.given)]() mutable {
    {
      std::lock_guard const lock(mutex_);
      --slot_of(key).posted;
    }
    given(true);
  });
}

void write_back_queue::fail_waiters(slot& where) {
  for (waiting& each : where.waiters) {
    each.who.on->post([given = std::move(each.who.given)]() mutable { given(false); });
  }
  where.waiters.clear();
}

void write_back_queue::settle(slot& where) {
  bool const in_use = where.unwritten || where.holders > 0 || where.near_busy || !where.waiters.empty();
  if (!in_use) slots_.erase(slots_.find(where.key));
}

}  // namespace tandem::tier
