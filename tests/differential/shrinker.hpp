// Makes a session that shows a difference shorter while it still shows one: fewer steps, fewer commands, no
// cuts, shorter lines, keys and values.
#pragma once

#include "differential/session.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace tandem::differential {

/// Whether a session, played anew, shows a difference.
using differs = std::function<bool(session const&)>;

/// Plays at most `plays_max` sessions.
session shrunk(session shown, differs const& still, std::size_t plays_max = 600);

/// Simpler forms of one command, the simplest first; none if it is simple.
std::vector<std::string> simpler(std::string const& command, dialect spoken);

}  // namespace tandem::differential
