// The servers that a configuration endpoint of ElastiCache tells, or another Tandem that announces itself in the same way. Each
// question has a connection of its own: the endpoint's name stands for one of the nodes, and for another when that is gone.
#pragma once

#include "backend/memcached/discovery/server_source.hpp"
#include "metrics/metric.hpp"
#include "net/reactor.hpp"

#include <memory>

namespace tandem::backend::memcached {

class elasticache_source final : public server_source {
 public:
  elasticache_source(net::reactor& on, net::endpoint from);
  ~elasticache_source() override;

  void ask(listener told) override;
  void drop() override;

 private:
  class question;

  net::reactor& on_;
  net::endpoint const from_;
  metrics::counter read_bytes_, written_bytes_;  // nobody looks at them
  std::unique_ptr<question> under_way_;
};

}  // namespace tandem::backend::memcached
