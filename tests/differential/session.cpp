#include "differential/session.hpp"

#include <fmt/format.h>

#include <array>
#include <sstream>
#include <stdexcept>

namespace tandem::differential {
namespace {

constexpr std::string_view base64_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::array<std::string_view, 3> dialect_names{"text", "meta", "binary"};

bool is_printable(char byte) { return byte >= ' ' && byte <= '~' && byte != '\\'; }

char unescaped_letter(char letter) {
  if (letter == 'r') return '\r';
  if (letter == 'n') return '\n';
  if (letter == '\\') return '\\';
  throw std::invalid_argument(fmt::format("\\{} is no escape", letter));
}

// `step 3 17`
step read_step_line(std::istringstream& words) {
  step made;
  for (std::size_t cut = 0; words >> cut;) made.cuts.push_back(cut);
  return made;
}

dialect read_dialect(std::istringstream& words) {
  std::string name;
  words >> name;
  for (std::size_t i = 0; i < dialect_names.size(); ++i) {
    if (dialect_names[i] == name) return static_cast<dialect>(i);
  }
  throw std::invalid_argument("no dialect is named " + name);
}

}  // namespace

std::string_view name_of(dialect which) { return dialect_names[static_cast<std::size_t>(which)]; }

std::string escaped(std::string_view bytes) {
  std::string made;
  for (char const byte : bytes) {
    if (is_printable(byte)) {
      made += byte;
    } else if (byte == '\r') {
      made += "\\r";
    } else if (byte == '\n') {
      made += "\\n";
    } else if (byte == '\\') {
      made += "\\\\";
    } else {
      made += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
    }
  }
  return made;
}

std::string unescaped(std::string_view line) {
  std::string made;
  for (std::size_t at = 0; at < line.size(); ++at) {
    if (line[at] != '\\') {
      made += line[at];
    } else if (line.substr(at).starts_with("\\x") && at + 3 < line.size()) {
      made += static_cast<char>(std::stoi(std::string(line.substr(at + 2, 2)), nullptr, 16));
      at += 3;
    } else {
      made += unescaped_letter(++at < line.size() ? line[at] : ' ');
    }
  }
  return made;
}

// A command's line begins with `> `, since a command may begin with spaces.
std::string written(session const& what) {
  std::string made = fmt::format("dialect {}\n", name_of(what.spoken));
  for (step const& each : what.steps) {
    made += fmt::format("step{}{}\n", each.cuts.empty() ? "" : " ", fmt::join(each.cuts, " "));
    for (std::string const& command : each.commands) made += "> " + escaped(command) + "\n";
  }
  return made;
}

session read_session(std::string const& file) {
  session made;
  std::istringstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string first;
    words >> first;
    if (line.starts_with("> ") && !made.steps.empty()) {
      made.steps.back().commands.push_back(unescaped(std::string_view(line).substr(2)));
    } else if (first == "step") {
      made.steps.push_back(read_step_line(words));
    } else if (first == "dialect") {
      made.spoken = read_dialect(words);
    } else if (!first.empty() && !first.starts_with('#')) {
      throw std::invalid_argument("no line of a session: " + line);
    }
  }
  return made;
}

std::string in_base64(std::string_view bytes) {
  std::string made;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    std::string_view const three = bytes.substr(at, 3);
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      bits = (bits << 8U) | (i < three.size() ? static_cast<unsigned char>(three[i]) : 0U);
    }
    for (unsigned i = 0; i < 4; ++i) {
      made += i > three.size() ? '=' : base64_digits[(bits >> (18U - 6U * i)) & 63U];
    }
  }
  return made;
}

std::string from_base64(std::string_view text) {
  std::string made;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (char const digit : text) {
    std::size_t const value = base64_digits.find(digit);
    if (value == std::string_view::npos) break;
    bits = (bits << 6U) | static_cast<std::uint32_t>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    made += static_cast<char>((bits >> count) & 0xffU);
  }
  return made;
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size()) {
    text.replace(at, what.size(), by);
  }
  return text;
}

}  // namespace tandem::differential
