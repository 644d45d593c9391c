#include "hashing/options.hpp"

#include "support/catch.hpp"

#include <algorithm>

using namespace tandem::hashing;

TEST_CASE("every distribution and hash function is read back from its name") {
  for (std::size_t index = 0; index < distribution_names.size(); ++index) {
    auto const kind = static_cast<distribution>(index);
    CHECK(parse_distribution(to_string(kind)) == kind);
  }
  for (std::size_t index = 0; index < hash_function_names.size(); ++index) {
    auto const function = static_cast<hash_function>(index);
    CHECK(parse_hash_function(to_string(function)) == function);
  }
  CHECK(to_string(distribution::twemproxy) == "twemproxy");
  CHECK(to_string(distribution::node_memcached) == "node_memcached");
  CHECK(to_string(hash_function::murmur3) == "murmur3");
  CHECK(to_string(hash_function::jenkins) == "jenkins");
}

TEST_CASE("libmemcached's and twemproxy's own names are understood") {
  CHECK(parse_hash_function("default") == hash_function::one_at_a_time);
  CHECK(parse_hash_function("crc32") == hash_function::crc);
}

TEST_CASE("the function of a pool that names none is one that its distribution takes") {
  for (std::size_t index = 0; index < distribution_names.size(); ++index) {
    auto const kind = static_cast<distribution>(index);
    auto const choices = hash_functions_of(kind);
    INFO(to_string(kind));
    CHECK((choices.empty() || std::ranges::count(choices, default_hash_function(kind)) == 1));
  }
}

TEST_CASE("an unknown name is none") {
  CHECK_FALSE(parse_distribution("Ketama"));
  CHECK_FALSE(parse_hash_function("sha1"));
  CHECK_FALSE(parse_hash_function(""));
}
