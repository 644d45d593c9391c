// What a client that is not to know where servers are is told instead of an error's words.
#pragma once

#include <string>
#include <string_view>

namespace tandem::frontend {

/// `message` without words that are addresses: HOST:PORT, unix:PATH, or an address of IP alone, whoever has put them there.
/// Punctuation behind one stays, at the word before it.
std::string without_addresses(std::string_view message);

}  // namespace tandem::frontend
