#include "config/environment.hpp"

#include "support/catch.hpp"

#include <vector>

namespace tandem::config {

namespace {

std::optional<std::string> variables(std::string const& name) {
  if (name == "PORT") return "11211";
  if (name == "EMPTY") return "";
  if (name == "TRICKY") return "${PORT}$$";
  return std::nullopt;
}

}  // namespace

TEST_CASE("variables, defaults and dollar signs are replaced") {
  std::vector<std::pair<std::string_view, std::string>> const texts{
      {"", ""},
      {"plain", "plain"},
      {"${PORT}", "11211"},
      {"a:${PORT}/${PORT}", "a:11211/11211"},
      {"${PORT:-1}", "11211"},
      {"${NONE:-1}", "1"},
      {"${NONE:-}", ""},
      {"${NONE:-a:-b}", "a:-b"},
      {"${EMPTY}", ""},
      {"${EMPTY:-1}", "1"},
      {"$$", "$"},
      {"$${PORT}", "${PORT}"},
      {"$$$$", "$$"},
      {"^user:[0-9]+$", "^user:[0-9]+$"},
      {"$PORT", "$PORT"},
  };
  for (auto const& [text, expanded] : texts) {
    CAPTURE(text);
    auto const result = expand(text, variables);
    REQUIRE(result.has_value());
    CHECK(*result == expanded);
  }
}

TEST_CASE("what a variable holds is not expanded again") {
  CHECK(expand("${TRICKY}", variables).value() == "${PORT}$$");
}

TEST_CASE("a variable that cannot be replaced is an error") {
  std::vector<std::pair<std::string_view, std::string>> const texts{
      {"a${NONE}", "environment variable NONE is not set; set it, or write ${NONE:-default}"},
      {"${PORT", "\"${\" has no closing brace; write ${NAME}, or $$ for a dollar sign"},
      {"${NONE:-${PORT}}", "the default of ${NONE:-...} holds another variable; write a plain default"},
      {"${}",
       "${} does not name an environment variable; write ${NAME}, ${NAME:-default}, or $$ for a dollar sign"},
      {"${1A}",
       "${1A} does not name an environment variable; write ${NAME}, ${NAME:-default}, or $$ for a dollar "
       "sign"},
      {"${A-b}",
       "${A-b} does not name an environment variable; write ${NAME}, ${NAME:-default}, or $$ for a dollar "
       "sign"},
  };
  for (auto const& [text, message] : texts) {
    CAPTURE(text);
    auto const result = expand(text, variables);
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().message == message);
  }
}

TEST_CASE("the process's environment tells unset from set") {
  CHECK(process_environment("PATH").has_value());
  CHECK_FALSE(process_environment("TANDEM_A_NAME_THAT_NOBODY_SETS").has_value());
}

}  // namespace tandem::config
