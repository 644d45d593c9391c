// One request, the same whatever dialect the client spoke and whatever server will answer it.
// The session that parsed it owns it until the response is there; routes that change it make a copy.
#pragma once

#include "base/slice.hpp"
#include "model/exptime.hpp"
#include "model/verb.hpp"

#include <cstdint>
#include <optional>

namespace tandem::model {

/// What the answer is to tell, as a set of bits. Of an increment or decrement the new number is always told.
enum class want : std::uint16_t {
  nothing = 0,
  value = 1 << 0,  // with the client's flags
  cas = 1 << 1,
  ttl = 1 << 2,      // seconds that remain; -1 for an item that never expires
  size = 1 << 3,     // bytes of the value; of append and prepend, which alone need to ask, what it is then
  fetched = 1 << 4,  // whether anybody has fetched the item before
  idle = 1 << 5,     // seconds since it was last accessed
  created = 1 << 6,  // whether this request has made the item
  marks = 1 << 7,    // whether it is stale, and whose turn it is to store it anew
};
constexpr want operator|(want a, want b) {
  return static_cast<want>(static_cast<std::uint16_t>(a) | static_cast<std::uint16_t>(b));
}
constexpr want without(want all, want some) {
  return static_cast<want>(static_cast<unsigned>(all) & ~static_cast<unsigned>(some));
}
constexpr bool includes(want all, want one) {
  return (static_cast<std::uint16_t>(all) & static_cast<std::uint16_t>(one)) != 0;
}

/// What only the meta protocol can ask for (protocol.txt, "Meta Commands"), as a set of bits.
enum class option : std::uint8_t {
  none = 0,
  renew = 1 << 0,          // increment, decrement, invalidation: `expires` is the item's new time
  ttl_first = 1 << 1,      // the time told is the one before this request changes it
  recache_first = 1 << 2,  // `recache` is judged before `expires` changes the time
  unseen = 1 << 3,         // the access leaves no trace: u
  invalidate = 1 << 4,     // remove, set with a cas: leave the item, or store the older one, as stale: I
  hollow = 1 << 5,  // remove: leave an item without a value, with `flags`, `expires` and the same cas: x
};
constexpr option operator|(option a, option b) {
  return static_cast<option>(static_cast<std::uint8_t>(a) | static_cast<std::uint8_t>(b));
}
constexpr option without(option all, option some) {
  return static_cast<option>(static_cast<unsigned>(all) & ~static_cast<unsigned>(some));
}
constexpr bool includes(option all, option one) {
  return (static_cast<std::uint8_t>(all) & static_cast<std::uint8_t>(one)) != 0;
}

struct request {
  verb command = verb::get;
  option options = option::none;
  want wanted = want::value;
  std::uint32_t flags =
      0;  // the client's own, stored with the value; of append and prepend where they vivify
  std::uint32_t generation =
      0;  // act only over the connection that an answer came over (response::generation);
          // else not_stored. 0: over any
  std::uint32_t client =
      0;  // who asks, of those whom this worker serves; routes keep the order of a client's requests
          // on one key, not that of several clients'. 0: nobody in particular
  base::slice key;    // 1 to key_size_max bytes of any value; empty for flush
  base::slice value;  // of the storing verbs
  exptime expires;    // storing verbs, touch, get_and_touch, option::renew and hollow; for flush its delay
  std::uint64_t delta = 0;                   // increment, decrement
  std::optional<std::uint64_t> compare_cas;  // act only if the item's cas is this; always there for verb::cas
  std::optional<std::uint64_t>
      new_cas;                // the cas of what this request makes or changes, instead of one of the
                              // server's; only there where it may do so
  std::uint64_t initial = 0;  // increment, decrement with vivify: the new item's value
  std::optional<exptime>
      vivify;  // make an item that lives so long if there is none: a number, of append and prepend what
               // was to be added, of a get an empty one whose maker is to fill it
  std::optional<exptime> recache;  // get: be the one to renew an item that lives less long
};

/// Whether the item's cas has to be the one given. Of changes to a value, 0 means any.
inline bool compares_cas(request const& asked) {
  bool const zero_is_any = extends(asked.command) || counts(asked.command);
  return asked.compare_cas && !(zero_is_any && *asked.compare_cas == 0);
}

/// Whether nothing is changed, not even whose turn it is to store the item.
inline bool reads_only(request const& asked) {
  return !traits(asked.command).mutates && !asked.vivify && !asked.recache;
}

/// Whether nothing but what this request says is known of the item then, whatever was there, and it may be stored
/// wherever a copy is kept.
inline bool plain_set(request const& asked) {
  return asked.command == verb::set && !asked.compare_cas && !asked.new_cas && !asked.vivify &&
         asked.options == option::none;
}

/// Whether executing the request twice is the same as once.
inline bool repeatable(request const& asked) {
  bool const may_win = asked.vivify || asked.recache || includes(asked.options, option::invalidate);
  return traits(asked.command).idempotent && !asked.compare_cas && !may_win;
}

}  // namespace tandem::model
