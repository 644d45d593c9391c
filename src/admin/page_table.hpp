// Finds the page that a request asks for and renders it: all of HTTP here that is not bytes.
#pragma once

#include "admin/page.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tandem::admin {

struct page_answer {
  unsigned status;
  std::string content_type;
  std::string body;
  std::string allow = {};  // the value of the header Allow; empty for no such header
};

class page_table {
 public:
  /// Of two pages with the same path the later one counts.
  explicit page_table(std::vector<page> pages);

  /// `target` is the request's, with its query. A HEAD is answered as the GET would be: the caller leaves the
  /// body out. Never throws on a page's account.
  page_answer answer(std::string_view method, std::string_view target, std::string_view body = {}) const;

 private:
  page const* find(std::string_view path) const;
  page_answer not_found() const;

  std::vector<page> pages_;
};

/// An answer in plain words.
page_answer plain_answer(unsigned status, std::string line);

}  // namespace tandem::admin
