// L1 for those who set items in it themselves, such as the write-back queue: values get L1's frame (near_item.hpp), with
// L2's cas unknown, so that the tiered route finds them, and stay for `stale_for` longer. Not for reading. With `lease: off` L1
// needs none of this.
//
//   set      with the frame
//   others   as they are
#pragma once

#include "model/route.hpp"
#include "tier/near_item.hpp"
#include "tier/near_time.hpp"

#include <chrono>
#include <utility>
#include <vector>

namespace tandem::tier {

class framed_route final : public model::route {
 public:
  explicit framed_route(model::route& near, std::chrono::seconds stale_for = {})
      : near_(near), stale_for_(stale_for) {}

  base::task<model::response> handle(model::request const& asked, model::request_context& context) override {
    if (asked.command != model::verb::set) return near_.handle(asked, context);
    return set(asked, context);
  }
  std::vector<model::route*> children() const override { return {&near_}; }
  void explain(std::string_view key, model::explanation& where) const override { near_.explain(key, where); }

 private:
  base::task<model::response> set(model::request asked, model::request_context& context) {
    std::int64_t const now = unix_seconds(context.clock);
    bool const ages = stale_for_.count() > 0 && !asked.expires.never() && !asked.expires.expired(now);
    std::int64_t const good_for = ages ? asked.expires.remaining(now) : 0;
    if (ages) asked.expires = model::exptime::in(good_for + stale_for_.count(), now);
    asked.value = make_near_item(0, asked.value, ages ? context.clock.unix_ms() + good_for * 1000 : 0);
    co_return co_await near_.handle(asked, context);
  }

  model::route& near_;
  std::chrono::seconds const stale_for_;
};

}  // namespace tandem::tier
