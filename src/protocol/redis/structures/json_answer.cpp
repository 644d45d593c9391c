#include "protocol/redis/structures/json_answer.hpp"

#include "model/refusal.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/locale/utf.hpp>
#include <fmt/format.h>
#include <openssl/evp.h>

#include <charconv>
#include <cmath>
#include <string>

namespace tandem::protocol::redis {
namespace {

namespace json = boost::json;

bool is_utf8(std::string_view bytes) {
  using traits = boost::locale::utf::utf_traits<char>;
  for (char const* at = bytes.begin(); at != bytes.end();) {
    if (!boost::locale::utf::is_valid_codepoint(traits::decode(at, bytes.end()))) return false;
  }
  return true;
}

std::string base64_of(std::string_view bytes) {
  std::string made((bytes.size() + 2) / 3 * 4 + 1, '\0');  // OpenSSL ends it with a zero
  int const size =
      ::EVP_EncodeBlock(reinterpret_cast<unsigned char*>(made.data()),
                        reinterpret_cast<unsigned char const*>(bytes.data()), static_cast<int>(bytes.size()));
  made.resize(static_cast<std::size_t>(size));
  return made;
}

template <class Number>
std::optional<Number> read_all(std::string_view text) {
  Number read{};
  auto const [end, failed] = std::from_chars(text.data(), text.data() + text.size(), read);
  if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return read;
}

}  // namespace

json::value json_text(std::string_view bytes) {
  if (is_utf8(bytes)) return json::string(bytes);
  return json::object{{"base64", base64_of(bytes)}};
}

std::optional<json::value> json_number(std::string_view text) {
  auto const read = read_finite(text);
  if (!read) return std::nullopt;
  bool const whole = std::abs(*read) <= static_cast<double>(exact_max) && std::trunc(*read) == *read;
  return whole ? json::value(static_cast<std::int64_t>(*read)) : json::value(*read);
}

std::optional<double> read_finite(std::string_view text) {
  auto const read = read_all<double>(text);
  return read && std::isfinite(*read) ? read : std::nullopt;
}

std::optional<std::int64_t> read_whole(std::string_view text) { return read_all<std::int64_t>(text); }

model::response text_answer(std::string_view text) {
  model::response answer;
  answer.value = base::slice::copy_of(text);
  answer.size = static_cast<std::uint32_t>(text.size());
  return answer;
}

model::response number_answer(std::int64_t number) { return text_answer(std::to_string(number)); }

model::response too_long_answer(std::size_t bytes_max) {
  return model::response::client_error(
      fmt::format("an answer of more than {} bytes{}this rule (answer_max); ask for less", bytes_max,
                  model::impossible_words));
}

model::response json_answer(json::value const& told, std::size_t bytes_max) {
  std::string const text = json::serialize(told);
  return text.size() <= bytes_max ? text_answer(text) : too_long_answer(bytes_max);
}

}  // namespace tandem::protocol::redis
