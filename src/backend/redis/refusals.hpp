// What a server refuses for longer, as one worker sees it: troubles that begin with an error and are over when something
// of the kind that was refused succeeds, whichever worker asked it. What passes by itself, and what concerns one key's slot,
// is none.
//
//   error                    trouble          over when this succeeds
//   OOM                      out_of_memory    a command that stores
//   MISCONF                  misconfigured    a command that changes anything
//   NOREPLICAS               no_replicas      the same
//   READONLY                 read_only        the same; of a single server, for in a cluster it is the map that is old,
//                                             and by Sentinels another is the master by now
//   MASTERDOWN               master_down      anything; of a single server
//   LOADING                  loading          anything
//   NOAUTH                   sign_in          anything
//   NOPERM                   no_permission    the same command
//
// A permission may be lacking for some keys, and memory may come and go: a trouble is over only if nothing of it was
// refused for a moment before, so that it is not begun and ended at every second request. What other workers have seen is
// looked at as often.
#pragma once

#include "backend/redis/options.hpp"
#include "base/timer.hpp"
#include "model/verb.hpp"
#include "net/reactor.hpp"
#include "net/watched_server.hpp"
#include "protocol/redis/error_reply.hpp"

#include <memory>
#include <string_view>
#include <vector>

namespace tandem::backend::redis {

class refusals final : private base::timer {
 public:
  static constexpr base::duration moment = std::chrono::seconds(1);

  refusals(topology servers, net::reactor& reactor, net::watched_server& server,
           base::duration calm = moment);
  ~refusals() override;

  /// The server answered a command with this error. Cheap while the same is refused.
  void refused(protocol::redis::error_code why, std::string_view words, model::verb command);

  /// Whether any worker sees trouble, for which did_well() has to be told.
  bool any() const { return successes_.watched(); }

  enum class effect : std::uint8_t { done, nothing_to_do };
  void did_well(model::verb command, effect what);

  /// The server is not asked any more, and so will show no end of it.
  void forget();

 private:
  struct rule;
  struct trouble;

  static rule const* rule_for(protocol::redis::error_code why, topology servers);
  void on_deadline() override;
  bool better(trouble const& than) const;

  topology const servers_;
  net::reactor& reactor_;
  net::watched_server& server_;
  base::duration const calm_;
  net::successes& successes_;                       // of all workers
  std::vector<std::unique_ptr<trouble>> standing_;  // one of a kind, of no_permission one for each command
};

}  // namespace tandem::backend::redis
