#include "net/link_registry.hpp"

#include <algorithm>
#include <cassert>

namespace tandem::net {
namespace {

/// Between looks at what nobody holds and somebody still waits for.
constexpr base::duration glance = std::chrono::milliseconds(100);

}  // namespace

void registered::let_go() { registry_->look_at(registry_->reactor_.now()); }

registered* link_registry::find(base::identity const& who) const {
  auto const found = std::ranges::find(all_, who, &entry::who);
  return found == all_.end() ? nullptr : found->one.get();
}

void link_registry::keep(base::identity const& who, std::unique_ptr<registered> made) {
  made->registry_ = this;
  all_.push_back({who, std::move(made)});
}

/// What ends may let go of others, which are looked at next.
void link_registry::sweep() {
  bool left = false;
  for (auto each = all_.begin(); each != all_.end();) {
    auto const here = each++;
    if (here->one->holders_ > 0) continue;
    if (here->one->quiet())
      all_.erase(here);
    else
      left = true;
  }
  if (left) look_at(reactor_.now() + glance);
}

void link_registry::clear() {
  while (!all_.empty()) {
    auto const free = std::ranges::find_if(all_, [](entry const& each) { return each.one->holders_ == 0; });
    assert(free != all_.end());
    all_.erase(free);
  }
  disarm();
}

}  // namespace tandem::net
