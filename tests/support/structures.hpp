// Structures of Redis behind a daemon, and dialogues with it in the text protocol.
#pragma once

#include "support/catch.hpp"
#include "support/redis_server.hpp"
#include "support/tandem_daemon.hpp"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tandem::test {

/// `rules` are lines of the list of routes; items have all other keys.
inline std::string with_structures(redis_server const& server, std::string const& rules) {
  return fmt::format(
      "backends: {{store: {{redis: {{server: \"{}\", key_prefix: \"app:\", flush: scan}}, timeout: 5s}}}}\n"
      "routes:\n{}  - {{to: store}}\n",
      server.address(), rules);
}

/// Each command is answered so, one after the other.
inline void holds(tandem_daemon const& tandem,
                  std::vector<std::pair<std::string, std::string>> const& dialogue) {
  for (auto const& [said, answer] : dialogue) {
    INFO(said);
    CHECK(tandem.converse(said + "\r\n") == answer + "\r\n");
  }
}

inline std::string stored(std::string_view key, std::string_view value) {
  return fmt::format("set {} 0 0 {}\r\n{}", key, value.size(), value);
}

inline std::string told(std::string_view key, std::string_view value) {
  return fmt::format("VALUE {} 0 {}\r\n{}\r\nEND", key, value.size(), value);
}

}  // namespace tandem::test
