#include "unit/config/loading.hpp"

namespace tandem::config {

namespace {

using backend::memcached::discovery_source;
using namespace std::chrono_literals;

std::string pool_with(std::string const& body) {
  return "routes: [{to: m}]\nbackends:\n  m: {memcached: {\n      " + body + "}}\n";
}

backend::memcached::pool_options discovering(std::string const& body) {
  return std::get<backend::memcached::pool_options>(good(pool_with(body)).backends.at(0).kind);
}

std::string in_pool(std::string const& line_and_column, std::string const& message) {
  return "t.yaml:" + line_and_column + ": backends.m.memcached" + message;
}

}  // namespace

TEST_CASE("a pool's servers may be told by a name or by a configuration endpoint") {
  auto const by_name = discovering("discover: {dns: \"cache.svc:11211\"}");
  CHECK(by_name.servers.empty());
  CHECK(by_name.discover->source == discovery_source::dns);
  CHECK(by_name.discover->from.str() == "cache.svc:11211");
  CHECK(by_name.discover->every == 30s);
  auto const by_endpoint = discovering("discover: {elasticache: \"10.0.0.1:11211\"}");
  CHECK(by_endpoint.discover->source == discovery_source::elasticache);
  CHECK(by_endpoint.discover->from.str() == "10.0.0.1:11211");
  CHECK(by_endpoint.discover->every == 60s);
  CHECK(discovering("discover: {every: 5s, elasticache: \"c:1\"}").discover->every == 5s);
  CHECK_FALSE(discovering("servers: [a:1]").discover.has_value());
}

TEST_CASE("mistakes in who tells a pool's servers are reported") {
  std::string const form = "{dns: NAME:PORT} or {elasticache: HOST:PORT}";
  check_each({
      {pool_with("discover: cache:1"), {in_pool("4:17", ".discover: not a mapping; write " + form)}},
      {pool_with("discover: {every: 1s}"),
       {in_pool("4:17", ".discover: does not say who tells the servers; write " + form)}},
      {pool_with("discover: {dns: \"a:1\", elasticache: \"b:1\"}"),
       {in_pool("4:43", ".discover.elasticache: \"dns\" is given as well; keep one of the two")}},
      {pool_with("discover: {dns: \"10.0.0.1:1\"}"),
       {in_pool("4:23", ".discover.dns: 10.0.0.1 is an address; list it under servers, or write a name")}},
      {pool_with("discover: {dns: \"unix:/s\"}"),
       {in_pool("4:23", ".discover.dns: a Unix socket tells no servers; write HOST:PORT")}},
      {pool_with("discover: {dns: \"a:1\", every: 100ms}"),
       {in_pool("4:37", ".discover.every: 100ms is out of range; write 1s to 1h")}},
      {pool_with("discover: {dns: \"a:1\"}, servers: [b:1]"),
       {in_pool("4:40", ".servers: \"discover\" finds the servers; keep one of the two")}},
  });
}

TEST_CASE("a distribution that moves most keys with each change is warned of") {
  auto const warnings = [](std::string const& body) { return as_text(good(pool_with(body)).warnings); };
  CHECK(warnings("discover: {dns: \"a:1\"}").empty());
  CHECK(warnings("discover: {dns: \"a:1\"}, distribution: rendezvous").empty());
  CHECK(warnings("discover: {dns: \"a:1\"}, distribution: modula") ==
        std::vector<std::string>{"t.yaml:4:17: with distribution: modula most keys move whenever a server "
                                 "comes or goes; write ketama or "
                                 "rendezvous, unless clients place keys in that way, too"});
}

}  // namespace tandem::config
