#include "base/glob.hpp"

#include "support/catch.hpp"

#include <random>

using tandem::base::glob;

namespace {

glob compiled(std::string_view pattern) {
  auto made = glob::compile(pattern);
  if (!made) FAIL(made.error().message);
  return std::move(*made);
}

bool matches(std::string_view pattern, std::string_view key) { return compiled(pattern).matches(key); }

/// The meaning of * and ? by definition, for patterns without sets and escapes.
bool matches_by_definition(std::string_view pattern, std::string_view key) {
  if (pattern.empty()) return key.empty();
  if (pattern.front() == '*') {
    return matches_by_definition(pattern.substr(1), key) ||
           (!key.empty() && matches_by_definition(pattern, key.substr(1)));
  }
  if (key.empty() || (pattern.front() != '?' && pattern.front() != key.front())) return false;
  return matches_by_definition(pattern.substr(1), key.substr(1));
}

std::string random_text(std::mt19937& random, std::string_view alphabet, std::size_t size_max) {
  std::string text(random() % (size_max + 1), ' ');
  for (char& each : text) each = alphabet[random() % alphabet.size()];
  return text;
}

}  // namespace

TEST_CASE("a glob matches the whole key") {
  CHECK(matches("cart:*:items", "cart:42:items"));
  CHECK(matches("cart:*:items", "cart:::items"));
  CHECK(matches("cart:*:items", "cart:a:items:b:items"));
  CHECK_FALSE(matches("cart:*:items", "cart:42:items:1"));
  CHECK_FALSE(matches("cart:*:items", "my:cart:42:items"));
  CHECK_FALSE(matches("cart:*:items", "cart:items"));
  CHECK(matches("", ""));
  CHECK_FALSE(matches("", "a"));
}

TEST_CASE("a question mark is any one byte") {
  CHECK(matches("a?c", "abc"));
  CHECK(matches("a?c",
                "a\xff"
                "c"));
  CHECK(matches("???", "a:b"));
  CHECK_FALSE(matches("a?c", "ac"));
  CHECK_FALSE(matches("a?", "abc"));
}

TEST_CASE("a set is one of its members") {
  CHECK(matches("[abc]x", "bx"));
  CHECK_FALSE(matches("[abc]x", "dx"));
  CHECK(matches("[a-cx-z]", "y"));
  CHECK_FALSE(matches("[a-cx-z]", "d"));
  CHECK(matches("[!a-c]", "d"));
  CHECK_FALSE(matches("[^a-c]", "b"));
  CHECK(matches("[]a]", "]"));
  CHECK(matches("[!]a]", "b"));
  CHECK_FALSE(matches("[!]a]", "]"));
  CHECK(matches("[a-]", "-"));
  CHECK(matches("[-a]", "-"));
  CHECK(matches("[\\]-_]", "^"));
  CHECK(matches("[*?]", "*"));
  CHECK_FALSE(matches("[a]", ""));
  CHECK(matches("[\x80-\xff]", "\xc3"));
}

TEST_CASE("a character after a backslash stands for itself") {
  CHECK(matches("a\\*b", "a*b"));
  CHECK_FALSE(matches("a\\*b", "axb"));
  CHECK(matches("\\[a\\]", "[a]"));
  CHECK(matches("\\\\", "\\"));
}

TEST_CASE("a malformed glob is an error") {
  auto const pattern =
      GENERATE(as<std::string>{}, "a\\", "[", "[a", "[]", "[!]", "[a-", "[\\", "[z-a]", "x*[a\\]");
  INFO(pattern);
  CHECK(glob::compile(pattern).has_error());
}

TEST_CASE("what is wrong with a glob is said with what to write instead") {
  CHECK(glob::compile("x[a-z").error().message ==
        "a set that begins with [ is not closed; close it with ], or write \\[");
  CHECK(glob::compile("[z-a]").error().message == "a range in a set runs backwards; swap its ends");
  CHECK(glob::compile("a\\").error().message ==
        "a backslash at the end stands before nothing; write \\\\ for one");
}

TEST_CASE("the literal prefix is what comes before the first wildcard") {
  CHECK(compiled("cart:*:items").literal_prefix() == "cart:");
  CHECK(compiled("a\\*b?").literal_prefix() == "a*b");
  CHECK(compiled("ab[c]d").literal_prefix() == "ab");
  CHECK(compiled("*a").literal_prefix().empty());
  CHECK(compiled("plain").literal_prefix() == "plain");
  CHECK(glob::beginning("a\\[b[z-a]c") == "a[b");
  CHECK(glob::beginning("a\\") == "a");
}

TEST_CASE("stars and question marks mean what their definition says") {
  std::mt19937 random(7);
  for (int round = 0; round < 20'000; ++round) {
    std::string const pattern = random_text(random, "ab**?", 7);
    std::string const key = random_text(random, "ab", 9);
    INFO(pattern << " on " << key);
    REQUIRE(matches(pattern, key) == matches_by_definition(pattern, key));
  }
}

TEST_CASE("many stars do not make matching explode") {
  std::string pattern;
  for (int star = 0; star < 60; ++star) pattern += "*a";
  CHECK_FALSE(matches(pattern + "b", std::string(250, 'a')));
  CHECK(matches(pattern, std::string(250, 'a')));
}
