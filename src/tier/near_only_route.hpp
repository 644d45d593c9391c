// The route in front of a tiered one with `on_l2_failure: l1_only`: a set that L2 fails is stored in L1 alone, for l1_ttl
// at most, and answered. L2 never hears of it: when L1 drops the item, what L2 had before comes back.
//
// | verb | what is done |
// |---|---|
// | set without a cas | by the tiered route; if L2 fails it, in L1 alone; if that fails, too, the client is told of L2's failure |
// | every other | by the tiered route |
#pragma once

#include "model/route.hpp"

#include <chrono>
#include <vector>

namespace tandem::tier {

class near_only_route final : public model::route {
 public:
  near_only_route(std::chrono::seconds l1_ttl, model::route& tiered, model::route& near)
      : l1_ttl_(l1_ttl), tiered_(tiered), near_(near) {}

  base::task<model::response> handle(model::request const& asked, model::request_context& context) override;
  std::vector<model::route*> children() const override { return {&tiered_, &near_}; }
  void explain(std::string_view key, model::explanation& where) const override {
    tiered_.explain(key, where);
  }

 private:
  base::task<model::response> set(model::request const& asked, model::request_context& context);

  std::chrono::seconds const l1_ttl_;
  model::route& tiered_;
  model::route& near_;
};

}  // namespace tandem::tier
