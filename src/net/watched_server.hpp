// One server as one worker sees it: under which names it goes here, whom the worker's links tell of it, and the metric of its
// trouble, which is shown under each of the names. Belongs to one thread, which writes `metrics`.
#pragma once

#include "base/error.hpp"
#include "base/executor.hpp"
#include "metrics/registry.hpp"
#include "net/server_health.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tandem::net {

class watched_server {
 public:
  class witness;

  /// Known as `who` to all workers. It has its first name for as long as it has no other; links count under that.
  watched_server(server_health& health, metrics::worker_metrics& metrics, base::identity const& who,
                 server_name first, guard_options const& options = {});

  /// Of one that is known by its name.
  watched_server(server_health& health, metrics::worker_metrics& metrics, server_name const& only)
      : watched_server(health, metrics, base::identity(only), only) {}

  ~watched_server();
  watched_server(watched_server const&) = delete;
  watched_server& operator=(watched_server const&) = delete;

  /// A backend calls it so, until it drops the name.
  void add(server_name const& name);
  void drop(server_name const& name);

  metrics::worker_metrics& worker_metrics() const { return metrics_; }
  /// Under which the links count what they do: once, however many names there are.
  server_name const& counted_as() const { return counted_as_; }
  /// Of all workers.
  successes& all_successes() const { return server_->successes(); }
  policy::shared_limit& all_requests() const { return server_->requests(); }

  /// Why a request is refused when as many wait for it as may; the log has a line a second of that, whichever server it is.
  base::error crowded(base::time_point now) const;

  // Whether it is asked; see server_health.
  bool admits(std::string_view key) const { return server_->admits(key); }
  unsigned share() const { return server_->share(); }
  bool trusted() const { return server_->trusted(); }
  bool suspected() const { return server_->suspected(); }
  std::string why_not_asked(std::string_view key, base::time_point now) const {
    return health_.why_not_asked(*server_, key, now);
  }
  std::optional<trouble> trouble_of_any() const { return health_.trouble_of(*server_); }
  bool spare_retry(base::time_point now) { return health_.spare_retry(*server_, now); }
  bool claim_probe(base::time_point now, base::duration pause) { return server_->claim_probe(now, pause); }
  void heard(server_health::news::what what, base::executor& here);
  /// See server_health.
  bool is_new(std::string_view news) const { return server_->is_new(std::hash<std::string_view>()(news)); }

  /// Shows what percent of its keys it is not asked for, if no other worker does; to be called now and then.
  void report();

  /// Called when it is not trusted any more because of what was heard here.
  void on_distrust(std::function<void()> call) { on_distrust_ = std::move(call); }

 private:
  struct name_in_use {
    server_name name;
    std::size_t users;
  };

  std::vector<name_in_use>::iterator find(server_name const& name);
  void show(server_name const& name, trouble_kind kind, std::int64_t change) const;
  void hide_or_show(std::int64_t change) const;
  void show_all(trouble_kind kind, std::int64_t change) const;
  bool shown(name_in_use const& name) const { return name.users > 0 || names_.size() == 1; }
  void show_withheld(std::int64_t change) const;

  server_health& health_;
  metrics::worker_metrics& metrics_;
  std::shared_ptr<server_health::server> const server_;
  server_name const counted_as_;
  std::vector<name_in_use> names_;
  std::vector<witness*> witnesses_;
  std::function<void()> on_distrust_;
  int reported_ = 0;  // percent
};

/// What one link, or whoever else hears from a server, sees of it: one trouble at a time. The server outlives it.
class watched_server::witness {
 public:
  explicit witness(watched_server& of);
  ~witness();
  witness(witness const&) = delete;
  witness& operator=(witness const&) = delete;

  /// Instead of what it saw before.
  void sees(trouble what);

  /// The server has proved that there is no trouble, or that what this one saw is over.
  void sees_none();

  /// What it saw last, none where all is well. Cheap.
  std::optional<trouble_kind> trouble_seen() const { return seen_; }

 private:
  void note(std::optional<trouble_kind> now);

  watched_server& of_;
  std::optional<trouble_kind> seen_;
};

}  // namespace tandem::net
