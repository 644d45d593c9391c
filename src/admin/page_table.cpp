#include "admin/page_table.hpp"

#include "base/log.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace tandem::admin {
namespace {

page_answer rendered(page const& asked, page_request const& what) {
  try {
    page_reply reply = asked.render(what);
    return {reply.status, asked.content_type, std::move(reply.body)};
  } catch (std::exception const& failure) {
    base::log_error("the admin page {} failed: {}", asked.path, failure.what());
    return plain_answer(500, "this page failed; the log says why\n");
  }
}

}  // namespace

page_answer plain_answer(unsigned status, std::string line) {
  return {status, "text/plain; charset=utf-8", std::move(line)};
}

page_table::page_table(std::vector<page> pages) {
  for (page& one : pages) {
    std::erase_if(pages_, [&](page const& earlier) { return earlier.path == one.path; });
    pages_.push_back(std::move(one));
  }
  std::ranges::sort(pages_, {}, &page::path);
}

page const* page_table::find(std::string_view path) const {
  auto const found = std::ranges::find(pages_, path, &page::path);
  return found == pages_.end() ? nullptr : &*found;
}

page_answer page_table::answer(std::string_view method, std::string_view target,
                               std::string_view body) const {
  auto const mark = target.find('?');
  page const* const asked = find(target.substr(0, mark));
  if (!asked) return not_found();
  bool const posted = asked->method == page_method::post;
  if (posted ? method != "POST" : method != "GET" && method != "HEAD") {
    page_answer refused =
        plain_answer(405, posted ? "only POST is served here\n" : "only GET and HEAD are served here\n");
    refused.allow = posted ? "POST" : "GET, HEAD";
    return refused;
  }
  std::string_view const query =
      mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1);
  return rendered(*asked, {query, body});
}

page_answer page_table::not_found() const {
  std::string line = "no such page; there are";
  for (page const& one : pages_) line += " " + one.path;
  return plain_answer(404, line + "\n");
}

}  // namespace tandem::admin
