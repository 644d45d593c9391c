// What was acknowledged to clients and is not in L2 yet: one value for each key, the newest. One queue for each tiered
// backend, shared by all workers of the process; a mutex guards it, and nothing is awaited or written under it.
// Values are strings, since chunks belong to a thread.
//
// A key passes through these hands, in any order and on any thread:
//   put()      makes its value the newest. If it says `store_near`, the caller stores it in L1 and calls near_stored().
//   take()     gives a value to be written to L2, the longest waiting first; done() says what came of that. No two
//              values of a key are out at a time. A value that was overwritten while it was out leaves the key unwritten.
//   A value whose write was not answered may reach L2 late, over the connection of whoever sent it: until that one has
//              written the key again, behind it on that connection, nobody else may take the key.
//   acquire()  is for a request that L2 is to execute itself: it is given the key when every value put before it is
//              written, and until release() no later value of that key is taken. So L2 sees what clients did to a key
//              in the order in which they did it, whichever connections carry it.
//
// L1 gets at most one value of a key at a time. A value that is put while another is on its way to L1 does not go
// there; the key counts as doubtful instead, and so it does when L1 failed: who writes it to L2 then removes it from L1.
// The same goes for a value that is put while a request holds the key: the request removes from L1 what it finds there,
// and a reader may then fill L1 with what that request left in L2, before the value comes there.
//
// With a log, a key that was written counts as unwritten until the log has forgotten it: otherwise a restart could write
// the value again over what was done to the key since.
#pragma once

#include "base/clock.hpp"
#include "tier/write_back/write_back_terms.hpp"

#include <atomic>
#include <cstddef>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tandem::tier {

class write_back_queue : public write_back_terms {
 public:
  /// `log` may be null; else it must outlive the queue, and be stopped before the queue ends.
  write_back_queue(write_back_limits limits, base::clock const& clock, write_log* log);

  /// The item's version is ours to give. Unless the answer is not_queued, `kept` is called once: with false if the log
  /// could not take the item, which then is safe only when it is in L2. At once where there is no log.
  put_result put(unwritten_item item, write_log::told kept);
  /// The same for one that holds the key and that L2 failed; the key becomes doubtful. not_queued: there is no room.
  /// `bound`: who sent it to L2 and had no answer, if anyone.
  admission put_held(unwritten_item item, write_log::told kept, writer bound);
  void near_stored(std::string_view key, near_side near);

  /// The unwritten value of a key, or null.
  item_ref find(std::string_view key) const;

  /// `by` is the same for all that goes over one connection.
  std::optional<taken> take(writer by);
  /// `ready` is called if a later value of the key may be taken only after this call, since the log had to forget first.
  void done(taken const& written, outcome what, ready_function ready);

  /// Whoever writes what may be taken, until it retires: then it is given nothing but values that are bound to it as long as
  /// others are there, and leave() says that it takes none of those any more either. `look`, called under the lock by any
  /// thread, has it look for values that others have left.
  void attend(writer who, ready_function look);
  void retire(writer who);
  void leave(writer who);
  /// Whether one who has retired has still something to write.
  bool needs(writer who) const;
  /// Whether others are there.
  bool attended_beside(writer who) const;

  /// No ticket: the key is yours at once, and nobody is called back.
  std::optional<ticket> acquire(std::string_view key, waiter who);
  void release(std::string_view key);
  /// Forgets one that waits; after it the waiter is not posted to any more.
  void cancel(std::string_view key, ticket which);

  /// What a log brought back: not bounded, since it was admitted once. Before anything else is put.
  void restore(std::vector<item_ref> items);

  std::vector<std::string> keys() const;
  queue_metrics metrics() const;

 private:
  struct waiting {
    ticket number;
    std::uint64_t version;  // of the value that has to be written first
    waiter who;
  };
  struct slot {
    std::string_view key;  // the map's
    item_ref unwritten;
    std::multiset<base::time_point>::iterator since;
    std::optional<std::list<slot*>::iterator> ready;
    writer bound = nullptr;  // null: whoever comes
    std::vector<waiting> waiters;
    unsigned holders = 0;   // requests that L2 executes now, or may
    unsigned posted = 0;    // of these, those that do not know it yet
    std::uint64_t out = 0;  // version that is being written; 0: none
    bool near_busy = false;
    bool doubtful = false;
  };
  struct key_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view key) const { return std::hash<std::string_view>()(key); }
  };
  using slots = std::unordered_map<std::string, slot, key_hash, std::equal_to<>>;

  slot& slot_of(std::string_view key);
  bool fits(slot const& where, unwritten_item const& item) const;
  admission keep_newest(slot& where, unwritten_item item, write_log::told& kept);
  void keep(slot& where, item_ref item);
  void drop_value(slot& where);
  std::list<slot*>& ready_for(writer bound) { return bound ? bound_[bound] : ready_; }
  std::list<slot*> const& next_for(writer by);
  bool left_to_others(writer by) const { return !attending_.empty() && !attending_.contains(by); }
  void call_others();
  void schedule(slot& where);
  void unschedule(slot& where);
  void finish(slot& where, std::uint64_t version);
  void begin_again(slot& where, std::uint64_t version);
  void give_to_waiters(slot& where, std::uint64_t written);
  void give_to(slot& where, waiter& who);
  void fail_waiters(slot& where);
  void settle(slot& where);

  write_back_limits const limits_;
  base::clock const& clock_;
  write_log* const log_;
  mutable std::mutex mutex_;
  slots slots_;
  std::list<slot*> ready_;                    // for anyone
  std::map<writer, std::list<slot*>> bound_;  // for one alone
  bool bound_is_next_ = false;
  std::map<writer, ready_function> attending_;
  std::multiset<base::time_point> ages_;
  std::uint64_t version_ = 0;
  ticket last_ticket_ = 0;
  queue_metrics metrics_;
  std::atomic<std::size_t> unwritten_{0};  // keys; spares readers the lock while there are none
};

}  // namespace tandem::tier
