#include "admin/invalidation_page.hpp"

#include "admin/page_table.hpp"
#include "support/catch.hpp"

#include <string>
#include <vector>

namespace tandem::admin {
namespace {

struct fixture {
  base::manual_clock clock;
  std::vector<model::invalidation> told;

  page_answer post(std::string_view body, permission allowed = permission::given) {
    page_table const pages({invalidation_page(
        allowed, clock, [this](model::invalidation const& what) { told.push_back(what); })});
    return pages.answer("POST", "/invalidate", body);
  }
};

using extent = model::invalidation::extent;

TEST_CASE_METHOD(fixture, "each line is a key or a prefix and a star, whatever ends it") {
  page_answer const answer = post("a:1\r\nb:*\n*");
  CHECK(answer.status == 202);
  CHECK(answer.body == "3 invalidated\n");
  CHECK(told == std::vector<model::invalidation>{{extent::key, "a:1", clock.now()},
                                                 {extent::prefix, "b:", clock.now()},
                                                 {extent::everything, "", clock.now()}});
}

TEST_CASE_METHOD(fixture, "a line that is wrong is told with its number, and nothing is done") {
  CHECK(post("a:1\n\nb:1\n").body ==
        "line 2 is neither a key nor a prefix and *: \"\"; nothing was invalidated\n");
  CHECK(post("a:1\na\tb\n").body ==
        "line 2 is neither a key nor a prefix and *: \"a?b\"; nothing was invalidated\n");
  CHECK(post(std::string(251, 'k')).status == 400);
  CHECK(told.empty());
}

TEST_CASE_METHOD(fixture, "an empty body is wrong") {
  CHECK(post("").status == 400);
  CHECK(post("").body == "the body is empty; write a key or a prefix and * on each line\n");
}

TEST_CASE_METHOD(fixture, "without permission nothing is done, whatever the body") {
  for (std::string const body : {"", "a:1", "a b"}) CHECK(post(body, permission::refused).status == 403);
  CHECK(told.empty());
}

TEST_CASE_METHOD(fixture, "only POST is served") {
  page_table const pages({invalidation_page(permission::given, clock, [](auto const&) {})});
  CHECK(pages.answer("GET", "/invalidate").status == 405);
  CHECK(pages.answer("GET", "/invalidate").allow == "POST");
}

}  // namespace
}  // namespace tandem::admin
