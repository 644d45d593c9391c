#include "config/section/sections.hpp"
#include "config/section_reader.hpp"

namespace tandem::config {
admin::admin_options read_admin(node const& section) {
  admin::admin_options options;
  section_reader const keys(section, {"address", "invalidate"});
  keys.read_truth("invalidate", options.invalidate);
  node const* const address = keys.require("address", "write HOST:PORT, such as 127.0.0.1:9150");
  auto endpoint = address ? address->parse(parse_endpoint, "HOST:PORT") : std::nullopt;
  if (!endpoint) return options;
  if (endpoint->unix_socket()) {
    address->error("HTTP is served over TCP; write HOST:PORT");
    return options;
  }
  options.enabled = true;
  options.endpoint = *std::move(endpoint);
  return options;
}

}  // namespace tandem::config
