// The admin endpoint: an HTTP server on a thread of its own, so that a slow scrape never delays a request.
// Order: construct, start(), stop(); the destructor stops too. Owned by the server, and used from its thread.
#pragma once

#include "admin/options.hpp"
#include "admin/page.hpp"
#include "base/result.hpp"
#include "metrics/registry.hpp"

#include <functional>
#include <memory>
#include <vector>

namespace tandem::admin {

class page_table;

/// What the endpoint asks the rest of the process, on the admin thread.
struct admin_hooks {
  std::function<bool()> draining;  // empty: never
};

struct admin_metrics {
  explicit admin_metrics(metrics::worker_metrics& metrics);

  metrics::gauge& connections;
  metrics::counter& ended_slow;
  metrics::counter& ended_pushed_out;
};

class admin_server {
 public:
  /// Serves /metrics and /healthz, and `more`. `registry` and what the pages refer to outlive the server.
  admin_server(admin_options options, metrics::registry& registry, admin_hooks hooks,
               std::vector<page> more = {});
  ~admin_server();
  admin_server(admin_server const&) = delete;
  admin_server& operator=(admin_server const&) = delete;

  /// Listens and serves, or does nothing unless options.enabled. The error of an address that cannot be listened
  /// on names the setting, the address and the system's reason.
  base::result<void> start();

  /// Closes every connection and ends the thread. Not to be called by a page.
  void stop();

  /// Where it listens, with the port that was found if the options asked for port 0.
  net::endpoint const& endpoint() const { return endpoint_; }

 private:
  class service;

  admin_options const options_;
  admin_metrics const metrics_;
  std::unique_ptr<page_table const> pages_;
  net::endpoint endpoint_;
  std::unique_ptr<service> service_;  // while it runs
};

}  // namespace tandem::admin
