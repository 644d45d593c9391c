// The invalidation marks of one worker's pool, and the probes that learn their numbers. See invalidation_marks.hpp.
// Probes go out on the worker's thread, one at a time to each server, and end with this object.
#pragma once

#include "backend/memcached/invalidation_marks.hpp"
#include "backend/memcached/server.hpp"
#include "base/task.hpp"
#include "metrics/registry.hpp"
#include "model/invalidation.hpp"
#include "model/route.hpp"
#include "net/reactor.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tandem::backend::memcached {

class pool_marks final : private base::timer {
 public:
  using servers = std::vector<std::unique_ptr<server>>;

  /// The servers outlive it; `pool` is the backend's name.
  pool_marks(std::string pool, servers const& all, base::duration timeout, net::reactor& reactor,
             metrics::worker_metrics& metrics);
  ~pool_marks() override;

  void keep(model::copy_times const& times) { marks_.keep(times); }

  /// Of prefixes and everything. A single key is the tier's to remove from the pool.
  void invalidate(model::invalidation const& what);

  /// All that server `at` has is outdated: another one answers by its name.
  void invalidate_server(std::size_t at);

  /// See invalidation_marks.
  void take_over(pool_marks const& before, std::vector<std::optional<std::size_t>> const& known);

  /// For how long an item may be there that is about to be stored.
  base::duration memory() const { return marks_.times().settle + marks_.times().life; }

  /// Whether no item is outdated.
  bool empty() const { return marks_.empty(); }

  std::uint64_t outdated_up_to(std::string_view key, std::size_t at) const {
    return marks_.outdated_up_to(key, at);
  }

  /// Server `at` gave an item that it was told to make at `asked` a number of an outdated one.
  void numbered_lower(std::size_t at, base::time_point asked) {
    marks_.numbered_lower(at, asked, reactor_.now());
  }

 private:
  struct probe {
    pool_marks* owner = nullptr;
    std::size_t server = 0;
    model::request asked;
    base::task<model::response> running;
  };

  void on_deadline() override;
  void rearm();
  void arm_until(base::time_point when);
  void send(std::size_t at);
  void answered(probe& one);

  servers const& all_;
  base::duration const timeout_;
  net::reactor& reactor_;
  model::request_context context_;
  invalidation_marks marks_;
  metrics::gauge& count_;
  metrics::counter& applied_;
  metrics::histogram& latency_;
  std::vector<probe> probes_;  // by server
  std::optional<base::time_point> armed_for_;
};

}  // namespace tandem::backend::memcached
