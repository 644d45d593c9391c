#include "frontend/turn.hpp"

namespace tandem::frontend {

void turn::begin(base::time_point now, std::uint64_t replied) {
  commands_left_ = commands_max;
  replied_before_ = replied;
  started_ = now;
}

void turn::count(base::clock const& clock, std::uint64_t replied) {
  if (over()) return;
  --commands_left_;
  if (replied - replied_before_ >= reply_bytes_max) return end();
  if (commands_left_ % commands_between_glances != 0) return;
  if (clock.now() - started_ >= time_max) end();
}

}  // namespace tandem::frontend
