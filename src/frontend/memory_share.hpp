// One worker's share of limits.memory: who gets more of it, who waits for it, and from whom it is taken.
//
// What is short is kept for those who hold little. A client may always have its free_part(), and one reply under way. For more of a
// value (or of a long line) than half of that it needs room for all of it, so that whoever is let in can end; the others stand in
// line, unread, with no more than their part. While somebody waits, or more is held than the share, those go who hold
// much and have not got on lately, who is waited for longest first; at once where the share is far exceeded.
#pragma once

#include "base/chunk.hpp"
#include "base/frame_pool.hpp"
#include "frontend/patience.hpp"
#include "frontend/reply_queue.hpp"
#include "metrics/metric.hpp"

#include <algorithm>
#include <cstdint>

namespace tandem::frontend {

class memory_share final : private base::timer {
 public:
  /// What a connected client costs before it has said a word, about: as measured with 8,000 of them.
  static constexpr std::size_t client_bytes = 1800;

  struct bounds {
    std::size_t bytes;
    std::size_t value;                   // of one client
    std::chrono::milliseconds patience;  // in which whoever waits gets room, or is refused
  };

  memory_share(net::reactor& reactor, bounds bounds, reply_budget const& replies, metrics::counter& waits)
      : reactor_(reactor), bounds_(bounds), replies_(replies), waits_total_(waits) {}

  /// What one client wants room for, needs for what it has been let in with, or neither. Belongs to a session.
  class claim {
   public:
    class owner {
     public:
      /// Its turn in the line has come: it may ask again.
      virtual void on_room() = 0;
      /// It has waited too long.
      virtual void on_no_room() = 0;

     protected:
      ~owner() = default;
    };

    claim(memory_share& share, owner& owner) : share_(share), owner_(owner) { ++share.clients_; }
    ~claim();
    claim(claim const&) = delete;
    claim& operator=(claim const&) = delete;

    /// Whether there is room for `bytes` more, which is kept then until they have come; else the client is in line.
    bool ask(std::size_t bytes);
    /// All that was promised is held now, and still in use.
    void arrived();
    /// Nothing more is to come, or wanted.
    void give_up() {
      if (let_in_ || waits()) leave();
    }

    bool waits() const { return in_line_.is_linked(); }
    std::size_t promised() const { return promised_; }

   private:
    friend class memory_share;

    void leave();

    memory_share& share_;
    owner& owner_;
    patience::hook in_line_;
    std::size_t wanted_ = 0;
    std::size_t promised_ = 0;
    bool let_in_ = false;
    base::time_point since_{};
  };

  /// Bytes that clients cost: what they have sent and are owed, with a sixteenth that the heap loses between such blocks, the
  /// requests under way, and they themselves.
  std::size_t held() const {
    std::size_t const buffers = base::chunk::bytes_in_use();
    return buffers + buffers / 16 + base::frame_pool::bytes_held() + clients_ * client_bytes;
  }

  /// Whether the share does not hold what is there, what was promised, and `more`.
  bool is_short(std::size_t more = 0) const {
    return held() + promised_ + replies_.in_flight + more > bound();
  }

  /// By more than those who are let in out of turn may add: nothing is begun before there is room.
  bool far_exceeded() const { return held() > bound() + std::max(bounds_.bytes / 16, 2 * bounds_.value); }

  /// Whether a client that holds so much is asked to let others have it.
  bool is_much(std::size_t bytes) const { return bytes > free_part(); }

  /// A client may always hold this: a chunk, or less where all of them together would have most of the share.
  std::size_t free_part() const;

  /// A client that is owed no more than this is served as ever while memory is short.
  std::size_t fair_part() const;

  /// For what comes in from here on less memory is to be used, at the price of copying.
  bool sparing() const { return held() > bounds_.bytes / 4; }

  /// More may be held than there is room for: sees to it when the present batch has been handled.
  void watch() {
    if (held() > bound() && !posted_ && (!armed() || far_exceeded())) relieve_soon();
  }

  patience::line& waited_for() { return waited_for_; }

 private:
  void on_deadline() override { relieve(others::one); }

  /// However many clients there are that say nothing, there is room for two of the largest values.
  std::size_t bound() const {
    return std::max(bounds_.bytes, clients_ * client_bytes + std::min(bounds_.bytes, 2 * bounds_.value));
  }
  bool fits(std::size_t more) const { return held() + promised_ + more <= bound(); }
  /// Whether one goes on for whom there is no room.
  enum class others : std::uint8_t { none, one };

  void let_in(claim& one);
  void relieve_soon();
  void relieve(others out_of_turn);
  void take_back();
  void serve_line(others out_of_turn);

  net::reactor& reactor_;
  bounds const bounds_;
  reply_budget const& replies_;
  metrics::counter& waits_total_;
  boost::intrusive::list<claim, boost::intrusive::member_hook<claim, patience::hook, &claim::in_line_>,
                         boost::intrusive::constant_time_size<false>>
      line_;
  patience::line waited_for_;
  std::size_t clients_ = 0;
  std::size_t admitted_ = 0;  // claims that were let in
  std::size_t promised_ = 0;  // to them, and has not come yet
  bool posted_ = false;       // relieve() is
};

}  // namespace tandem::frontend
