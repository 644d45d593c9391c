// Holds a session with one server, and gives what it answered.
#pragma once

#include "differential/session.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::differential {

/// Replies made comparable, with session_name in place of the name, in their order; also a line that starts
/// with "--" where a step ended, and how the connection ended.
using transcript = std::vector<std::string>;

/// `name` replaces session_name. Every step but the last is followed by a command that has an answer of its
/// own, up to which is read; the last one by the end of what is sent.
transcript play(session const& held, std::uint16_t port, std::string_view name);

/// A name that no other session of this process has, or had.
std::string fresh_name();

}  // namespace tandem::differential
