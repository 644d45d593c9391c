// The route at the root of a worker's tree: sends each request to the destination of the first rule that its
// key matches, with the rule's changes to key and time to live. Owned by the worker; destinations outlive it.
//
//   verb                              key        time to live
//   get, append, prepend, delete...   rewritten  the item's own
//   set, add, replace, cas            rewritten  bounded
//   touch, get_and_touch              rewritten  bounded
//   whatever gives an item a time     rewritten  bounded, the time of an item that it makes too
//   flush                             none: goes to every destination, each once; the first failure is the
//   answer
//
// Each gets its deadline here: the rule's, which flushes, that may take long, have not.
//
// A request that no rule changes is passed on as it is, without a coroutine of this route's own. A key that
// no rule matches is a server error, one that its rule makes empty or too long a client error.
#pragma once

#include "metrics/registry.hpp"
#include "model/route.hpp"
#include "routing/rule_table.hpp"
#include "routing/ttl_bounds.hpp"

#include <memory>
#include <string>
#include <vector>

namespace tandem::routing {

/// A rule and the route that its `to` names.
struct bound_rule {
  rule_options rule;
  model::route& to;
  base::duration time = base::duration::zero();  // for a request of a rule without `deadline`; 0: without end
  model::route* flushes = nullptr;               // who is asked for flushes instead of `to`
};

class rule_route final : public model::route {
 public:
  /// Every rule that cannot be compiled, or the route. Counts metrics::rule_matches_total in `metrics`.
  static base::result<std::unique_ptr<rule_route>, std::vector<rule_error>> make(
      std::vector<bound_rule> const& rules, metrics::worker_metrics& metrics);

  base::task<model::response> handle(model::request const& asked, model::request_context& context) override;
  void explain(std::string_view key, model::explanation& where) const override;
  std::vector<model::route*> children() const override;

 private:
  struct entry {
    std::string text;
    std::string strip_prefix;
    std::string add_prefix;
    ttl_bounds ttl;
    base::duration time;  // 0: without end
    model::route* to;
    metrics::counter* matches;

    bool changes_key(std::string_view key) const;
    base::slice rewrite(base::slice const& key) const;
  };

  explicit rule_route(rule_table table) : table_(std::move(table)) {}

  void add(bound_rule const& bound, metrics::worker_metrics& metrics);
  base::task<model::response> flush(model::request const& asked, model::request_context& context);

  rule_table table_;
  std::vector<entry> entries_;          // by rule
  std::vector<model::route*> flushed_;  // each once
};

}  // namespace tandem::routing
