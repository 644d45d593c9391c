#include "admin/explain_page.hpp"

#include "admin/page_table.hpp"
#include "support/catch.hpp"

#include <optional>
#include <string>
#include <vector>

namespace tandem::admin {
namespace {

struct fixture {
  using keys = std::vector<std::string>;

  page_answer get(std::string const& query) {
    page_table const pages({explain_page([this](keys const& asked) {
      told.push_back(asked);
      return lines;
    })});
    return pages.answer("GET", "/explain" + query);
  }

  std::vector<keys> told;
  std::optional<std::string> lines = "k: there\n";
};

std::string many(std::size_t count) {
  std::string query;
  for (std::size_t each = 0; each < count; ++each)
    query += (each == 0 ? "?key=" : "&key=") + std::to_string(each);
  return query;
}

}  // namespace

TEST_CASE_METHOD(fixture, "keys are asked for as they are decoded, in order, and the lines are the answer") {
  struct row {
    std::string query;
    keys asked;
  };
  for (row const& each : std::vector<row>{
           {"?key=a", {"a"}},
           {"?key=b&key=a&key=b", {"b", "a", "b"}},
           {"?key=user%3A7&key=%e4%C3", {"user:7", "\xe4\xc3"}},
           {"?key=a+b%2Bc", {"a+b+c"}},
           {"?key=a=b", {"a=b"}},
           {"?&key=a&", {"a"}},
           {"?key=100%25", {"100%"}},
           {"?key=" + std::string(250, 'k'), {std::string(250, 'k')}},
       }) {
    INFO(each.query);
    told.clear();
    page_answer const answer = get(each.query);
    CHECK(answer.status == 200);
    CHECK(answer.body == "k: there\n");
    CHECK(answer.content_type == "text/plain; charset=utf-8");
    CHECK(told == std::vector<keys>{each.asked});
  }
  CHECK(get(many(100)).status == 200);
}

TEST_CASE_METHOD(fixture, "what is wrong with the query is told, with how to ask, and nobody is asked") {
  struct row {
    std::string query, told;
  };
  std::string const blank = "a key has a space or a control character: ";
  std::string const no_digits = " has a % without two hexadecimal digits; write %25 for the sign itself";
  for (row const& each : std::vector<row>{
           {"", "no key is given"},
           {"?", "no key is given"},
           {"?&&", "no key is given"},
           {"?key", "\"key\" is not key=K"},
           {"?keys=a", "\"keys=a\" is not key=K"},
           {"?key=a&KEY=b", "\"KEY=b\" is not key=K"},
           {"?a", "\"a\" is not key=K"},
           {"?key=", "a key is empty"},
           {"?key=a&key=", "a key is empty"},
           {"?key=a%", "\"a%\"" + no_digits},
           {"?key=a%4", "\"a%4\"" + no_digits},
           {"?key=%4g", "\"%4g\"" + no_digits},
           {"?key=%-1", "\"%-1\"" + no_digits},
           {"?key=%%61", "\"%%61\"" + no_digits},
           {"?key=a%20b", blank + "\"a b\""},
           {"?key=a%0d%0a", blank + "\"a??\""},
           {"?key=%00", blank + "\"?\""},
           {"?key=%7f", blank + "\"?\""},
           {"?key=" + std::string(251, 'k'),
            "a key of 251 bytes is longer than 250: \"" + std::string(64, 'k') + "...\""},
           {many(101), "more than 100 keys"},
       }) {
    INFO(each.query);
    page_answer const answer = get(each.query);
    CHECK(answer.status == 400);
    CHECK(answer.body == each.told + "\nask for /explain?key=K&key=..., percent-encoded, 100 keys at most\n");
  }
  CHECK(told.empty());
}

TEST_CASE_METHOD(fixture, "where nobody can say it in time, the page is not there for now") {
  lines.reset();
  page_answer const answer = get("?key=a");
  CHECK(answer.status == 503);
  CHECK(answer.body == "no worker has answered in time\n");
}

}  // namespace tandem::admin
