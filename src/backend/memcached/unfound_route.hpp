// A pool whose servers nobody has told yet: everything fails, and nothing is done.
#pragma once

#include "backend/memcached/options.hpp"
#include "backend/request_metrics.hpp"
#include "model/route.hpp"

#include <string>

namespace tandem::backend::memcached {

class unfound_route final : public model::route {
 public:
  unfound_route(std::string name, discovery_options const& from, metrics::worker_metrics& metrics);

  base::task<model::response> handle(model::request const& asked, model::request_context& context) override;
  void explain(std::string_view key, model::explanation& where) const override;
  base::task<bool> reach(model::request_context&) override { return base::ready_task(false); }

 private:
  std::string const name_;
  std::string const trouble_;
  backend::request_metrics metrics_;
};

}  // namespace tandem::backend::memcached
