// What can go wrong, as a value: a kind that metrics and retry policies switch on, and a sentence for people.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace tandem::base {

enum class error_kind : std::uint8_t {
  configuration,    // the file or the command line
  connect,          // refused, unreachable, or no answer within the connect time-out
  timeout,          // sent, and not answered in time
  connection_lost,  // closed or reset while an answer was due
  bad_reply,        // the server broke its own protocol
  refused,          // the server answered with an error
  overload,         // one of our own limits was reached
};
inline constexpr std::size_t error_kind_count = 7;

constexpr std::string_view to_string(error_kind kind) {
  switch (kind) {
    case error_kind::configuration: return "configuration";
    case error_kind::connect: return "connect";
    case error_kind::timeout: return "timeout";
    case error_kind::connection_lost: return "connection_lost";
    case error_kind::bad_reply: return "bad_reply";
    case error_kind::refused: return "refused";
    case error_kind::overload: return "overload";
  }
  return "unknown";
}

struct error {
  error_kind kind;
  std::string message;
};

}  // namespace tandem::base
