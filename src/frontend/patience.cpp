#include "frontend/patience.hpp"

#include "net/reactor.hpp"

namespace tandem::frontend {

void patience::run(bool holds_much) {
  std::uint64_t const done = owner_.progress(*this);
  if (!runs() || done - done_ >= getting_on) start(done);
  if (holds_much && !in_line.is_linked()) within_.all.push_back(*this);
}

void patience::leave() {
  disarm();
  in_line.unlink();
}

void patience::start(std::uint64_t done) {
  done_ = done;
  since_ = within_.reactor.now();
  within_.reactor.arm(*this, since_ + within_.time);
  if (!in_line.is_linked()) return;
  in_line.unlink();
  within_.all.push_back(*this);
}

void patience::cut_short() {
  stop();
  owner_.on_memory_short(*this);
}

void patience::on_deadline() {
  std::uint64_t const done = owner_.progress(*this);
  if (done - done_ >= getting_on) return start(done);
  leave();
  owner_.on_patience_lost(*this);
}

}  // namespace tandem::frontend
