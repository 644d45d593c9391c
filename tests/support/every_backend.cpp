#include "support/every_backend.hpp"

#include <fmt/format.h>

namespace tandem::test {
namespace {

constexpr std::string_view framed_prefix = "f:";

}  // namespace

std::vector<std::string> const& every_backend::names() {
  static std::vector<std::string> const all{"pool",   "framed",  "plain",  "cluster",
                                            "memory", "through", "around", "bare"};
  return all;
}

bool every_backend::is_plain(std::string_view name) {
  return name == "plain" || name == "around" || name == "bare";
}

void every_backend::store_bare(std::string const& key, std::string_view value) {
  redis_.command({"SET", std::string(framed_prefix) + key, std::string(value)});
}

std::string every_backend::config() const {
  std::string made = fmt::format(
      R"(
backends:
  pool:
    memcached: {{servers: ["{}", "{}", "{}"]}}
    timeout: 10s
  near_through:
    memcached: {{servers: ["{}"]}}
    timeout: 10s
  near_around:
    memcached: {{servers: ["{}"]}}
    timeout: 10s
  near_bare:
    memcached: {{servers: ["{}"]}}
    timeout: 10s
  framed:
    redis: {{server: "{}", key_prefix: "{}"}}
    timeout: 10s
  plain:
    redis: {{server: "{}", encoding: plain, database: 1}}
    timeout: 10s
  cluster:
    redis: {{cluster: {}}}
    timeout: 10s
  memory:
    memory: {{size: 16MiB}}
  through:
    tiered: {{l1: near_through, l2: framed, write: through}}
  around:
    tiered: {{l1: near_around, l2: plain, write: around}}
  bare:
    tiered: {{l1: near_bare, l2: plain, write: through, lease: off}}
routes:
)",
      pool_[0].address(), pool_[1].address(), pool_[2].address(), near_[0].address(), near_[1].address(),
      near_[2].address(), redis_.address(), framed_prefix, redis_.address(), cluster_.addresses());
  for (std::string const& name : names()) made += fmt::format("  - {{prefix: \"{0}:\", to: {0}}}\n", name);
  return made;
}

}  // namespace tandem::test
