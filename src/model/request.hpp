// One request, the same whatever dialect the client spoke and whatever server will answer it.
// The session that parsed it owns it until the response is there; routes that change it make a copy.
#pragma once

#include "base/slice.hpp"
#include "model/exptime.hpp"
#include "model/verb.hpp"

#include <cstdint>
#include <optional>

namespace tandem::model {

/// What a get asks for besides the value and flags, as a set of bits.
enum class want : std::uint8_t {
  nothing = 0,
  cas = 1,
  ttl = 2,  // seconds that remain; -1 for an item that never expires
};
constexpr want operator|(want a, want b) {
  return static_cast<want>(static_cast<std::uint8_t>(a) | static_cast<std::uint8_t>(b));
}
constexpr bool includes(want all, want one) {
  return (static_cast<std::uint8_t>(all) & static_cast<std::uint8_t>(one)) != 0;
}

struct request {
  verb command = verb::get;
  want wanted = want::nothing;
  base::slice key;                           // 1 to 250 bytes of any value; empty for flush
  base::slice value;                         // of the storing verbs
  std::uint32_t flags = 0;                   // the client's own, stored with the value
  exptime expires;                           // storing verbs, touch, get_and_touch; for flush its delay
  std::uint64_t delta = 0;                   // increment, decrement
  std::optional<std::uint64_t> compare_cas;  // act only if the item's cas is this; always there for verb::cas
  std::optional<std::uint64_t>
      initial;  // increment, decrement: the value of an item made because there was none
};

}  // namespace tandem::model
