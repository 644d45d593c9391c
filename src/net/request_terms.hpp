// What is agreed about one request before it goes to a server.
#pragma once

#include "base/clock.hpp"

#include <cstdint>
#include <string_view>

namespace tandem::net {

/// When an exchange is written.
enum class priority : std::uint8_t {
  queued,    // when the connection is open to all, and its client's turn has come
  ahead,     // when it is open to all, before those that wait for their turn
  probe,     // the same, and also to a server that is left alone
  greeting,  // before it is open: part of what opens it
};

/// What nobody in particular asks for. It is bounded by whoever asks for it, and does not wait for its turn.
inline constexpr std::uint32_t no_client = 0;

struct request_terms {
  base::time_point deadline;
  std::uint32_t replies = 1;         // expected
  std::uint32_t client = no_client;  // who asks: clients take turns where requests wait
  net::priority priority = net::priority::queued;
  std::string_view key = {};  // what is asked for: a server that returns is asked for some of its keys only
};

}  // namespace tandem::net
