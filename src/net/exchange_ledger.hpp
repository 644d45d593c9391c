// Who has asked one server what, in which order, and what is still owed: the part of a pipeline that needs no loop, no
// stream and no protocol. It is told what happens, and the time; it says who is written next, whose a reply is, who has
// failed and whether that had been sent, and when the server has to be given up.
//
// One connection after another: connected(), open(), lost(); renew() in between lets it end when all is answered.
//
//   nowhere -> admit(): write    -> sent(): sent  -> replied(), last of them: nowhere
//                                                 -> withdraw(), expire(): nowhere, and a tombstone stays in its place
//           -> admit(): wait     -> next_ahead(), next_waiting(): nowhere, to be written
//                                -> withdraw(), expire(): nowhere
//   sent, or waiting             -> lost(): failing -> taken off that list: nowhere
//
// Whatever is resumed meanwhile may call anything here: nothing is held across calls but what lost() has given away, whose
// items unlink themselves when they are withdrawn.
#pragma once

#include "metrics/metric.hpp"
#include "net/exchange_queue.hpp"
#include "net/fair_queue.hpp"
#include "net/flight_window.hpp"
#include "net/options.hpp"
#include "net/request_terms.hpp"
#include "policy/shared_limit.hpp"

#include <cstddef>
#include <cstdint>

namespace tandem::net {

/// What the ledger keeps of an exchange. Withdrawn by whoever derives from it, before it is destroyed.
class pending_exchange : public fair_queue_hook {
 public:
  /// Who asks.
  std::uint32_t client() const { return terms_.client; }
  request_terms const& terms() const { return terms_; }

  /// Of one that has failed: its first byte had been written, so that the server may have executed it.
  bool was_sent() const { return was_sent_; }

 protected:
  explicit pending_exchange(request_terms const& terms) : terms_(terms) {}
  ~pending_exchange() = default;

 private:
  friend class exchange_ledger;

  enum class standing : std::uint8_t { nowhere, waiting, ahead, sent, failing };

  request_terms const terms_;
  standing standing_ = standing::nowhere;
  bool in_window_ = false;
  bool was_sent_ = false;
  std::uint64_t position_ = 0;  // in the queue of those that were sent
};

class exchange_ledger {
 public:
  using items = fair_queue<pending_exchange>::items;

  struct exchange_metrics {
    metrics::gauge& pending;
    metrics::counter& held_back;
    metrics::counter& late_replies;
  };

  /// All outlive it. `requests` is of all links to the server, those of other workers, too.
  exchange_ledger(upstream_options const& limits, policy::shared_limit& requests, exchange_metrics metrics)
      : limits_(limits), metrics_(metrics), held_(requests) {}
  exchange_ledger(exchange_ledger const&) = delete;
  exchange_ledger& operator=(exchange_ledger const&) = delete;

  enum class admission : std::uint8_t {
    write,          // now
    wait,           // it is kept here
    too_many,       // refused, by our own limit
    not_connected,  // refused: a greeting without anybody to greet
  };

  admission admit(pending_exchange& one);

  /// One that was to be written has been, behind `offset` bytes of the connection's output.
  void sent(pending_exchange& one, std::uint64_t offset, base::time_point now);

  /// Who is written now, before those that wait for their turn; null: nobody.
  pending_exchange* next_ahead();

  /// Whether so few are under way that others go out until the window is full.
  bool refills() const { return !waiting_.empty() && window_.low(under_way_); }

  /// Whose turn it is, while refills() began so and the stream has room; null: nobody's.
  pending_exchange* next_waiting(bool room);

  /// Whether a reply may come, of so many bytes written: a request that still stands in the output cannot have been
  /// answered.
  bool reply_due(std::uint64_t written) const { return !sent_.empty() && sent_.front().offset < written; }

  /// Whose the next reply is; null: nobody's any more. Only while reply_due().
  pending_exchange* addressee() { return sent_.front().waiting; }

  /// The next reply has come. Whether it was its exchange's last.
  bool replied(base::time_point now);

  /// It is about to be destroyed. If it was sent, a tombstone in its place swallows its replies.
  void withdraw(pending_exchange& one) {
    if (one.standing_ != standing::nowhere) forget(one);
  }

  /// Its time is over; `written` bytes have left. It is withdrawn, and was_sent() tells. Whether the server is to be given
  /// up after it has been told.
  [[nodiscard]] bool expire(pending_exchange& one, std::uint64_t written, base::time_point now);

  /// Whether nothing was heard of the server since that one was sent. Not of one that was not.
  bool silent_since(pending_exchange const& one) const {
    return one.standing_ == standing::sent && last_reply_ <= sent_.at(one.position_).written;
  }
  base::time_point sent_at(pending_exchange const& one) const { return sent_.at(one.position_).written; }

  /// When a reply came last, over any connection; the epoch if none has.
  base::time_point last_reply() const { return last_reply_; }

  /// A connection is made. What is said on it first are greetings.
  void connected();

  /// It is for everyone from now on: next_ahead() and next_waiting() say who.
  void open();
  bool is_open() const { return phase_ == phase::open; }

  /// Nothing else goes over the present connection. False if it is not open.
  bool renew();

  /// Whether the connection is to end, for it was renewed and owes nothing.
  bool settled() const { return phase_ == phase::retiring && sent_.empty(); }

  /// It has ended, or could not be made, and `written` bytes had left. Everybody fails who is here now, in the order in
  /// which they were sent or wait.
  items lost(std::uint64_t written);

  /// Takes the next one off what lost() gave, to be told; null: that was all.
  pending_exchange* next_failed(items& failing);

  /// It has ended because it was settled(): those that wait, wait for the next one. Whether there are any.
  bool ended_settled();

  /// The number of the present connection, another for each; 0 while none is open.
  std::uint32_t generation() const { return is_open() ? generation_ : 0; }

  /// Whether nobody is owed anything, and nobody waits.
  bool quiet() const { return sent_.size() == tombstones_ && waiting_.empty() && ahead_.empty(); }

 private:
  using standing = pending_exchange::standing;

  enum class phase : std::uint8_t { closed, greeting, open, retiring };

  struct entry {
    pending_exchange* waiting;  // none: timed out or withdrawn
    std::uint32_t replies_left;
    bool in_window;
    std::uint64_t offset;  // of the request's first byte in the connection's output
    base::time_point written;
  };

  admission write(pending_exchange& one, bool in_window) {
    one.in_window_ = in_window;
    return admission::write;
  }
  admission wait(pending_exchange& one, bool ahead);
  void forget(pending_exchange& one);
  pending_exchange* left(pending_exchange& one, bool in_window);
  bool mute(bool concerned, base::time_point now) const;

  upstream_options const& limits_;
  exchange_metrics metrics_;
  policy::shared_limit::part held_;  // all that are here, and tombstones
  phase phase_ = phase::closed;
  std::uint32_t generation_ = 0;
  std::size_t tombstones_ = 0;
  base::time_point last_reply_{};
  base::time_point busy_since_{};  // when the first of the exchanges in sent_ was written
  exchange_queue<entry> sent_;
  fair_queue<pending_exchange> waiting_;
  items ahead_;  // before those that wait for their turn
  flight_window window_;
  std::size_t under_way_ = 0;  // of those in sent_ that are in the window
};

inline exchange_ledger::admission exchange_ledger::admit(pending_exchange& one) {
  request_terms const& terms = one.terms_;
  if (terms.priority == priority::greeting)
    return phase_ == phase::closed ? admission::not_connected : write(one, true);
  if (!held_.has_room() && terms.priority < priority::probe) [[unlikely]]
    return admission::too_many;
  // One that goes before those that wait does not count in the window.
  bool const ahead = terms.priority != priority::queued || terms.client == no_client;
  if (is_open() && ahead) return write(one, false);
  if (is_open() && waiting_.empty() && !window_.full(under_way_)) return write(one, true);
  if (is_open() && waiting_.passes(terms.client)) return write(one, false);
  return wait(one, ahead);
}

inline void exchange_ledger::sent(pending_exchange& one, std::uint64_t offset, base::time_point now) {
  if (sent_.empty()) busy_since_ = now;
  one.standing_ = standing::sent;
  one.position_ = sent_.push({&one, one.terms_.replies, one.in_window_, offset, now});
  under_way_ += one.in_window_;
  held_.take();
  metrics_.pending.add(1);
}

inline pending_exchange* exchange_ledger::next_ahead() {
  if (!is_open() || ahead_.empty()) return nullptr;
  pending_exchange& first = ahead_.front();
  ahead_.pop_front();
  held_.give_back();
  return left(first, false);
}

inline pending_exchange* exchange_ledger::next_waiting(bool room) {
  if (waiting_.empty()) {
    waiting_.begin_anew();
    return nullptr;
  }
  if (!is_open() || window_.full(under_way_) || !room) return nullptr;
  held_.give_back();
  return left(waiting_.pop(), true);
}

inline pending_exchange* exchange_ledger::left(pending_exchange& one, bool in_window) {
  metrics_.pending.add(-1);
  one.standing_ = standing::nowhere;
  one.in_window_ = in_window;
  return &one;
}

inline bool exchange_ledger::replied(base::time_point now) {
  last_reply_ = now;
  entry& first = sent_.front();
  if (--first.replies_left > 0) return false;
  window_.answered(first.written, now, under_way_, !waiting_.empty());
  under_way_ -= first.in_window;
  if (first.waiting) {
    first.waiting->standing_ = standing::nowhere;
    metrics_.pending.add(-1);
  } else {
    --tombstones_;
    metrics_.late_replies.add();
  }
  held_.give_back();
  sent_.pop();
  return true;
}

}  // namespace tandem::net
