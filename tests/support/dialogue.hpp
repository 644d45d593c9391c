// The same dialogue held with a real memcached and with Tandem: what either answers, made comparable where
// servers may differ (cas numbers are compared by which ones are equal, not by value).
#pragma once

#include "support/text_client.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tandem::test {

/// One test of the protocol. In a step, {k} is the test's key, {f} its flags, and {cas} the cas number that
/// was seen last.
struct dialogue {
  std::string_view name;
  std::vector<std::string_view> steps;
};

struct names {
  std::string key;
  std::string flags;
};

/// What was said and answered, step by step, until the end or until the connection was closed.
std::string transcript(text_client& client, dialogue const& held, names const& with);

/// The text with every `what` replaced.
std::string replaced(std::string_view text, std::string_view what, std::string_view by);

}  // namespace tandem::test
