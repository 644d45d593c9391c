// Requests for one structure of a backend, by command.
#pragma once

#include "metrics/registry.hpp"
#include "model/verb.hpp"

#include <array>
#include <string>
#include <string_view>

namespace tandem::backend::redis {

class structure_requests {
 public:
  structure_requests(metrics::worker_metrics& metrics, std::string const& backend,
                     std::string_view structure) {
    for (std::size_t command = 0; command < by_command_.size(); ++command) {
      std::string const name(model::traits(static_cast<model::verb>(command)).name);
      by_command_[command] =
          &metrics.counter(metrics::structure_requests_total,
                           {{"backend", backend}, {"command", name}, {"structure", std::string(structure)}});
    }
  }

  void count(model::verb command) { by_command_[static_cast<std::size_t>(command)]->add(); }

 private:
  std::array<metrics::counter*, model::verb_count> by_command_{};
};

}  // namespace tandem::backend::redis
