// Makes sessions from a seed: the same one for the same seed, dialect and abilities, everywhere.
#pragma once

#include "differential/vocabulary.hpp"

#include <cstdint>
#include <string>

namespace tandem::differential {

session make_session(dialect spoken, abilities able, std::uint64_t seed);

/// How a dialect speaks. A command is whole, right or wrong, and the connection goes on after it. An opening
/// is the first command of a step or not said at all. An ending is cut short, or makes the server close the
/// connection: it stands alone in the last step, since memcached forgets then what it has not sent yet. A
/// flush stands alone too.
struct speech {
  std::string (*command)(vocabulary&);
  std::string (*opening)(vocabulary&);
  std::string (*ending)(vocabulary&);
  std::string (*flush)(vocabulary&);
  /// Whether a command may make a number shorter.
  bool (*counts)(std::string const& command);
};

extern speech const text_speech;
extern speech const meta_speech;
extern speech const binary_speech;

/// A line with a word dropped, doubled, replaced or added, more spaces, or a bare line feed.
std::string mutated_line(std::string line, vocabulary& words);

}  // namespace tandem::differential
