// Writes commands as Redis wants them: arrays of bulk strings, how many of which comes first. hiredis' formatter would
// first copy a command into a string of its own; this one puts small words straight into the output buffer and refers to
// large values.
//
//   command_writer(output).command("SET", key, joined{frame, value}, condition, expiry);
//
// The words of a command are counted before they are written:
//
//   text, a slice, bytes in an array, a number   one
//   joined                                       one, of two pieces
//   or_empty                                     one, which is empty if there is nothing
//   std::optional                                none if there is nothing, else those of what is there
//   std::tuple                                   those of its members, one after the other
#pragma once

#include "base/output_buffer.hpp"

#include <array>
#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string_view>
#include <tuple>

namespace tandem::protocol::redis {

/// What stands in front of each command: nothing, or the ASKING that lets a cluster node answer for a slot
/// that is on its way to it.
enum class preamble : std::uint8_t { none, asking };

struct joined {
  std::string_view head;
  base::slice const& rest;  // outlives the call
};

template <class Argument>
struct or_empty {
  std::optional<Argument> word;
};

class command_writer {
 public:
  explicit command_writer(base::output_buffer& output, preamble before = preamble::none)
      : output_(output), before_(before) {}

  template <class... Arguments>
  void command(std::string_view name, Arguments const&... arguments) {
    begin_command((std::size_t{1} + ... + words(arguments)));
    write(name);
    (write(arguments), ...);
  }

 private:
  template <class Argument>
  static constexpr std::size_t words(Argument const&) {
    return 1;
  }
  template <class Argument>
  static constexpr std::size_t words(std::optional<Argument> const& maybe) {
    return maybe ? words(*maybe) : 0;
  }
  template <class... Arguments>
  static constexpr std::size_t words(std::tuple<Arguments...> const& all) {
    return std::apply([](auto const&... each) { return (std::size_t{0} + ... + words(each)); }, all);
  }

  void write(std::string_view word);
  void write(base::slice const& word) { write(joined{"", word}); }  // not null, which memcpy may not be given
  void write(joined const& word);

  template <std::size_t size>
  void write(std::array<char, size> const& bytes) {
    write(std::string_view(bytes.data(), size));
  }
  template <std::integral Number>
  void write(Number number) {
    char digits[24];
    auto const end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    write(std::string_view(digits, static_cast<std::size_t>(end - digits)));
  }
  template <class Argument>
  void write(or_empty<Argument> const& maybe) {
    maybe.word ? write(*maybe.word) : write(std::string_view());
  }
  template <class Argument>
  void write(std::optional<Argument> const& maybe) {
    if (maybe) write(*maybe);
  }
  template <class... Arguments>
  void write(std::tuple<Arguments...> const& all) {
    std::apply([this](auto const&... each) { (this->write(each), ...); }, all);
  }

  void begin_command(std::size_t count);
  void begin(char type, std::size_t count);

  base::output_buffer& output_;
  preamble before_;
};

}  // namespace tandem::protocol::redis
