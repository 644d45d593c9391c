// An L1 for the rules that send clients there past its tiers. By the cas numbers of what lies in an L1 it is told which items
// are outdated, and whether a fill is too late: they are the server's to give, and a client that chooses one is refused.
//
//   a request that names the cas of what it makes   client_error, by the flag's name
//   others                                          as they are
#pragma once

#include "model/refusal.hpp"
#include "model/route.hpp"

#include <string>
#include <vector>

namespace tandem::tier {

class own_numbers_route final : public model::route {
 public:
  /// `name` is L1's, which outlives this.
  own_numbers_route(std::string name, model::route& near) : name_(std::move(name)), near_(near) {}

  base::task<model::response> handle(model::request const& asked, model::request_context& context) override {
    if (!asked.new_cas) return near_.handle(asked, context);
    return base::ready_task(
        model::flag_refusal('E', name_ + ": it is an L1, where the server's numbers tell what is outdated"));
  }
  std::vector<model::route*> children() const override { return {&near_}; }
  void explain(std::string_view key, model::explanation& where) const override { near_.explain(key, where); }

 private:
  std::string const name_;
  model::route& near_;
};

}  // namespace tandem::tier
