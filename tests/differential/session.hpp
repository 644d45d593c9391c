// What a client says in one connection: steps of commands, as bytes. The client reads the answers after each
// step, ends its side after the last, and reads to the end.
//
// The bytes hold placeholders, which are as long as what replaces them wherever a length counts: the name of
// the session at the start of every key, and cas numbers that were seen in the same connection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::differential {

enum class dialect : std::uint8_t { text, meta, binary };

std::string_view name_of(dialect which);

/// Replaced by twelve characters of which no two sessions have the same; twelve, so that its base64 form at
/// the start of a key does not depend on what follows.
constexpr std::string_view session_name = "SESSION-NAME";
constexpr std::string_view session_name_in_base64 = "U0VTU0lPTi1OQU1F";

/// The cas number seen last, and the one before that was another.
constexpr std::string_view last_cas = "{cas}";
constexpr std::string_view older_cas = "{old}";
constexpr std::string_view last_cas_in_binary = "{cas===}";
constexpr std::string_view older_cas_in_binary = "{old===}";

struct step {
  std::vector<std::string> commands;
  std::vector<std::size_t> cuts;  // offsets at which the step's bytes are sent in separate pieces

  bool operator==(step const&) const = default;
};

struct session {
  dialect spoken = dialect::text;
  std::vector<step> steps;

  bool operator==(session const&) const = default;
};

/// Printable on one line, without loss.
std::string escaped(std::string_view bytes);
/// Of what escaped() gave; throws std::invalid_argument for anything else.
std::string unescaped(std::string_view line);

/// A file that a person can read and edit, and back. Throws std::invalid_argument for what is no session.
std::string written(session const& what);
session read_session(std::string const& file);

std::string in_base64(std::string_view bytes);
/// Up to the first character that is none of base64's.
std::string from_base64(std::string_view text);

/// The text with every `what` replaced.
std::string replaced(std::string text, std::string_view what, std::string_view by);

}  // namespace tandem::differential
