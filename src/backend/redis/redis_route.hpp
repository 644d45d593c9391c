// A Redis server, a Redis Cluster or the master that Sentinels name as a route. Belongs to one worker.
//
//   get, gat, touch, set, ..., delete   the node that has the key answers (protocol/redis/translation.hpp says by what)
//   get without a cas                   a replica of it, where options.read_from allows that and nobody needs the authority
//   flush_all                           refused, or every master deletes: the keys under the prefix (flush_gate.hpp), or all
//
// Redirections are followed, and what may get better is tried again until the time-out (retry_fsm.hpp);
// a client's commands on one key stay in order meanwhile, and a write that a later one has overtaken is not tried again
// (key_lanes.hpp). A set that the server refuses, for want of memory, say, removes the old item as it does in memcached, so
// that nobody reads it for the new one; but never an item that is newer (write_order.hpp).
#pragma once

#include "backend/redis/directory.hpp"
#include "backend/redis/flush_gate.hpp"
#include "backend/redis/key_lanes.hpp"
#include "backend/redis/retry_fsm.hpp"
#include "backend/redis/structure_requests.hpp"
#include "backend/redis/write_order.hpp"
#include "backend/request_metrics.hpp"
#include "backend/surroundings.hpp"
#include "metrics/zone_reads.hpp"
#include "model/route.hpp"
#include "protocol/redis/cas_source.hpp"
#include "protocol/redis/translation.hpp"

#include <memory>
#include <optional>
#include <string>

namespace tandem::backend::redis {

class redis_route final : public model::route {
 public:
  /// `name` is the backend's, and so are the process' `flushes` and, where there are Sentinels, `master`. Connects to
  /// nothing before the first request. What lies under its keys, `keys` knows: items if it is null.
  redis_route(std::string name, redis_options const& options, net::upstream_options const& upstream,
              surroundings const& around, flush_gate& flushes,
              std::shared_ptr<master_belief> master = nullptr,
              std::unique_ptr<protocol::redis::translation const> keys = nullptr);
  ~redis_route() override;

  base::task<model::response> handle(model::request const& asked, model::request_context& context) override;
  void explain(std::string_view key, model::explanation& where) const override;
  /// Every master.
  base::task<bool> reach(model::request_context& context) override;

 private:
  struct journey;
  using replies = net::exchange<codec>::replies;

  base::task<model::response> ask(model::request const& asked, model::request_context& context);
  base::task<model::response> converse(model::request const& asked, model::request_context const& context,
                                       base::time_point deadline);
  bool may_lag(model::request const& asked, model::request_context const& context) const;
  node_pointer choose(journey const& at);
  node_pointer reader_for(journey const& at);
  bool nobody_there(journey& at);
  base::task<void> drop_old(journey& at, key_lanes::member& mine, base::time_point deadline);
  base::task<model::response> name_type(journey const& at, base::time_point deadline);
  base::time_point end_of_attempt(base::time_point deadline) const {
    return std::min(settings_.reactor.now() + settings_.upstream.timeout, deadline);
  }
  void redirect(journey& at, next_move what);
  step judge(journey& at, replies const& received);
  step judge(journey& at, net::exchange_failure const& failed);
  bool is_demoted(journey const& at) const;
  model::response arrive(model::request const& asked, journey& at, replies const& received);
  model::response failure(journey const& at) const;
  std::uint32_t random() { return settings_.reactor.random(); }

  node_settings settings_;
  std::unique_ptr<protocol::redis::translation const> const translation_;
  key_lanes lanes_;
  write_order writes_;
  flush_gate& flushes_;
  net::held<directory> nodes_;
  backend::request_metrics metrics_;
  std::optional<structure_requests> structure_requests_;  // unless there are items
  metrics::counter& moved_;
  metrics::counter& asked_elsewhere_;
  metrics::counter& replica_reads_;
  std::optional<metrics::zone_reads> zone_reads_;  // if reads go by zone
  protocol::redis::cas_source cas_;
};

}  // namespace tandem::backend::redis
