// Writes commands as Redis wants them: arrays of bulk strings. hiredis' formatter would first copy a command
// into a string of its own; this one puts small words straight into the output buffer and refers to large
// values.
#pragma once

#include "base/output_buffer.hpp"

#include <cstdint>
#include <string_view>

namespace tandem::protocol::redis {

/// What stands in front of each command: nothing, or the ASKING that lets a cluster node answer for a slot
/// that is on its way to it.
enum class preamble : std::uint8_t { none, asking };

class command_writer {
 public:
  explicit command_writer(base::output_buffer& output, preamble before = preamble::none)
      : output_(output), before_(before) {}

  /// Begins a command; exactly `arguments` calls of argument() follow.
  command_writer& command(std::string_view name, std::size_t arguments);

  command_writer& argument(std::string_view word);
  command_writer& argument(base::slice const& word);

  /// One argument in two pieces.
  command_writer& argument(std::string_view head, base::slice const& rest);

  template <std::integral Number>
  command_writer& argument(Number number) {
    char digits[24];
    auto const end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    return argument(std::string_view(digits, static_cast<std::size_t>(end - digits)));
  }

 private:
  void begin(char type, std::size_t count);

  base::output_buffer& output_;
  preamble before_;
};

}  // namespace tandem::protocol::redis
