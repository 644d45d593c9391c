// L1 for those who set items in it themselves, such as the write-back queue: values get L1's frame (near_item.hpp), with
// L2's cas unknown, so that the tiered route finds them. Not for reading. With `lease: off` L1 needs none of this.
//
//   set      with the frame
//   others   as they are
#pragma once

#include "model/route.hpp"
#include "tier/near_item.hpp"

#include <utility>
#include <vector>

namespace tandem::tier {

class framed_route final : public model::route {
 public:
  explicit framed_route(model::route& near) : near_(near) {}

  base::task<model::response> handle(model::request const& asked, model::request_context& context) override {
    if (asked.command != model::verb::set) return near_.handle(asked, context);
    return set(asked, context);
  }
  std::vector<model::route*> children() const override { return {&near_}; }
  void explain(std::string_view key, model::explanation& where) const override { near_.explain(key, where); }

 private:
  base::task<model::response> set(model::request asked, model::request_context& context) {
    asked.value = make_near_item(0, asked.value);
    co_return co_await near_.handle(asked, context);
  }

  model::route& near_;
};

}  // namespace tandem::tier
