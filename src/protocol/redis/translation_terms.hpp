// The words of the translation between requests and Redis' commands.
#pragma once

#include "model/request.hpp"
#include "protocol/redis/item.hpp"
#include "protocol/redis/scripts.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tandem::protocol::redis {

/// How a backend's items lie in its Redis.
struct translation_options {
  redis::encoding encoding = encoding::framed;
  flags_policy flags = flags_policy::refuse;
  std::string key_prefix;
  std::size_t value_max = 1024 * 1024;  // bytes of a value that clients may have
};

/// How one request is put to Redis.
struct plan {
  base::slice key;  // with the backend's prefix
  std::optional<script_name> script;
  std::uint32_t replies = 1;  // one for each command
  std::uint64_t number = 0;   // grows with time, whatever cas a client chooses
  cas_stamp stamp;            // of the item, if one is written
};

enum class script_call : std::uint8_t { by_digest, by_body };

/// A request with what is needed to put it to Redis, and to understand what that answers. Lives for a call.
struct phrase {
  model::request const& asked;
  plan const& how;
  translation_options const& options;
  std::string_view backend;  // its name
  script_call call = script_call::by_digest;
};

}  // namespace tandem::protocol::redis
