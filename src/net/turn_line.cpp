#include "net/turn_line.hpp"

#include "net/reactor.hpp"

#include <algorithm>

namespace tandem::net {

void turn_line::join(member& last) {
  members_.push_back(last);
  if (!due_) serve_soon();
}

void turn_line::serve_soon() {
  due_ = true;
  reactor_.post([this] { serve(); });
}

void turn_line::serve() {
  base::clock const& clock = reactor_.running_clock();
  base::time_point const came = clock.now();
  base::duration const time = std::min<base::duration>(came - left_, time_max);
  while (!members_.empty()) {
    serve_first();
    left_ = clock.now();
    if (left_ - came >= time) break;
  }
  due_ = false;
  if (!members_.empty()) serve_soon();
}

void turn_line::serve_first() {
  member& first = members_.front();
  first.leave();
  reactor::batch const one(reactor_);
  first.on_turn();
}

}  // namespace tandem::net
