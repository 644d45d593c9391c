// One page of the admin endpoint: where it is and what renders it. Rendered anew for each request, on the admin
// thread, never on a worker's.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace tandem::admin {

struct page_request {
  std::string_view query;  // what follows the question mark, still percent-encoded; empty without one
  std::string_view body = {};
};

struct page_reply {
  unsigned status = 200;
  std::string body;
};

/// GET is HEAD as well.
enum class page_method : std::uint8_t { get, post };

struct page {
  std::string path;
  std::string content_type;
  std::function<page_reply(page_request const&)> render;  // an exception from it becomes a 500
  page_method method = page_method::get;
};

}  // namespace tandem::admin
