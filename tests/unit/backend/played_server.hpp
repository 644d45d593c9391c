// A server that a test plays, command by command, on the test's own event loop: what was asked, and what is answered to it.
// Nothing happens but in played_world::until().
#pragma once

#include "unit/net/line_server.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::test {

/// Takes one whole command off the front of what was received, in words; nothing if it is not all there.
using take_command = std::optional<std::string> (*)(std::string_view& rest);

/// One of memcached's, without its line's end, and the value of ms behind it: "ms k 1 T0 F0 'v'".
inline std::optional<std::string> take_memcached_command(std::string_view& rest) {
  std::size_t const end = rest.find("\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  std::string command(rest.substr(0, end));
  std::size_t taken = end + 2;
  if (command.starts_with("ms ")) {
    std::size_t const at = command.find(' ', 3) + 1;
    std::size_t size = 0;
    std::from_chars(command.data() + at, command.data() + command.size(), size);
    if (rest.size() < taken + size + 2) return std::nullopt;
    command += fmt::format(" '{}'", rest.substr(taken, size));
    taken += size + 2;
  }
  rest.remove_prefix(taken);
  return command;
}

/// One of Redis': its words with blanks between them, a script by name.
inline std::optional<std::string> take_redis_command(std::string_view& rest) {
  std::size_t at = 0;
  auto const number = [&](char mark) -> std::optional<std::size_t> {
    std::size_t const end = rest.find("\r\n", at);
    if (end == std::string_view::npos || rest[at] != mark) return std::nullopt;
    std::size_t found = 0;
    std::from_chars(rest.data() + at + 1, rest.data() + end, found);
    at = end + 2;
    return found;
  };
  auto const words = number('*');
  if (!words) return std::nullopt;
  std::string command;
  for (std::size_t each = 0; each < *words; ++each) {
    auto const size = number('$');
    if (!size || rest.size() < at + *size + 2) return std::nullopt;
    std::string_view const word = rest.substr(at, *size);
    bool const digest = word.size() == 40 && command == "EVALSHA";
    bool const body = word.find('\n') != std::string_view::npos || word.size() > 100;
    command += command.empty() ? "" : " ";
    command += digest ? "DIGEST" : body ? "SCRIPT" : word;
    at += *size + 2;
  }
  rest.remove_prefix(at);
  return command;
}

/// What a memcached of that release says to a new connection, and to whoever asks how it is, which may be at any time after a failure.
inline std::function<std::string(std::string const& command)> memcached_greeting(
    std::string const& release = "1.6.38") {
  return [release](std::string const& command) -> std::string {
    if (command == "version") return "VERSION " + release + "\r\n";
    return command == "mn" ? "MN\r\n" : "";
  };
}

class played_server {
 public:
  played_server(event_loop& loop, take_command take, std::string const& address = "127.0.0.1")
      : line_(loop, line_server::reading::at_once, address), take_(take) {}

  /// Begins to take connections.
  void listen() { line_.listen(); }
  net::endpoint where() const { return line_.where(); }
  std::size_t connections() const { return line_.accepted(); }
  line_server::peer& connection(std::size_t index) { return line_.at(index); }

  /// What is said first on a connection, and does not count as heard; empty answer: it does.
  std::function<std::string(std::string const& command)> greeting = [](std::string const&) { return ""; };
  /// The answer to a command; none while it is empty.
  std::function<std::string(std::string const& command)> answer = [](std::string const&) { return ""; };
  std::vector<std::string> heard;

  std::string last() const { return heard.empty() ? "" : heard.back(); }

  void play() {
    taken_.resize(line_.accepted());
    for (std::size_t index = 0; index < taken_.size(); ++index) {
      for (;;) {
        std::string const received = line_.received(index);
        std::string_view rest = std::string_view(received).substr(taken_[index]);
        auto const command = take_(rest);
        if (!command) break;
        taken_[index] = received.size() - rest.size();
        line_.at(index).say(reply_to(*command));
      }
    }
  }

 private:
  std::string reply_to(std::string const& command) {
    std::string const first = greeting(command);
    if (!first.empty()) return first;
    heard.push_back(command);
    return answer(command);
  }

  line_server line_;
  take_command take_;
  std::vector<std::size_t> taken_;  // bytes of each connection
};

}  // namespace tandem::test
