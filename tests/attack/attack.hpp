// What one client, or a crowd of them, does to hurt the others. A new attack is a line in a table of attacks.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

namespace tandem::attack {

/// Where it is aimed at.
struct target {
  std::uint16_t port;
  std::uint16_t admin_port;
};

struct attack {
  std::string name;
  std::function<void(target const& at, std::stop_token const& over)> play;  // until it is over
};

std::vector<attack> attacks();

}  // namespace tandem::attack
