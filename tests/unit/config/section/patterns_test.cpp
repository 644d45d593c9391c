#include "config/section/patterns.hpp"

#include "support/catch.hpp"

namespace tandem::config {

TEST_CASE("well-formed globs have no fault") {
  for (std::string pattern : {"", "*", "cart:*:items", "a?c", "[a-z]", "[!a-z]*", "[^0-9]", "[]]", "[]a]",
                              "[a-]", "[-a]", "[\\]]", "\\[", "\\\\", "a]", "[a-\\z]", "[!]]"}) {
    CAPTURE(pattern);
    CHECK(glob_fault(pattern).empty());
  }
}

TEST_CASE("a glob's fault is named") {
  for (std::string pattern : {"[", "[a", "[]", "[!]", "[a-", "[a\\]", "x[a-z", "[\\"}) {
    CAPTURE(pattern);
    CHECK(glob_fault(pattern) == "a set that begins with [ is not closed; close it with ], or write \\[");
  }
  CHECK(glob_fault("[z-a]") == "a range in a set runs backwards; swap its ends");
  CHECK(glob_fault("a\\") == "a backslash at the end stands before nothing; write \\\\ for one");
}

TEST_CASE("a regular expression is checked as RE2 reads it, over bytes") {
  CHECK(regex_fault("^user:[0-9]+$").empty());
  CHECK(regex_fault("\xff+").empty());
  CHECK(regex_fault("(a") == "missing ): (a; write RE2 syntax");
  CHECK(regex_fault("(a)\\1") == "invalid escape sequence: \\1; write RE2 syntax");
}

}  // namespace tandem::config
