#include "admin/standard_pages.hpp"

#include <utility>

namespace tandem::admin {

page metrics_page(metrics::registry const& registry) {
  return {"/metrics", "text/plain; version=0.0.4; charset=utf-8", [&registry](page_request const&) {
            return page_reply{200, registry.prometheus_text()};
          }};
}

page health_page(std::function<bool()> draining) {
  return {"/healthz", "text/plain; charset=utf-8", [draining = std::move(draining)](page_request const&) {
            if (draining && draining()) return page_reply{503, "draining\n"};
            return page_reply{200, "ok\n"};
          }};
}

}  // namespace tandem::admin
