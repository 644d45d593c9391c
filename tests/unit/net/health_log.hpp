// Keeps what net::server_health writes to the log.
#pragma once

#include "net/server_health.hpp"

#include <string>
#include <vector>

namespace tandem::test {

class health_log {
 public:
  net::server_health::log writer() {
    return [this](base::log_level, std::string_view line) { lines_.emplace_back(line); };
  }

  std::vector<std::string> const& lines() const { return lines_; }

 private:
  std::vector<std::string> lines_;
};

}  // namespace tandem::test
