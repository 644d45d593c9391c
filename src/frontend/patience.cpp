#include "frontend/patience.hpp"

#include "base/chunk.hpp"
#include "net/reactor.hpp"

namespace tandem::frontend {
namespace {

/// So much every client may hold, however short memory is.
constexpr std::size_t free_bytes = base::chunk::pooled_capacity;

}  // namespace

void patience::run(std::size_t held) {
  std::uint64_t const done = owner_.progress(*this);
  if (!runs() || done - done_ >= getting_on) start(done);
  if (held > free_bytes && !in_line.is_linked()) within_.all.push_back(*this);
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
