#include "admin/explain_page.hpp"

#include "base/printable.hpp"
#include "base/result.hpp"
#include "model/limits.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace tandem::admin {
namespace {

using asked_keys = base::result<std::vector<std::string>>;

base::error wrong(std::string what) { return {base::error_kind::refused, std::move(what)}; }

int hex_digit(char of) {
  if (of >= '0' && of <= '9') return of - '0';
  if (of >= 'a' && of <= 'f') return of - 'a' + 10;
  if (of >= 'A' && of <= 'F') return of - 'A' + 10;
  return -1;
}

/// A plus stays one: no key has a space for which it could stand.
base::result<std::string> percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      decoded += text[at];
      continue;
    }
    int const high = at + 2 < text.size() ? hex_digit(text[at + 1]) : -1;
    int const low = high >= 0 ? hex_digit(text[at + 2]) : -1;
    if (low < 0)
      return wrong(fmt::format("\"{}\" has a % without two hexadecimal digits; write %25 for the sign itself",
                               base::printable(text)));
    decoded += static_cast<char>(high * 16 + low);
    at += 2;
  }
  return decoded;
}

/// Why memcached would refuse it; empty if it would not.
std::string fault_of(std::string_view key) {
  if (key.empty()) return "a key is empty";
  if (key.size() > model::key_size_max)
    return fmt::format("a key of {} bytes is longer than {}: \"{}\"", key.size(), model::key_size_max,
                       base::printable(key));
  bool const blank = std::ranges::any_of(
      key, [](char each) { return static_cast<unsigned char>(each) <= ' ' || each == '\x7f'; });
  if (blank) return fmt::format("a key has a space or a control character: \"{}\"", base::printable(key));
  return {};
}

asked_keys keys_of(std::string_view query) {
  constexpr std::string_view name = "key=";
  std::vector<std::string> keys;
  while (!query.empty()) {
    std::size_t const end = std::min(query.find('&'), query.size());
    std::string_view const part = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (part.empty()) continue;
    if (!part.starts_with(name)) return wrong(fmt::format("\"{}\" is not key=K", base::printable(part)));
    auto key = percent_decoded(part.substr(name.size()));
    if (!key) return key.error();
    if (std::string fault = fault_of(*key); !fault.empty()) return wrong(std::move(fault));
    if (keys.size() == explained_keys_max) return wrong(fmt::format("more than {} keys", explained_keys_max));
    keys.push_back(std::move(*key));
  }
  if (keys.empty()) return wrong("no key is given");
  return keys;
}

}  // namespace

page explain_page(std::function<std::optional<std::string>(std::vector<std::string> const&)> tell) {
  auto const render = [tell = std::move(tell)](page_request const& asked) -> page_reply {
    asked_keys const keys = keys_of(asked.query);
    if (!keys)
      return {400, fmt::format("{}\nask for /explain?key=K&key=..., percent-encoded, {} keys at most\n",
                               keys.error().message, explained_keys_max)};
    auto lines = tell(*keys);
    if (!lines) return {503, "no worker has answered in time\n"};
    return {200, std::move(*lines)};
  };
  return {"/explain", "text/plain; charset=utf-8", render};
}

}  // namespace tandem::admin
