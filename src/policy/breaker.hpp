// Whether a server is asked. One for each server, asked and told by all who speak to it. Pure: told the time and chance.
//
//   closed      all of its keys go there. `failures` in a row without an answer open it; so does a probe that fails after any.
//   open        none do. It may return when its pause is over and a probe has succeeded; if it has failed before within
//               `flap_window` of its return, when every probe has succeeded for so long: flap_window, and a fifth more each time.
//   returning   a share of its keys goes there, the next one after `open` without a failure, and in the end all. One failure
//               opens it again.
//
// What counts as one failure is the caller's to say: an event (a connection lost or not made, a time without any answer), not
// each request that it hits. What several see within `event_span` is one event. That a server which failed is away longer each time, jittered, is Hystrix' and Envoy's circuit breaker
// with outlier ejection; that it has to prove itself for as long as it flaps, is against servers that answer probes only.
#pragma once

#include "base/clock.hpp"
#include "policy/options.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>

namespace tandem::policy {

class breaker {
 public:
  enum class state : std::uint8_t { closed, open, returning };

  static constexpr base::duration event_span = std::chrono::milliseconds(100);

  explicit breaker(breaker_options options) : options_(std::move(options)) {}

  state current() const { return state_; }

  /// Percent of its keys that go there.
  unsigned share() const;

  /// Whether it has failed since it last answered.
  bool suspected() const { return state_ == state::closed && row_ > 0; }

  // What is told returns nothing: current() and share() say what has become of it. `random` is uniform over all values.

  void failed(base::time_point now, std::uint32_t random);
  /// One connection could not be made; others may stand, as long as probes succeed.
  void unreachable(base::time_point now, std::uint32_t random);
  void probe_failed(base::time_point now, std::uint32_t random);
  void probe_succeeded(base::time_point now);

  /// To what it was asked by anybody.
  void answered() { row_ = 0; }

  /// Time has passed.
  void advance(base::time_point now);

  /// While open: how long every probe has to succeed before it returns.
  base::duration proof() const;

  /// While open: how long it stays away at least.
  base::duration pause() const { return pause_; }

  /// How much of that is left.
  base::duration pause_left(base::time_point now) const;

  /// How often in a row it has failed within the flap window of its return.
  unsigned flaps() const { return flaps_; }

 private:
  void open(base::time_point now, std::uint32_t random);

  /// Probes come at least once in `open` while it is open: it is not there if none has succeeded for so long.
  base::duration success_span() const { return 2 * options_.open + std::chrono::seconds(1); }

  breaker_options options_;
  state state_ = state::closed;
  unsigned row_ = 0;            // failures without an answer
  base::time_point counted_{};  // the last of them
  unsigned flaps_ = 0;
  bool has_returned_ = false;
  std::size_t step_ = 0;         // of shares, while returning
  base::time_point since_{};     // of the state, or of the step
  base::time_point returned_{};  // when it began to, last
  base::duration pause_{};
  bool well_ = false;                // while open: the last probe succeeded, and so did all
  base::time_point last_success_{};  // of a probe
  base::time_point well_since_{};    // since then
};

}  // namespace tandem::policy
