// The words of the translation between requests and Redis' commands.
#pragma once

#include "model/request.hpp"
#include "protocol/redis/scripts.hpp"
#include "protocol/redis/structures/structured_key.hpp"
#include "protocol/redis/translation_options.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace tandem::protocol::redis {

/// How one request is put to Redis.
struct plan {
  base::slice key;  // with the backend's prefix
  redis::script const* script = nullptr;
  std::uint32_t replies = 1;  // one for each command
  std::uint64_t number = 0;   // grows with time, whatever cas a client chooses
  cas_stamp stamp;            // of the item, if one is written

  // Of a structure.
  std::unique_ptr<structured_key const> at = nullptr;
  std::uint8_t act = 0;  // what is done there
  bool once = false;     // never sent again when it may have been executed, whatever its verb says
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
