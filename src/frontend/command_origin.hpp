// In which of a client's dialects a command was given, for those who count as memcached does.
#pragma once

#include <cstdint>

namespace tandem::frontend {

enum class command_origin : std::uint8_t {
  text,
  meta,
  binary,
  house,  // none: Tandem's own request, in place of a command that was refused
};

}  // namespace tandem::frontend
