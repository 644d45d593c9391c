// What a request asks for, in the words of the memcached protocol, and what each verb implies.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tandem::model {

enum class verb : std::uint8_t {
  get,            // value and flags; request::want says what else
  get_and_touch,  // the same, and a new time to live
  touch,
  set,
  add,
  replace,
  append,
  prepend,
  cas,  // set, if the item's cas is request::compare_cas
  increment,
  decrement,
  remove,  // "delete" on the wire
  debug,   // what the place that holds the item knows of it, for people to read
  flush,   // everything that the route holds; has no key
};
inline constexpr std::size_t verb_count = 14;

struct verb_traits {
  std::string_view name;  // as in metrics and logs
  bool mutates;           // may change what a later get answers
  bool idempotent;        // executing it twice is the same as once
  bool has_value;         // carries a value from the client
};

inline constexpr std::array<verb_traits, verb_count> traits_of_verbs{{
    {"get", false, true, false},
    {"gat", true, true, false},
    {"touch", true, true, false},
    {"set", true, true, true},
    {"add", true, false, true},
    {"replace", true, true, true},
    {"append", true, false, true},
    {"prepend", true, false, true},
    {"cas", true, false, true},
    {"incr", true, false, false},
    {"decr", true, false, false},
    {"delete", true, false, false},
    {"debug", false, true, false},
    {"flush_all", true, true, false},
}};

constexpr verb_traits const& traits(verb command) {
  return traits_of_verbs[static_cast<std::size_t>(command)];
}

/// Whether a hit is answered with the item.
constexpr bool retrieves(verb command) { return command == verb::get || command == verb::get_and_touch; }

/// Whether an item that is there gets another time to live, and nothing else.
constexpr bool touches(verb command) { return command == verb::touch || command == verb::get_and_touch; }

constexpr bool counts(verb command) { return command == verb::increment || command == verb::decrement; }

constexpr bool extends(verb command) { return command == verb::append || command == verb::prepend; }

/// Whether the client sends a value.
constexpr bool stores(verb command) { return traits(command).has_value; }

/// Whether the item is then as the request has it: value, flags and time.
constexpr bool stores_whole(verb command) { return stores(command) && !extends(command); }

}  // namespace tandem::model
