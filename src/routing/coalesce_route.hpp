// Gets of one key that are asked for at the same time become one, per worker.
//
// | verb | goes on |
// |---|---|
// | get that changes nothing | with one that is under way and wants the same; else alone, and others join it |
// | get with N or R, gat, touch, all that stores, counts or deletes | as it is. While it is under way, gets of its key go alone, and what was asked before is joined no more |
// | flush | the same, for every key |
// | debug | as it is |
//
// So a get that comes after a write of this worker, from whichever client, tells what was written. Of what others write,
// other workers' clients among them, it may tell what was there when the get that it has joined was begun: no tier is to be read that
// way. What a get may tell only once (that this client is the one to renew an item) is told to the one who has begun it.
//
// A get under way is nobody's: it goes on when the client that has begun it goes away. It has that client's time; those who joined
// and have time left ask once more, together, if it was not enough. Each waits until its own time is over.
#pragma once

#include "base/event.hpp"
#include "metrics/bounded_tasks.hpp"
#include "metrics/registry.hpp"
#include "model/route.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace tandem::routing {

class coalesce_route final : public model::route {
 public:
  /// Gets that may be under way at a time and be joined; with more, the others go alone.
  static constexpr std::size_t gets_max = 8192;

  /// Counts metrics::coalesced_gets_total and coalesce_refused_total. All that it is given outlives it.
  coalesce_route(std::string name, model::route& inner, base::executor& executor,
                 metrics::worker_metrics& metrics);

  base::task<model::response> handle(model::request const& asked, model::request_context& context) override;
  void explain(std::string_view key, model::explanation& where) const override { inner_.explain(key, where); }
  std::vector<model::route*> children() const override { return {&inner_}; }
  bool busy() const override { return under_way_.size() > 0; }
  void stop() override { under_way_.stop(); }
  bool invalidate(std::string_view source, model::invalidation const& what) override;

 private:
  using answer = base::task<model::response>;
  struct common_get;
  using common_gets = std::unordered_multimap<std::string_view, std::shared_ptr<common_get>>;
  using written_keys = std::unordered_multiset<std::string_view>;
  class write_guard;

  answer read(model::request const& asked, model::request_context& context);
  answer write(model::request const& asked, model::request_context& context);
  answer flush(model::request const& asked, model::request_context& context);
  /// Whether it would be answered alike, whoever asks, and nothing but answered.
  static bool can_be_shared(model::request const& asked);
  std::shared_ptr<common_get> joinable(model::request const& asked,
                                       model::request_context const& context) const;
  /// Null if too many are under way.
  std::shared_ptr<common_get> begin(model::request const& asked, model::request_context const& context);
  base::task<void> run(std::shared_ptr<common_get> one);

  std::string const name_;
  model::route& inner_;
  base::executor& executor_;
  metrics::counter& joined_;
  common_gets gets_;      // that may be joined; the keys are theirs
  written_keys written_;  // of writes that are under way; the keys are theirs
  unsigned flushes_ = 0;  // under way
  metrics::bounded_tasks under_way_;
};

}  // namespace tandem::routing
