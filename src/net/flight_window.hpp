// How many requests may be under way on one link: as many as keep the server busy, and not so many that one more would
// stand in line there for long. What is beyond waits here, where it can be told who has asked for much.
//
// Once per round trip the window is judged by its fastest answer. If that took about as long as one of a server that is not
// busy, the window grows by half, and up to twice as long by an eighth, provided that others waited for it. If it took longer
// several times in a row, the window shrinks in proportion. The fastest, because a line that stands delays every answer, and
// a bad network only some (so does CoDel judge, RFC 8289); several times, because a processor that was elsewhere delays all
// for a moment. After a change, one round trip lets what was sent before come back.
//
// What a server takes that is not busy is the shortest time that was seen. If nothing has come near it for a while, or even the
// smallest window is judged late, it may not be so any more: then the window closes to an eighth for a moment, and what
// the fastest answer takes then counts from then on (so does BBR, draft-ietf-ccwg-bbr, section 5.3.4).
#pragma once

#include "base/clock.hpp"

#include <algorithm>
#include <cstddef>

namespace tandem::net {

class flight_window {
 public:
  static constexpr std::size_t size_at_first = 128;
  static constexpr std::size_t size_min = 16;
  static constexpr std::size_t size_max = 65536;
  static constexpr std::size_t closed_part = 8;

  /// Beyond twice the shortest: what a batch takes here, and what schedulers do. More of it lets a line form in a server that
  /// is near; with less the server has pauses.
  static constexpr base::duration slack = std::chrono::microseconds(200);

  /// So often in a row an answer is late before the window shrinks.
  static constexpr unsigned late_max = 4;

  /// So long may pass without an answer that took about the shortest time.
  static constexpr base::duration period = std::chrono::seconds(5);

  /// Whether no other may go out while so many are under way.
  bool full(std::size_t under_way) const { return under_way >= size_; }

  /// Whether so few are under way that others go out until it is full: many in one write, which is what makes pipelines cheap.
  bool low(std::size_t under_way) const { return under_way <= size_ / 2; }

  std::size_t size() const { return size_; }

  /// There is another connection, perhaps to another server; what was learnt of the size is as good as anything.
  void begin_anew();

  /// One that was sent at `sent` is answered; so many were under way then, and `wanted`: others wait for the window.
  void answered(base::time_point sent, base::time_point now, std::size_t under_way, bool wanted) {
    fastest_ = std::min<base::duration>(fastest_, now - sent);
    most_ = std::max(most_, under_way);
    wanted_ |= wanted;
    if (sent >= round_began_) end_round(now);
  }

 private:
  void end_round(base::time_point now);
  void judge(base::time_point now);
  void close(base::time_point now);
  void resize(std::size_t size);

  std::size_t size_ = size_at_first;
  std::size_t size_kept_ = 0;  // while it is closed: what it was
  bool settling_ = true;       // this round is not judged
  unsigned late_ = 0;          // judgements in a row

  base::time_point round_began_{};
  base::duration fastest_ = base::duration::max();  // in this round
  std::size_t most_ = 0;                            // under way in this round
  bool wanted_ = false;                             // others waited in this round

  base::duration shortest_ = base::duration::max();
  base::time_point confirmed_{};  // when an answer took about as long
  bool crowded_ = false;          // others have waited since then
};

}  // namespace tandem::net
