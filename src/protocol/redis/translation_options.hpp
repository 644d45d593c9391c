#pragma once

#include "protocol/redis/item.hpp"

#include <cstddef>
#include <string>

namespace tandem::protocol::redis {

/// How a backend's items lie in its Redis.
struct translation_options {
  redis::encoding encoding = encoding::framed;
  flags_policy flags = flags_policy::refuse;
  std::string key_prefix;
  std::size_t value_max = 1024 * 1024;  // bytes of a value that clients may have
};

}  // namespace tandem::protocol::redis
