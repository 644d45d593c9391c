#include "protocol/redis/item.hpp"

#include "protocol/redis/cas_source.hpp"
#include "support/catch.hpp"

#include <set>
#include <string>

using namespace tandem;
using namespace std::string_literals;
using protocol::redis::cas_maker;
using protocol::redis::encoding;

namespace {

base::slice framed(std::uint32_t flags, protocol::redis::cas_stamp cas, std::string_view value) {
  auto const head = protocol::redis::make_frame(flags, cas);
  return base::slice::copy_of(std::string(head.data(), head.size()) + std::string(value));
}

}  // namespace

TEST_CASE("a frame is two marks, flags, cas and the value") {
  CHECK(framed(0x01020304, {0x1122334455667788}, "value").str() ==
        "\x9e\x01\x01\x02\x03\x04\x11\x22\x33\x44\x55\x66\x77\x88value"s);
  CHECK(framed(0x01020304, {0x1122334455667788, cas_maker::other}, "value").str() ==
        "\x9e\x02\x01\x02\x03\x04\x11\x22\x33\x44\x55\x66\x77\x88value"s);
}

TEST_CASE("what was framed is read again") {
  for (std::string const& value : {""s, "v"s, std::string(100'000, '\x9e')}) {
    for (cas_maker const maker : {cas_maker::proxy, cas_maker::other}) {
      auto const item =
          read_item(encoding::framed, framed(4294967295U, {18446744073709551615U, maker}, value));
      CHECK(item.flags == 4294967295U);
      CHECK(item.cas == 18446744073709551615U);
      CHECK(item.value.view() == value);
    }
  }
}

TEST_CASE("a string that others wrote is all value") {
  for (std::string const& text : {""s, "text"s, "\x9e\x01 too short"s.substr(0, 13),
                                  "\x9e\x02 too short"s.substr(0, 13), "\x9e\x03 another version"s}) {
    auto const item = read_item(encoding::framed, base::slice::copy_of(text));
    CHECK(item.flags == 0);
    CHECK(item.cas == 0);
    CHECK(item.value.view() == text);
  }
}

TEST_CASE("plain encoding sees no frames") {
  base::slice const stored = framed(1, {2}, "v");
  CHECK(read_item(encoding::plain, stored).value.view() == stored.view());
}

TEST_CASE("a value in a frame shares the bytes that were received") {
  base::slice const stored = framed(1, {2}, "value");
  CHECK(read_item(encoding::framed, stored).value.data() == stored.data() + protocol::redis::frame_size);
}

TEST_CASE("the cas of content is the beginning of its SHA-1") {
  // sha1("abc") = a9993e364706816aba3e25717850c26c9cd0d89d (FIPS 180)
  CHECK(protocol::redis::content_cas("abc") == 0xa9993e364706816a);
}

TEST_CASE("scripts are given the cas in the bytes of the frame and in digits") {
  auto const bytes = protocol::redis::stamp_bytes({0x00112233445566ff, cas_maker::other});
  CHECK(std::string(bytes.data(), bytes.size()) == "\x02\x00\x11\x22\x33\x44\x55\x66\xff"s);
  auto const flags = protocol::redis::flags_bytes(0x001122ff);
  CHECK(std::string(flags.data(), flags.size()) == "\x00\x11\x22\xff"s);
  auto const digits = protocol::redis::cas_digits(0x00112233445566ff);
  CHECK(std::string(digits.data(), digits.size()) == "00112233445566ff");
}

TEST_CASE("every new cas is larger than the last, and differs from those of another maker") {
  base::manual_clock clock;
  protocol::redis::cas_source one(1);
  protocol::redis::cas_source other(2);
  std::set<std::uint64_t> seen;
  std::uint64_t last = 0;
  for (int count = 0; count < 5000; ++count) {
    std::uint64_t const next = one.next(clock);
    CHECK(next > last);
    last = next;
    seen.insert(next);
    seen.insert(other.next(clock));
    if (count % 1000 == 0) clock.advance(std::chrono::milliseconds(1));
  }
  CHECK(seen.size() == 10'000);
}

TEST_CASE("a new cas follows the clock, so that a restarted process does not repeat one") {
  base::manual_clock clock;
  std::uint64_t const before = protocol::redis::cas_source(1).next(clock);
  clock.advance(std::chrono::seconds(1));
  CHECK(protocol::redis::cas_source(1).next(clock) > before);
}
