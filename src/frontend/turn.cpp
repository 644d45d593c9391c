#include "frontend/turn.hpp"

namespace tandem::frontend {

void turn::begin(std::uint64_t replied) {
  commands_left_ = commands_max;
  replied_before_ = replied;
  started_ = {};
}

void turn::count(base::clock const& clock, std::uint64_t replied) {
  if (over()) return;
  --commands_left_;
  if (replied - replied_before_ >= reply_bytes_max) return end();
  if (commands_left_ % commands_between_glances != 0) return;
  base::time_point const now = clock.now();
  if (started_ == base::time_point()) started_ = now;
  if (now - started_ >= time_max) end();
}

}  // namespace tandem::frontend
