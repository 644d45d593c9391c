#include "config/scalars.hpp"

#include "support/catch.hpp"

#include <vector>

namespace tandem::config {

using namespace std::chrono_literals;

namespace {

template <class Parsed>
std::string error_of(base::result<Parsed> const& result) {
  return result ? "no error" : result.error().message;
}

}  // namespace

TEST_CASE("a size is bytes, or a whole number with a binary unit") {
  std::vector<std::pair<std::string_view, std::uint64_t>> const sizes{
      {"0", 0},
      {"1048576", 1048576},
      {"1KiB", 1024},
      {"64MiB", 64 << 20},
      {"1GiB", 1 << 30},
      {"2TiB", 2ULL << 40},
      {"9223372036854775807", 9223372036854775807ULL}};
  for (auto const& [text, bytes] : sizes) {
    CAPTURE(text);
    auto const parsed = parse_size(text);
    REQUIRE(parsed.has_value());
    CHECK(*parsed == bytes);
  }
}

TEST_CASE("a text that is no size is refused with the notation") {
  std::string const advice = " is not a size; write bytes, or a whole number with KiB, MiB or GiB";
  for (std::string text :
       {"", "64MB", "1.5GiB", "-1", "MiB", "64 MiB", "1kib", "0x10", "64MiBs", "+1", "10B"}) {
    CHECK(error_of(parse_size(text)) == "\"" + text + "\"" + advice);
  }
  CHECK(error_of(parse_size("9999999999TiB")) == "\"9999999999TiB\" is too large");
  CHECK(error_of(parse_size("99999999999999999999")) == "\"99999999999999999999\" is too large");
}

TEST_CASE("a time is a whole number with its unit") {
  std::vector<std::pair<std::string_view, std::chrono::microseconds>> const times{
      {"500us", 500us}, {"200ms", 200ms}, {"5s", 5s}, {"1m", 1min}, {"1h", 1h}, {"1d", 24h}, {"0s", 0s}};
  for (auto const& [text, time] : times) {
    CAPTURE(text);
    auto const parsed = parse_duration(text);
    REQUIRE(parsed.has_value());
    CHECK(*parsed == time);
  }
}

TEST_CASE("a time without a unit, or with an unknown one, is refused") {
  CHECK(error_of(parse_duration("5")) == "\"5\" has no unit; write 5ms, 5s, 5m, 5h or 5d");
  for (std::string text : {"", "s", "5sec", "1.5s", "-1s", "5 s", "1h30m", "5S"}) {
    CHECK(error_of(parse_duration(text)) ==
          "\"" + text + "\" is not a time; write a whole number with us, ms, s, m, h or d");
  }
  CHECK(error_of(parse_duration("9223372036854775807d")) == "\"9223372036854775807d\" is too large");
}

TEST_CASE("a mode is three octal digits, with or without a leading zero") {
  CHECK(parse_mode("0660").value() == 0660);
  CHECK(parse_mode("777").value() == 0777);
  for (std::string text : {"", "0", "0000", "66", "0680", "06600", "1777", "rw-rw----", "-660", "660 "}) {
    CHECK(error_of(parse_mode(text)) ==
          "\"" + text + "\" is not a permission mode; write octal digits in quotes, such as \"0660\"");
  }
}

TEST_CASE("sizes and times are shown in the largest exact unit") {
  CHECK(format_size(0) == "0");
  CHECK(format_size(1000) == "1000");
  CHECK(format_size(1536) == "1536");
  CHECK(format_size(64 << 20) == "64MiB");
  CHECK(format_duration(0s) == "0s");
  CHECK(format_duration(1500us) == "1500us");
  CHECK(format_duration(90s) == "90s");
  CHECK(format_duration(48h) == "2d");
}

TEST_CASE("what is shown for a size or a time reads back as the same") {
  for (std::uint64_t bytes : {1ULL, 1023ULL, 1025ULL, 3ULL << 30, (1ULL << 40) + 1}) {
    CHECK(parse_size(format_size(bytes)).value() == bytes);
  }
  for (std::chrono::microseconds time : {1us, 999us, 61'000'000us, 86'400'000'000us}) {
    CHECK(parse_duration(format_duration(time)).value() == time);
  }
}

}  // namespace tandem::config
