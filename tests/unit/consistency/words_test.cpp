#include "consistency/words.hpp"

#include "support/catch.hpp"

using namespace tandem::consistency;

TEST_CASE("a value is known by its name, whatever its size, unless it is spoilt") {
  for (std::size_t const filling : {0, 1, 8, 9, 10, 88, 90, 95, 99, 100, 985, 990, 1000, 9985, 40000}) {
    std::string value = value_named("v1.7", filling);
    CHECK(name_of(value) == "v1.7");
    value.push_back('0');
    CHECK(name_of(value) == "spoilt");
  }
  CHECK(name_of("") == "spoilt");
}

TEST_CASE("a framed value is read as it was written") {
  std::string const stored = framed("value", 0x0102030405060708);
  CHECK(stored.size() == 14 + 5);
  CHECK(stored.substr(0, 2) == "\x9e\x01");
  CHECK(stored[13] == 8);
  CHECK(unframed(stored) == "value");
  CHECK(unframed("bare") == "bare");
}
