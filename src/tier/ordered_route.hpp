// Answers a client's requests on one key in the order in which they came, as one memcached would: see key_order.hpp.
// Where fills have no token by which L1 tells which are outdated, everybody's on this worker are in one order, so that at
// least here no fill meets a write. Flushes are held to neither.
#pragma once

#include "model/route.hpp"
#include "tier/key_order.hpp"

namespace tandem::tier {

class ordered_route final : public model::route {
 public:
  enum class scope : std::uint8_t { client, everybody };

  /// `sets` is how a set goes: together with other writes if it goes to L2 first, else alone. `writes`: how the others do.
  ordered_route(model::route& inner, key_order::kind sets, scope of,
                key_order::kind writes = key_order::kind::write)
      : inner_(inner), sets_(sets), writes_(writes), of_(of) {}

  base::task<model::response> handle(model::request const& asked, model::request_context& context) override {
    if (asked.key.empty()) return inner_.handle(asked, context);
    return in_order(asked, context);
  }
  void stop() override { order_.close(); }
  std::vector<model::route*> children() const override { return {&inner_}; }
  void explain(std::string_view key, model::explanation& where) const override { inner_.explain(key, where); }

 private:
  key_order::kind kind_of(model::request const& asked) const {
    if (asked.command == model::verb::set) return sets_;
    return model::reads_only(asked) ? key_order::kind::read : writes_;
  }

  base::task<model::response> in_order(model::request const& asked, model::request_context& context) {
    std::uint32_t const client = of_ == scope::client ? asked.client : 0;
    key_order::pass pass(order_, {client, asked.key.view()}, kind_of(asked));
    co_await pass;
    co_return co_await inner_.handle(asked, context);
  }

  model::route& inner_;
  key_order::kind const sets_;
  key_order::kind const writes_;
  scope const of_;
  key_order order_;
};

}  // namespace tandem::tier
