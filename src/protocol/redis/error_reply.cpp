#include "protocol/redis/error_reply.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace tandem::protocol::redis {
namespace {

constexpr std::uint16_t slot_max = 16383;

std::string_view take_word(std::string_view& rest) {
  std::size_t const end = std::min(rest.find(' '), rest.size());
  std::string_view const word = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return word;
}

std::optional<std::uint16_t> read_number(std::string_view digits) {
  std::uint16_t number = 0;
  auto const [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (failed != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

/// "SLOT HOST:PORT"; the host may be empty, and an IPv6 address stands there without brackets. One that
/// cannot be read is an error like any other.
error_reply read_redirection(error_code code, std::string_view rest) {
  auto const slot = read_number(take_word(rest));
  std::string_view const target = take_word(rest);
  std::size_t const colon = target.rfind(':');
  if (!slot || *slot > slot_max || colon == std::string_view::npos) return {};
  auto const port = read_number(target.substr(colon + 1));
  if (!port || *port == 0) return {};
  std::string_view const host = target.substr(0, colon);
  return {code, *slot, host == "?" ? std::string() : std::string(host), *port};
}

struct known_error {
  std::string_view word;
  error_code code;
};

constexpr known_error by_first_word[] = {
    {"MOVED", error_code::moved},
    {"ASK", error_code::ask},
    {"TRYAGAIN", error_code::try_again},
    {"LOADING", error_code::loading},
    {"CLUSTERDOWN", error_code::cluster_down},
    {"MASTERDOWN", error_code::master_down},
    {"READONLY", error_code::read_only},
    {"NOSCRIPT", error_code::no_script},
    {"WRONGTYPE", error_code::wrong_type},
    {"OOM", error_code::out_of_memory},
    {"MISCONF", error_code::misconfigured},
    {"NOREPLICAS", error_code::no_replicas},
    {"NOPERM", error_code::no_permission},
    {"NOAUTH", error_code::not_signed_in},
    {"WRONGPASS", error_code::sign_in_refused},
};

/// Redis before 7.0 wraps errors inside scripts into sentences of its own, and names no code where a script may not do
/// something; before 6.0, none where a password is wrong.
constexpr known_error by_part[] = {
    {"WRONGTYPE ", error_code::wrong_type},
    {"-READONLY ", error_code::read_only},
    {"-OOM ", error_code::out_of_memory},
    {"-MISCONF ", error_code::misconfigured},
    {"-NOREPLICAS ", error_code::no_replicas},
    {"-NOPERM ", error_code::no_permission},
    {"The user executing the script can't ", error_code::no_permission},
    {"invalid password", error_code::sign_in_refused},
    {"without any password configured", error_code::sign_in_refused},
    {"but no password is set", error_code::sign_in_refused},
    {"string exceeds maximum allowed size", error_code::too_large},
    {"invalid bulk length", error_code::too_large},  // of proto-max-bulk-len; the connection ends with it
};

}  // namespace

error_reply read_error(std::string_view text) {
  std::string_view rest = text;
  std::string_view const first = take_word(rest);
  for (known_error const& each : by_first_word) {
    if (each.word != first) continue;
    bool const redirects = each.code == error_code::moved || each.code == error_code::ask;
    return redirects ? read_redirection(each.code, rest) : error_reply{each.code, 0, {}, 0};
  }
  for (known_error const& each : by_part) {
    if (text.find(each.word) != std::string_view::npos) return {each.code, 0, {}, 0};
  }
  return {};
}

}  // namespace tandem::protocol::redis
