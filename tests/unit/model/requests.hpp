// Requests in one line, for tests.
#pragma once

#include "model/request.hpp"

#include <cstdint>
#include <string_view>

namespace tandem::model::tests {

inline model::request ask(model::verb command, std::string_view key, std::string_view value = {},
                          std::int64_t exptime = 0) {
  model::request made;
  made.command = command;
  made.key = base::slice::copy_of(key);
  made.value = base::slice::copy_of(value);
  made.expires = model::exptime(exptime);
  return made;
}

inline model::request with_cas(model::request asked, std::uint64_t cas) {
  asked.compare_cas = cas;
  return asked;
}

inline model::request count(model::verb command, std::string_view key, std::uint64_t delta) {
  model::request made = ask(command, key);
  made.delta = delta;
  return made;
}

}  // namespace tandem::model::tests
