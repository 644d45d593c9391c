// The directory of a Redis server that stands alone.
#pragma once

#include "backend/redis/directory.hpp"

namespace tandem::backend::redis {

class single_directory final : public directory {
 public:
  explicit single_directory(node_settings const& shared)
      : only_(std::make_shared<node>(shared, shared.options.servers.front())) {}

  node_pointer node_for(std::string_view) override { return only_; }
  std::string trouble() const override { return {}; }
  node_pointer node_at(net::endpoint const&) override { return only_; }
  void moved(std::uint16_t, net::endpoint const&) override {}
  void suspect() override {}
  base::task<std::vector<node_pointer>> masters(base::time_point) override {
    co_return std::vector<node_pointer>{only_};
  }
  void explain(std::string_view key, model::explanation& where) override { explain_node(*only_, key, where); }

 private:
  node_pointer only_;
};

}  // namespace tandem::backend::redis
