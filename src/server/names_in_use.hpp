// Which backends and rules there are, over all generations of the configuration that somebody still uses: the series of one
// that is gone are forgotten, and it may come back. Process-wide and thread-safe.
#pragma once

#include "config/configuration.hpp"
#include "metrics/registry.hpp"

#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace tandem::server {

class names_in_use {
 public:
  explicit names_in_use(metrics::registry& registry) : registry_(registry) {}
  names_in_use(names_in_use const&) = delete;
  names_in_use& operator=(names_in_use const&) = delete;

  /// Uses the names of a configuration. It ends when nobody refers to series with those names on its account, but for
  /// those of servers, whose links end by themselves (net/server_health.hpp).
  class holder {
   public:
    holder(names_in_use& all, config::configuration const& settings);
    ~holder();
    holder(holder const&) = delete;
    holder& operator=(holder const&) = delete;

   private:
    names_in_use& all_;
    metrics::labels names_;
  };

 private:
  metrics::registry& registry_;
  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, std::size_t> users_;  // by the label and its value
};

}  // namespace tandem::server
