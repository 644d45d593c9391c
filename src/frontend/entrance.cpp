#include "frontend/entrance.hpp"

#include <fmt/format.h>

#include <iterator>
#include <utility>

namespace tandem::frontend {

std::string cluster_configuration(std::uint64_t version, std::span<announced_server const> servers) {
  std::string made = std::to_string(version);
  char before = '\n';
  for (announced_server const& each : servers) {
    fmt::format_to(std::back_inserter(made), "{}{}|{}|{}", before, each.where.host, each.address,
                   each.where.port);
    before = ' ';
  }
  return made + '\n';
}

std::string entrance::cluster() const {
  std::lock_guard const lock(mutex_);
  return cluster_;
}

void entrance::announce(std::string cluster) {
  std::lock_guard const lock(mutex_);
  cluster_ = std::move(cluster);
}

}  // namespace tandem::frontend
