#include "hashing/utf8.hpp"

#include "support/catch.hpp"

#include <string>
#include <vector>

namespace {

std::vector<char32_t> code_points(std::string_view bytes) {
  std::vector<char32_t> taken;
  while (!bytes.empty()) taken.push_back(tandem::hashing::take_code_point(bytes));
  return taken;
}

using expected = std::vector<char32_t>;

}  // namespace

TEST_CASE("characters of one to four bytes are taken one by one") {
  CHECK(code_points("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z") == expected{'a', 0xe9, 0x20ac, 0x1f600, 'z'});
  CHECK(code_points("").empty());
}

TEST_CASE("a byte that begins no character stands for itself") {
  CHECK(code_points("\xff\x80z") == expected{0xff, 0x80, 'z'});
  CHECK(code_points("\xe2\x82") == expected{0xe2, 0x82});
  CHECK(code_points("\xe2z\x82") == expected{0xe2, 'z', 0x82});
  CHECK(code_points("\xf0\x9f\x98") == expected{0xf0, 0x9f, 0x98});
}
