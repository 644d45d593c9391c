#include "policy/breaker.hpp"

#include "policy/backoff.hpp"

#include <algorithm>

namespace tandem::policy {

unsigned breaker::share() const {
  switch (state_) {
    case state::closed: return 100;
    case state::open: return 0;
    case state::returning: return options_.shares[step_];
  }
  return 100;
}

void breaker::failed(base::time_point now, std::uint32_t random) {
  switch (state_) {
    case state::open: well_ = false; return;
    case state::returning: return open(now, random);
    case state::closed: break;
  }
  if (row_ > 0 && now - counted_ < event_span) return;
  counted_ = now;
  if (++row_ >= options_.failures) open(now, random);
}

void breaker::unreachable(base::time_point now, std::uint32_t random) {
  switch (state_) {
    case state::closed: return failed(now, random);
    case state::open:
      if (now - last_success_ > success_span()) well_ = false;
      return;
    case state::returning:
      if (row_ > 0 && now - counted_ < event_span) return;
      counted_ = now;
      if (++row_ >= options_.failures) open(now, random);
  }
}

void breaker::probe_failed(base::time_point now, std::uint32_t random) {
  if (suspected()) return open(now, random);
  failed(now, random);
}

void breaker::probe_succeeded(base::time_point now) {
  row_ = 0;
  last_success_ = now;
  if (state_ != state::open) return;
  if (!std::exchange(well_, true)) well_since_ = now;
  advance(now);
}

/// An open one is not closed by time alone: the last probe has to have succeeded.
void breaker::advance(base::time_point now) {
  bool const proved = well_ && now - well_since_ >= proof() && now - last_success_ <= success_span();
  if (state_ == state::open && proved && now - since_ >= pause_) {
    state_ = state::returning;
    has_returned_ = true;
    returned_ = since_ = now;
    step_ = 0;
  }
  while (state_ == state::returning) {
    if (options_.shares[step_] >= 100) {
      state_ = state::closed;
    } else if (now - since_ >= options_.open) {
      since_ = now;
      ++step_;
    } else {
      return;
    }
  }
}

void breaker::open(base::time_point now, std::uint32_t random) {
  bool const flaps = has_returned_ && now - returned_ <= options_.flap_window;
  flaps_ = flaps ? flaps_ + 1 : 0;
  pause_ = backoff(options_.open, options_.open_max).pause(flaps_, random);
  state_ = state::open;
  since_ = now;
  row_ = 0;
  well_ = false;
}

base::duration breaker::pause_left(base::time_point now) const {
  return state_ == state::open ? std::max(since_ + pause_ - now, base::duration()) : base::duration();
}

base::duration breaker::proof() const {
  if (flaps_ == 0) return {};
  base::duration proof = options_.flap_window;
  for (unsigned each = 1; each < flaps_ && proof < options_.flap_max; ++each) proof += proof / 5;
  return std::min<base::duration>(proof, options_.flap_max);
}

}  // namespace tandem::policy
