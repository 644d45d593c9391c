// Requests in one line, for the tests of the store.
#pragma once

#include "backend/memory/store.hpp"
#include "model/request.hpp"
#include "unit/model/requests.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tandem::backend::memory::tests {

using namespace model::tests;

inline model::response get(store& from, std::string_view key) {
  model::request asked = ask(model::verb::get, key);
  asked.wanted = model::want::value | model::want::cas | model::want::ttl;
  return from.execute(asked);
}

/// The value, or "(none)".
inline std::string value_of(store& from, std::string_view key) {
  model::response const found = get(from, key);
  return found.hit() ? found.value.str() : "(none)";
}

inline model::status set(store& into, std::string_view key, std::string_view value,
                         std::int64_t exptime = 0) {
  return into.execute(ask(model::verb::set, key, value, exptime)).status;
}

}  // namespace tandem::backend::memory::tests
