// What a route refuses before it executes anything, because of how it is asked: never in silence. A client that is this
// proxy, too, knows by these words that the request was read to its end, value and all, so that the next answer belongs
// to the next request.
#pragma once

#include "model/response.hpp"

#include <cassert>
#include <string>
#include <string_view>

namespace tandem::model {

inline constexpr std::string_view impossible_words = " is not possible for ";
inline constexpr std::string_view bad_key_words = "bad key: ";

/// Of a flag of the meta protocol that a backend has no way to honour.
inline response flag_refusal(char flag, std::string_view backend) {
  return response::client_error(
      std::string("flag ").append(1, flag).append(impossible_words).append("backend ").append(backend));
}

/// Of a key as its rule leaves it. `fault` begins with the words for that.
inline response key_refusal(std::string_view fault) {
  assert(fault.starts_with(bad_key_words));
  return response::client_error(fault);
}

inline bool is_refusal(std::string_view message) {
  return message.starts_with(bad_key_words) || message.find(impossible_words) != std::string_view::npos;
}

}  // namespace tandem::model
