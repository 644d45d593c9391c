#include "backend/memory/stripe.hpp"

#include <algorithm>
#include <bit>

namespace tandem::backend::memory {
namespace {

constexpr std::size_t buckets_min = 16;
constexpr std::size_t sweep_before_eviction = 32;  // items
constexpr int moves_max = 64;                      // between segments, per operation

constexpr bool active(item const& which) { return which.uses >= 2; }

/// Room for one bucket per item when all items are small, and never more than an eighth of the share.
std::size_t buckets_for(std::size_t share) { return std::max(buckets_min, std::bit_floor(share / 64)); }

}  // namespace

std::size_t stripe::fixed_bytes() { return sizeof(stripe) + block_bytes(buckets_min * sizeof(bucket)); }

stripe::stripe(memory::budget& budget, std::size_t share)
    : budget_(budget),
      share_(share),
      buckets_max_(buckets_for(share)),
      bucket_count_(buckets_min),
      buckets_(std::make_unique<bucket[]>(buckets_min)),
      table_(table::bucket_traits(buckets_.get(), buckets_min)) {}

stripe::~stripe() {
  table_.clear();
  for (queue& each : queues_) each.items.clear_and_dispose(item::destroy);
}

item* stripe::find(std::string_view key, std::uint64_t hash, moment now) {
  auto const hash_of_key = [hash](std::string_view) { return static_cast<std::size_t>(hash); };
  auto const equal = [hash](std::string_view wanted, item const& each) {
    return each.hash == hash && each.key() == wanted;
  };
  auto const found = table_.find(key, hash_of_key, equal);
  if (found == table_.end()) return nullptr;
  if (!now.dead(*found)) return &*found;
  if (now.expired(*found)) ++expirations_;
  erase(&*found);
  return nullptr;
}

bool stripe::make_room(reservation& room, std::size_t bytes, std::uint64_t hash, moment now) {
  if (room.grow_to(bytes)) return true;
  bool const gives_itself = bytes <= share_ / 8 && bytes_ >= share_ / 4 * 3;
  if (!gives_itself) return false;
  drop_dead(room, now);
  while (!room.grow_to(bytes)) {
    if (!evict_one(room, hash)) return false;
  }
  return true;
}

std::size_t stripe::evict(reservation& room, std::size_t bytes, std::size_t floor, std::uint64_t hash,
                          moment now) {
  std::size_t freed = drop_dead(room, now);
  while (freed < bytes && bytes_ > floor) {
    std::size_t const before = bytes_;
    if (!evict_one(room, hash)) break;
    freed += before - bytes_;
  }
  return freed;
}

item* stripe::renew(item* old, std::string_view key, std::uint64_t hash, std::size_t value_size,
                    reservation& room) {
  std::size_t const charge = item::charge_for(key.size(), value_size);
  if (old && old->charge() == charge) {
    old->value_size = static_cast<std::uint32_t>(value_size);
    note_use(old);
    return old;
  }
  segment const into = old && old->in == segment::warm ? segment::warm : segment::hot;
  std::uint8_t const uses = old ? old->uses : std::uint8_t{0};
  if (old) discard(old, room);
  room.spend(charge);
  item* made = item::create(key, value_size);
  made->hash = hash;
  made->uses = uses;
  link(*made, into);
  return made;
}

item* stripe::enlarge(item* old, std::size_t value_size, reservation& room) {
  std::size_t const before = old->charge();
  std::size_t const after = item::charge_for(old->key_size, value_size);
  note_use(old);
  if (before == after) {
    old->value_size = static_cast<std::uint32_t>(value_size);
    return old;
  }
  room.spend(after - before);
  segment const into = old->in;
  unlink(*old);
  item* grown = item::enlarge(old, value_size);
  link(*grown, into);
  return grown;
}

void stripe::erase(item* which) {
  reservation freed(budget_);
  discard(which, freed);
}

void stripe::expire_at(item* which, std::int64_t expires_ms) {
  which->expires_ms = expires_ms;
  if (expires_ms == 0) return;
  soonest_ms_ = std::min(soonest_ms_, expires_ms);
  soonest_seen_ms_ = std::min(soonest_seen_ms_, expires_ms);
}

stripe_counts stripe::counts() const { return {table_.size(), evictions_, expirations_}; }

void stripe::enter(item& which, segment into) {
  which.in = into;
  queue_of(into).items.push_front(which);
  queue_of(into).bytes += which.charge();
}

void stripe::leave(item& which) {
  queue& from = queue_of(which.in);
  from.items.erase(from.items.iterator_to(which));
  from.bytes -= which.charge();
}

void stripe::move(item& which, segment into) {
  leave(which);
  enter(which, into);
}

void stripe::link(item& which, segment into) {
  table_.insert(which);
  enter(which, into);
  bytes_ += which.charge();
  balance();
  grow_table(which.hash);
}

void stripe::unlink(item& which) {
  leave(which);
  table_.erase(table_.iterator_to(which));
  bytes_ -= which.charge();
}

std::size_t stripe::discard(item* which, reservation& room) {
  std::size_t const charge = which->charge();
  unlink(*which);
  item::destroy(which);
  room.absorb(charge);
  return charge;
}

void stripe::balance() {
  queue& hot = queue_of(segment::hot);
  queue& warm = queue_of(segment::warm);
  for (int moves = 0; moves < moves_max && hot.bytes > share_ / 5 && hot.items.size() > 1; ++moves) {
    item& tail = hot.items.back();
    bool const was_active = active(tail);
    if (was_active) tail.uses = 1;
    move(tail, was_active ? segment::warm : segment::cold);
  }
  for (int moves = 0; moves < moves_max && warm.bytes > share_ / 5 * 2 && warm.items.size() > 1; ++moves) {
    item& tail = warm.items.back();
    bool const was_active = active(tail);
    if (was_active) tail.uses = 1;
    move(tail, was_active ? segment::warm : segment::cold);
  }
}

item* stripe::last(std::uint64_t spared) {
  for (segment const each : {segment::cold, segment::hot, segment::warm}) {
    auto& items = queue_of(each).items;
    if (items.empty()) continue;
    if (items.back().hash != spared) return &items.back();
    if (items.size() == 1) continue;
    move(items.back(), each);
    return &items.back();
  }
  return nullptr;
}

item* stripe::least_useful(std::uint64_t spared) {
  for (int moves = 0; moves < moves_max; ++moves) {
    item* candidate = last(spared);
    if (!candidate || !active(*candidate)) return candidate;
    candidate->uses = 1;
    move(*candidate, segment::warm);
    balance();
  }
  return last(spared);
}

bool stripe::evict_one(reservation& room, std::uint64_t spared) {
  item* victim = least_useful(spared);
  if (!victim) return false;
  discard(victim, room);
  ++evictions_;
  return true;
}

std::size_t stripe::drop_dead(reservation& room, moment now) {
  std::size_t freed = 0;
  std::size_t items_max = sweep_before_eviction;
  visit(items_max, now, [&](item& dead) { freed += discard(&dead, room); });
  return freed;
}

std::size_t stripe::sweep(std::size_t& items_max, moment now) {
  std::size_t removed = 0;
  visit(items_max, now, [&](item& dead) {
    erase(&dead);
    ++removed;
  });
  return removed;
}

bool stripe::remove_prefix(std::string_view prefix, std::size_t& bucket, std::size_t items_max) {
  for (std::size_t visited = 0; visited < items_max; ++bucket, ++visited) {
    if (bucket >= table_.split_count()) return false;
    for (auto at = table_.begin(bucket); at != table_.end(bucket); ++visited) {
      item& each = *at++;
      if (each.key().starts_with(prefix)) erase(&each);
    }
  }
  return true;
}

bool stripe::due(moment now) {
  if (flush_seen_ != now.flushes) {
    flush_seen_ = now.flushes;
    cursor_ = 0;
    soonest_ms_ = 0;
    soonest_seen_ms_ = no_time;
  }
  return !table_.empty() && soonest_ms_ <= now.now_ms;
}

template <class Remove>
void stripe::visit(std::size_t& items_max, moment now, Remove remove) {
  while (items_max > 0 && due(now)) {
    std::size_t const visited = visit_bucket(now, remove);
    items_max -= std::min(items_max, std::max<std::size_t>(visited, 1));
    if (++cursor_ >= table_.split_count()) end_of_round();
  }
}

template <class Remove>
std::size_t stripe::visit_bucket(moment now, Remove remove) {
  std::size_t visited = 0;
  for (auto at = table_.begin(cursor_); at != table_.end(cursor_); ++visited) {
    item& each = *at++;
    if (now.dead(each)) {
      if (now.expired(each)) ++expirations_;
      remove(each);
    } else if (each.expires_ms != 0) {
      soonest_seen_ms_ = std::min(soonest_seen_ms_, each.expires_ms);
    }
  }
  return visited;
}

void stripe::end_of_round() {
  cursor_ = 0;
  soonest_ms_ = soonest_seen_ms_;
  soonest_seen_ms_ = no_time;
}

/// One step of linear hashing per insertion, so that no operation waits for a whole table to be moved. A full
/// store pays for new buckets with items of its own, but only once chains have become long.
void stripe::grow_table(std::uint64_t spared) {
  if (table_.size() <= table_.split_count()) return;
  if (table_.incremental_rehash(true) || bucket_count_ >= buckets_max_) return;
  std::size_t const count = bucket_count_ * 2;
  std::size_t const bytes = block_bytes(count * sizeof(bucket));
  reservation room(budget_);
  while (!room.grow_to(bytes)) {
    bool const crowded = table_.size() > 2 * bucket_count_;
    if (!crowded || !evict_one(room, spared)) return;
  }
  auto wider = std::make_unique<bucket[]>(count);
  table_.incremental_rehash(table::bucket_traits(wider.get(), count));
  room.spend(bytes);
  room.absorb(block_bytes(bucket_count_ * sizeof(bucket)));
  buckets_.swap(wider);
  bucket_count_ = count;
}

}  // namespace tandem::backend::memory
