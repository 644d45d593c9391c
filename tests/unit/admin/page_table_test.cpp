#include "admin/page_table.hpp"

#include "admin/standard_pages.hpp"
#include "support/catch.hpp"

#include <stdexcept>

namespace tandem::admin {
namespace {

page fixed_page(std::string path, std::string body) {
  return {std::move(path), "text/plain", [body](page_request const&) { return page_reply{200, body}; }};
}

TEST_CASE("a page is found by its path, whatever the query") {
  page_table const pages({fixed_page("/b", "bee"), fixed_page("/", "root")});
  CHECK(pages.answer("GET", "/").body == "root");
  CHECK(pages.answer("GET", "/b").body == "bee");
  CHECK(pages.answer("GET", "/b?").body == "bee");
  CHECK(pages.answer("HEAD", "/b?x=/").body == "bee");
  CHECK(pages.answer("GET", "/b/").status == 404);
  CHECK(pages.answer("GET", "").status == 404);
}

TEST_CASE("a page gets the query as it was sent") {
  std::string seen;
  page_table const pages({{"/explain", "text/plain", [&](page_request const& asked) {
                             seen = asked.query;
                             return page_reply{404, "none"};
                           }}});
  CHECK(pages.answer("GET", "/explain?key=a%20b?c").status == 404);
  CHECK(seen == "key=a%20b?c");
  pages.answer("GET", "/explain");
  CHECK(seen.empty());
}

TEST_CASE("an unknown path is answered with the paths that exist, in order") {
  page_table const pages({fixed_page("/metrics", ""), fixed_page("/healthz", "")});
  page_answer const answer = pages.answer("POST", "/metrix");
  CHECK(answer.status == 404);
  CHECK(answer.body == "no such page; there are /healthz /metrics\n");
}

TEST_CASE("a method other than GET and HEAD is refused, with those that are allowed") {
  page_table const pages({fixed_page("/metrics", "")});
  for (std::string const method : {"POST", "PUT", "DELETE", "OPTIONS", "get", "BREW", ""}) {
    page_answer const answer = pages.answer(method, "/metrics");
    CHECK(answer.status == 405);
    CHECK(answer.allow == "GET, HEAD");
  }
  CHECK(pages.answer("GET", "/metrics").allow.empty());
}

TEST_CASE("a page that throws is answered with 500") {
  page_table const pages({{"/", "text/html", [](page_request const&) -> page_reply {
                             throw std::runtime_error("no metrics today");
                           }}});
  page_answer const answer = pages.answer("GET", "/");
  CHECK(answer.status == 500);
  CHECK(answer.content_type == "text/plain; charset=utf-8");
  CHECK(answer.body.find("no metrics") == std::string::npos);
}

TEST_CASE("a page given later replaces one with the same path") {
  page_table const pages({fixed_page("/", "old"), fixed_page("/", "new")});
  CHECK(pages.answer("GET", "/").body == "new");
  CHECK(pages.answer("GET", "/x").body == "no such page; there are /\n");
}

TEST_CASE("the health page is ok until the process drains") {
  bool draining = false;
  page const health = health_page([&] { return draining; });
  CHECK(health.render({}).status == 200);
  CHECK(health.render({}).body == "ok\n");
  draining = true;
  CHECK(health.render({}).status == 503);
  CHECK(health.render({}).body == "draining\n");
  CHECK(health_page({}).render({}).status == 200);
}

}  // namespace
}  // namespace tandem::admin
