// Around a backend whose failures clients are not to see where they can do without: `on_failure: miss`. Clients that
// leave a whole server alone after one SERVER_ERROR keep asking for the keys that other servers have.
//
// | verb | the inner route failed |
// |---|---|
// | get, gat | a miss, as it is in a get of many keys anyway; nobody has won the right to store the item |
// | delete | not found |
// | every other | its error: nothing is acknowledged that was not done |
//
// What the client or the request is to blame for stays as it is. Stands between a rule and its backend and nowhere else: a
// composition has to know a failure from a miss. Owned by the worker; the inner route outlives it.
#pragma once

#include "metrics/registry.hpp"
#include "model/route.hpp"

#include <array>
#include <string_view>
#include <vector>

namespace tandem::routing {

class miss_on_failure_route final : public model::route {
 public:
  /// `name` is the backend's. Counts metrics::failures_as_misses_total in `metrics`.
  miss_on_failure_route(std::string_view name, model::route& inner, metrics::worker_metrics& metrics);

  base::task<model::response> handle(model::request const& asked, model::request_context& context) override;
  std::vector<model::route*> children() const override { return {&inner_}; }
  void explain(std::string_view key, model::explanation& where) const override {
    inner_.explain(key, where);
    if (!where.serves) where.destination += "; a get is answered as a miss";
  }

 private:
  base::task<model::response> ask(model::request const& asked, model::request_context& context);

  model::route& inner_;
  std::array<metrics::counter*, model::verb_count> counters_{};  // none for verbs whose failures are told
};

}  // namespace tandem::routing
