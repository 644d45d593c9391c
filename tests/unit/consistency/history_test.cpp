#include "consistency/history.hpp"

#include "support/catch.hpp"

#include <stdexcept>

using namespace tandem::consistency;

TEST_CASE("a history that was written is read as it was") {
  constexpr std::string_view text =
      "# op START END CLIENT WAY VERB KEY ARGUMENT EXPECTED OUTCOME ANSWER\n"
      "promise 4000000 4000000 5000000\n"
      "server r:1 1\n"
      "outage 3 6 0 1\n"
      "killing 7 8 1\n"
      "calm 9 1\n"
      "op 1 2 0 0 cas r:1 v1 v0 refused -\n"
      "op 3 5 4 2 add_to c:1 -5 - done 95\n";
  history const whole = read_history(text);
  CHECK(whole.operations.size() == 2);
  CHECK(whole.operations[1].argument == "-5");
  CHECK(whole.operations[0].answer.empty());
  CHECK(written(whole) == text);
  CHECK(written(only(whole, {"c:1"})).find("r:1") == std::string::npos);
}

TEST_CASE("a history that makes no sense is refused") {
  CHECK_THROWS_AS(read_history("op 1 2 0 0 set r:1 a - don -\n"), std::runtime_error);
  CHECK_THROWS_AS(read_history("op 1 2 0 0 set r:1\n"), std::runtime_error);
  CHECK_THROWS_AS(read_history("opera 1 2\n"), std::runtime_error);
  CHECK_THROWS_AS(read_history("outage 1 2\n"), std::runtime_error);
}
