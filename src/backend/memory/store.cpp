#include "backend/memory/store.hpp"

#include <algorithm>
#include <bit>
#include <random>
#include <thread>

namespace tandem::backend::memory {
namespace {

using model::request;
using model::response;
using model::verb;

constexpr std::size_t stripes_max = 64;
constexpr std::size_t stripe_bytes_min = 256 * 1024;

/// A power of two, so that no stripe's share is small beside its table.
std::size_t stripes_for(std::size_t size) {
  return std::bit_floor(std::clamp<std::size_t>(size / stripe_bytes_min, 1, stripes_max));
}

sip_seed random_seed() {
  std::random_device random;
  auto const word = [&random] { return static_cast<std::uint64_t>(random()) << 32 | random(); };
  return {word(), word()};
}

/// The cas begins where no earlier process can have ended, at a million changes per second, so that one kept
/// over a restart matches nothing. It stays below 2^53, which clients that count in doubles need.
std::uint64_t first_cas(base::clock const& clock) {
  return static_cast<std::uint64_t>(clock.unix_ms() / 1000) << 20;
}

}  // namespace

store::store(memory_options const& options, base::clock const& clock)
    : clock_(clock), seed_(random_seed()), budget_(options.size), last_cas_(first_cas(clock)) {
  extended_max_ = std::min(options.value_max, item::value_max);
  std::size_t const stripes = stripes_for(options.size);
  std::size_t const fixed = std::min(options.size, sizeof(store) + stripes * stripe::fixed_bytes());
  budget_.take(fixed);
  // An item may take three quarters of what the tables, an eighth at most, leave room for.
  item_max_ = (options.size - fixed) / 4 * 3;
  share_ = (options.size - fixed) / stripes;
  for (std::size_t made = 0; made < stripes; ++made)
    stripes_.push_back(std::make_unique<stripe>(budget_, share_));
}

response store::execute(request const& asked, base::time_point now) {
  if (asked.command == verb::flush) return flush(asked, now);
  std::uint64_t const hash = this->hash(asked.key.view());
  spot const here{*stripes_[index(hash)], asked.key.view(), hash, at(now)};
  switch (asked.command) {
    case verb::get:
    case verb::get_and_touch: return asked.vivify ? grow(asked, here) : read(asked, here);
    case verb::debug: return debug(here);
    case verb::touch: return touch(asked, here);
    case verb::set:
    case verb::add:
    case verb::replace:
    case verb::cas:
    case verb::append:
    case verb::prepend:
    case verb::increment:
    case verb::decrement: return grow(asked, here);
    case verb::remove: return remove(asked, here);
    case verb::flush: break;
  }
  return flush(asked, now);
}

std::size_t store::expire_some(std::size_t items_max) {
  moment const present = at(clock_.now());
  std::size_t removed = 0;
  for (std::size_t visited = 0; visited < stripes_.size() && items_max > 0; ++visited) {
    stripe& each = *stripes_[sweep_hand_.fetch_add(1, std::memory_order_relaxed) % stripes_.size()];
    auto const locked = each.lock();
    removed += each.sweep(items_max, present);
  }
  return removed;
}

bool store::remove_some(std::string_view prefix, sweep_position& position) {
  constexpr std::size_t items_per_lock = 256;
  stripe& at = *stripes_[position.stripe];
  {
    auto const locked = at.lock();
    if (at.remove_prefix(prefix, position.bucket, items_per_lock)) return true;
  }
  position = {position.stripe + 1, 0};
  return position.stripe < stripes_.size();
}

store_metrics store::metrics() const {
  store_metrics sum;
  sum.bytes = budget_.used();
  sum.limit = budget_.limit();
  for (auto const& each : stripes_) {
    auto const locked = each->lock();
    stripe_counts const counts = each->counts();
    sum.items += counts.items;
    sum.evictions += counts.evictions;
    sum.expirations += counts.expirations;
  }
  return sum;
}

moment store::at(base::time_point now) {
  std::int64_t const ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
  std::int64_t const due = flush_at_ms_.load(std::memory_order_acquire);
  if (due != 0 && ms >= due) {
    std::lock_guard const locked(flush_mutex_);
    if (flush_at_ms_.load(std::memory_order_relaxed) == due) {
      flushes_.fetch_add(1, std::memory_order_relaxed);
      flush_at_ms_.store(0, std::memory_order_release);
    }
  }
  return {ms, flushes_.load(std::memory_order_relaxed)};
}

/// In monotonic milliseconds, so that a step of the wall clock moves no item's time; 0: never.
std::int64_t store::deadline(model::exptime expires, moment now) const {
  constexpr std::int64_t seconds_max = std::int64_t{1} << 40;
  if (expires.never()) return 0;
  if (expires.over()) return expiry_over;
  std::int64_t const wire_ms = std::min(expires.wire(), seconds_max) * 1000;
  if (!expires.absolute()) return now.now_ms + wire_ms;
  std::int64_t const remaining_ms = wire_ms - clock_.unix_ms();
  return remaining_ms <= 0 ? expiry_over : now.now_ms + remaining_ms;
}

response store::flush(request const& asked, base::time_point now) {
  std::int64_t const due = deadline(asked.expires, at(now));
  std::lock_guard const locked(flush_mutex_);
  // As in memcached, there is one flush to come at most: the last one asked for.
  if (due > 0) {
    flush_at_ms_.store(due, std::memory_order_release);
    return response();
  }
  flushes_.fetch_add(1, std::memory_order_relaxed);
  flush_at_ms_.store(0, std::memory_order_release);
  return response();
}

/// Evicts from all stripes in turn, first from those that hold much. It holds no claim while it waits for the
/// lock, so whoever has the lock can get everything but what others are about to store; and it comes back
/// with less than asked for when nothing is left to evict, so that the attempt looks again at what it needs.
void store::gather(reservation& room, std::size_t bytes, spot here) {
  room.release();
  std::lock_guard const lock(gather_mutex_);
  std::size_t const portion = std::max<std::size_t>(bytes / 8, 1);
  for (std::size_t const floor : {share_ / 4 * 3, std::size_t{0}}) {
    std::size_t freed = 1;
    while (freed > 0) {
      freed = 0;
      for (std::size_t visited = 0; visited < stripes_.size(); ++visited) {
        if (room.grow_to(bytes)) return;
        stripe& each = *stripes_[gather_hand_++ % stripes_.size()];
        auto const locked = each.lock();
        freed += each.evict(room, portion, floor, here.hash, here.now);
      }
    }
  }
  std::this_thread::yield();
}

}  // namespace tandem::backend::memory
