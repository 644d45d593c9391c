// How much one session may do at a time before the others of its worker are served: so many commands (each key counts), so
// many bytes of replies, or so long, whichever is over first.
//
// Order of calls: begin(), then count() with each command while not over(). The clock is read with every few commands of
// one turn only, which a client that does not pipeline never reaches.
#pragma once

#include "base/clock.hpp"

#include <cstddef>
#include <cstdint>

namespace tandem::frontend {

class turn {
 public:
  static constexpr std::size_t commands_max = 128;
  static constexpr std::uint64_t reply_bytes_max = 64 * 1024;
  static constexpr base::duration time_max = std::chrono::microseconds(100);
  static constexpr std::size_t commands_between_glances = 4;

  /// `replied`: bytes of replies that the session has made so far, and in count().
  void begin(base::time_point now, std::uint64_t replied);

  /// One command has been taken; `clock` runs.
  void count(base::clock const& clock, std::uint64_t replied);

  /// What was just taken is worth a turn by itself.
  void end() { commands_left_ = 0; }

  bool over() const { return commands_left_ == 0; }

  /// Whether so much was done in it that the next one should not go before others'.
  bool heavy() const { return commands_left_ < commands_max / 2; }

 private:
  std::size_t commands_left_ = commands_max;
  std::uint64_t replied_before_ = 0;
  base::time_point started_{};
};

}  // namespace tandem::frontend
