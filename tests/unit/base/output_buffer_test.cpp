#include "base/output_buffer.hpp"

#include "support/catch.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

using tandem::base::chunk;
using tandem::base::output_buffer;
using tandem::base::slice;

namespace {

struct piece {
  char const* data;
  std::size_t size;
};

std::vector<piece> pieces(output_buffer const& buffer, std::size_t max = 1000) {
  std::vector<piece> all;
  buffer.front(max, [&](char const* data, std::size_t size) { all.push_back({data, size}); });
  return all;
}

std::string of_size(std::size_t size, char fill) { return std::string(size, fill); }

}  // namespace

TEST_CASE("small pieces are gathered into one") {
  output_buffer buffer;
  buffer.append("VALUE ");
  buffer.append(slice::copy_of("key"));
  buffer.append_number(std::uint32_t{17});
  buffer.append("\r\n");
  CHECK(pieces(buffer).size() == 1);
  CHECK(buffer.str() == "VALUE key17\r\n");
  CHECK(buffer.size() == 13);
}

TEST_CASE("a slice is referenced from the size on that is worth it, and copied below") {
  slice const large = slice::copy_of(of_size(output_buffer::reference_min, 'L'));
  slice const small = large.part(1);
  output_buffer buffer;
  buffer.append(large);
  CHECK(pieces(buffer).front().data == large.data());
  buffer.clear();
  buffer.append(small);
  CHECK(pieces(buffer).front().data != small.data());
}

TEST_CASE("a referenced slice stays alive until it is written, and no longer") {
  std::size_t const before = chunk::bytes_in_use();
  output_buffer buffer;
  buffer.append(slice::copy_of(of_size(100'000, 'v')));
  buffer.consume(60'000);
  CHECK(buffer.str() == of_size(40'000, 'v'));
  buffer.consume(40'000);
  CHECK(buffer.empty());
  CHECK(chunk::bytes_in_use() == before);
}

TEST_CASE("order is kept between copied and referenced pieces") {
  output_buffer buffer;
  buffer.append("head ");
  buffer.append(slice::copy_of(of_size(3000, 'v')));
  buffer.append(" tail");
  buffer.append(slice::of_static("!"));
  CHECK(pieces(buffer).size() == 3);
  CHECK(buffer.str() == "head " + of_size(3000, 'v') + " tail!");
}

TEST_CASE("bytes longer than a chunk are split over chunks and come out whole") {
  std::string long_text;
  for (int count = 0; count < 20'000; ++count) long_text += std::to_string(count);
  output_buffer buffer;
  buffer.append("x");
  buffer.append(std::string_view(long_text));
  CHECK(buffer.size() == long_text.size() + 1);
  CHECK(buffer.str() == "x" + long_text);
}

TEST_CASE("consuming stops anywhere inside a piece, and appending goes on behind") {
  output_buffer buffer;
  std::string expected;
  auto const step = GENERATE(as<std::size_t>{}, 1, 2, 5, 1999, 2048, 5000, 16'368, 30'000);
  for (int round = 0; round < 6; ++round) {
    std::string const small = "small" + std::to_string(round);
    std::string const large =
        of_size(2048 + 3000 * static_cast<std::size_t>(round), static_cast<char>('a' + round));
    buffer.append(small);
    buffer.append(slice::copy_of(large));
    expected += small + large;
    std::size_t const count = std::min(step, buffer.size());
    buffer.consume(count);
    expected.erase(0, count);
    REQUIRE(buffer.str() == expected);
    REQUIRE(buffer.size() == expected.size());
  }
  buffer.consume(buffer.size());
  CHECK(buffer.empty());
  CHECK(pieces(buffer).empty());
}

TEST_CASE("bytes appended behind a half written piece do not move it") {
  output_buffer buffer;
  buffer.append("0123456789");
  buffer.consume(4);
  char const* const place = pieces(buffer).front().data;
  buffer.append("ABC");
  REQUIRE(pieces(buffer).size() == 1);
  CHECK(pieces(buffer).front().data == place);
  CHECK(buffer.str() == "456789ABC");
}

TEST_CASE("no more pieces are shown than asked for") {
  output_buffer buffer;
  slice const large = slice::copy_of(of_size(4096, 'v'));
  for (int count = 0; count < 5; ++count) buffer.append(large);
  CHECK(pieces(buffer, 3).size() == 3);
  CHECK(pieces(buffer, 0).empty());
  CHECK(pieces(buffer, 9).size() == 5);
}

TEST_CASE("an empty output buffer holds no chunk") {
  std::size_t const before = chunk::bytes_in_use();
  output_buffer buffer;
  buffer.append("");
  buffer.append(slice());
  CHECK(buffer.empty());
  buffer.append("some");
  buffer.append(slice::copy_of(of_size(3000, 'v')));
  buffer.consume(buffer.size());
  CHECK(chunk::bytes_in_use() == before);
  buffer.append("some");
  buffer.clear();
  CHECK(chunk::bytes_in_use() == before);
  buffer.append("again");
  CHECK(buffer.str() == "again");
}

TEST_CASE("numbers are written in decimal from end to end of their range") {
  output_buffer buffer;
  buffer.append_number(std::numeric_limits<std::uint64_t>::max());
  buffer.append(" ");
  buffer.append_number(std::numeric_limits<std::int64_t>::min());
  buffer.append(" ");
  buffer.append_number(0);
  CHECK(buffer.str() == "18446744073709551615 -9223372036854775808 0");
}
