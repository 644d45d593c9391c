// Which servers the pools have that do not list them, for the whole process: a thread of its own asks whoever knows. Nobody else
// knows of it: a configuration as it is written becomes one with servers, and a change is another configuration.
//
//   watch(written)        all that it names is watched as well; returns when each was asked once, or has not answered in time
//   filled(written)       with the servers that are known
//   keep_only(written)    what it does not name is watched no more, and the rest has metrics
//   changes()             how often filled() has become another
//
// All belong to one thread. A pool whose source does not answer keeps the servers that it has.
#pragma once

#include "backend/memcached/discovery/server_watch.hpp"
#include "config/configuration.hpp"
#include "metrics/registry.hpp"
#include "net/name_resolver.hpp"
#include "net/reactor.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace tandem::server {

class discoveries {
 public:
  /// `registry` and `clock` outlive it.
  discoveries(base::clock const& clock, metrics::registry& registry,
              std::shared_ptr<net::name_resolver> names);
  ~discoveries();
  discoveries(discoveries const&) = delete;
  discoveries& operator=(discoveries const&) = delete;

  void watch(config::configuration const& written);
  config::configuration filled(config::configuration written) const;
  void keep_only(config::configuration const& written);
  std::uint64_t changes() const { return changes_.load(); }

 private:
  class subject;

  std::shared_ptr<subject> find(config::backend_options const& of) const;
  void run();

  base::clock const& clock_;
  metrics::registry& registry_;
  std::shared_ptr<net::name_resolver> const names_;
  std::unique_ptr<net::reactor> reactor_;  // once there is anything to watch
  mutable std::mutex mutex_;               // what subjects know
  std::condition_variable heard_;
  std::atomic<std::uint64_t> changes_{0};
  bool serving_ = false;  // a configuration is in use
  std::vector<std::shared_ptr<subject>> subjects_;
  std::thread thread_;  // runs it
};

}  // namespace tandem::server
