#include "config/configuration.hpp"

#include <utility>

namespace tandem::config {

configuration default_configuration() {
  configuration made;
  made.listen.push_back({.endpoint = {.host = "127.0.0.1", .port = 11211, .path = {}}});
  backend_options memory;
  memory.name = "memory";
  memory.kind = backend::memory::memory_options{};
  routing::rule_options everything;
  everything.to = memory.name;
  made.backends.push_back(std::move(memory));
  made.routes.push_back(std::move(everything));
  return made;
}

}  // namespace tandem::config
