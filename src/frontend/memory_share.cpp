#include "frontend/memory_share.hpp"

#include "base/large_blocks.hpp"
#include "net/reactor.hpp"

#include <algorithm>
#include <utility>

namespace tandem::frontend {
namespace {

/// Between two looks at who waits, and at who keeps others waiting.
constexpr auto look_interval = std::chrono::milliseconds(10);

/// A key and a line around it have room in this, however many clients there are.
constexpr std::size_t free_bytes_min = 1024;

/// Whoever has got on within this time is not taken from.
constexpr std::chrono::milliseconds grace_max{1000};

/// Nor is who has done so in this time, however much is held: it may be the one that was let in.
constexpr auto least_grace = look_interval;

}  // namespace

memory_share::claim::~claim() {
  give_up();
  --share_.clients_;
}

bool memory_share::claim::ask(std::size_t bytes) {
  if (share_.sparing()) base::large_blocks::come_from_system();
  wanted_ = bytes;
  if (waits()) return false;
  if (let_in_ || (share_.line_.empty() && share_.fits(bytes))) {
    share_.let_in(*this);
    return true;
  }
  since_ = share_.reactor_.now();
  share_.waits_total_.add();
  share_.line_.push_back(*this);
  if (!share_.posted_) share_.relieve_soon();
  return false;
}

void memory_share::claim::arrived() {
  share_.promised_ -= promised_;
  promised_ = 0;
}

void memory_share::claim::leave() {
  in_line_.unlink();
  arrived();
  share_.admitted_ -= let_in_;
  let_in_ = false;
}

void memory_share::let_in(claim& one) {
  one.in_line_.unlink();
  admitted_ += !one.let_in_;
  one.let_in_ = true;
  promised_ += one.wanted_ - one.promised_;
  one.promised_ = one.wanted_;
}

std::size_t memory_share::fair_part() const {
  return std::max(base::chunk::pooled_capacity, bounds_.bytes / std::max<std::size_t>(clients_, 1));
}

void memory_share::relieve_soon() {
  posted_ = true;
  reactor_.post([this] {
    posted_ = false;
    relieve(others::none);
  });
}

void memory_share::relieve(others out_of_turn) {
  take_back();
  serve_line(out_of_turn);
  bool const looks_again = !line_.empty() || !fits(0);
  if (looks_again && !armed()) reactor_.arm(*this, reactor_.now() + look_interval);
}

std::size_t memory_share::free_part() const {
  std::size_t const each = bounds_.bytes / 2 / std::max<std::size_t>(clients_, 1);
  return std::clamp(each, free_bytes_min, base::chunk::pooled_capacity);
}

void memory_share::take_back() {
  if (!fits(0)) base::frame_pool::trim();
  auto const grace = std::min(grace_max, bounds_.patience / 2);
  while (!waited_for_.empty()) {
    std::size_t const wanted = line_.empty() ? 0 : line_.front().wanted_;
    if (fits(wanted)) return;
    patience& longest = waited_for_.front();
    if (reactor_.now() - longest.since() < (far_exceeded() ? least_grace : grace)) return;
    longest.cut_short();
  }
}

/// One at a time goes on whatever room there is, so that those who wait for one another come to an end. Not at once: what there is
/// may be about to leave.
void memory_share::serve_line(others out_of_turn) {
  base::time_point const now = reactor_.now();
  bool one_more = out_of_turn == others::one && admitted_ == 0;
  while (!line_.empty()) {
    claim& first = line_.front();
    bool const waited_long = now - first.since_ >= bounds_.patience;
    if (!waited_long && !fits(first.wanted_) && !std::exchange(one_more, false)) return;
    if (waited_long) {
      first.in_line_.unlink();
      first.owner_.on_no_room();
    } else {
      let_in(first);
      first.owner_.on_room();
    }
  }
}

}  // namespace tandem::frontend
