#include "unit/config/loading.hpp"

#include <fmt/core.h>

namespace tandem::config {

namespace {

/// A line for each way in which a secret comes into a file; the next one is a line more.
struct leak {
  std::string yaml;
  std::string shown = "";  // a part of the message that has to stay
};

std::string redis(std::string const& options) {
  return "backends:\n  m:\n    redis:\n      " + options + "\nroutes: [{to: m}]\n";
}

}  // namespace

TEST_CASE("no diagnostic shows a secret") {
  leak const leaks[] = {
      // The blank after the colon is missing.
      {redis("{server: a:1, password:hunter2}"), "unknown key \"password:***\""},
      {redis("{server: a:1, password:hun:hunter2}"), "unknown key \"password:***\""},
      {redis("{server: a:1, 'password=hunter2': x}"), "unknown key \"password=***\""},
      {redis("{server: a:1, 'PassWord : hunter2 hunter2': x}"), "unknown key \"PassWord : ***\""},
      {redis("{server: a:1, password:hunter2, password:hunter2}"), "\"password:***\" is given twice"},
      {redis("{server: a:1 password:hunter2}"), "backends.m.redis.server: "},
      {redis("{server: a password:hunter2}"), "has no valid host"},
      {redis("server: 'a:1'\n      encoding: plain password:hunter2"),
       "unknown value \"plain password:***\""},
      {redis("cluster: [password:hunter2]"), "backends.m.redis.cluster[0]: "},
      {"backends: {password:hunter2: {}}\nroutes: [{to: m}]\n", "\"password:***\" cannot name a backend"},
      {"backends: {password:hunter2: 7}\nroutes: [{to: m}]\n", "backends.password:***: "},
      {"backends: {m: {memory: {}}}\nroutes: [{to: password:hunter2}]\n",
       "no backend is named \"password:***\""},
      {"backends: {m: {memory: {}}}\nroutes: [{to: m, regex: 'token=(hunter2'}]\n", "is not well formed"},
      {"drain: secret:hunter2\nbackends: {m: {memory: {}}}\nroutes: [{to: m}]\n", "drain: \"secret:***\""},
      // Inside ${...}.
      {redis("{server: a:1, password: '${hunter2'}"), "has no closing brace"},
      {redis("{server: a:1, password: '${hunter2!}'}"), "does not name an environment variable"},
      {redis("{server: a:1, password: '${hunter2}'}"), "is not set"},
      {redis("{server: a:1, password: '${HUNTER2_unset:hunter2}'}"), "does not name an environment variable"},
      {redis("{server: a:1, password: 'x${A:-${hunter2}}'}"), "holds another variable"},
      {redis("server: 'u:${hunter2!}@a:1'"), "does not name an environment variable"},
      {redis("server: 'redis://u:${hunter2}@a:1'"), "is not set"},
      {redis("server: '${ADDRESS}'"), "is not HOST:PORT"},
      {redis("server: '${ABSENT:-redis://u:hunter2@a:1}'"), "is not HOST:PORT"},
      // In an address.
      {redis("server: redis://user:hunter2@a:1"), "\"redis://user:***@a:1\" is not HOST:PORT"},
      {redis("server: redis://:hunter2@a"), "\"redis://:***@a\" is not HOST:PORT"},
      {redis("server: redis://hunter2@a:1"), "\"redis://***@a:1\" is not HOST:PORT"},
      {redis("server: user:hunter2@a"), "\"***@a\" is not a port"},
      {redis("server: user:hunter2@a:1"), "\"user:***@a:1\" is not HOST:PORT"},
      {redis("server: hunter2@a:1"), "\"***@a:1\" has no valid host"},
      {redis("server: '[::1]:user:hunter2@a'"), "is not a port"},
      {redis("server: 'redis://u:x hunter2@a:1'"), "is not HOST:PORT"},
      {redis("server: redis://u:x:hunter2@a"), "is not HOST:PORT"},
      {redis("cluster: ['redis://u:hunter2@a:1', 'u:hunter2@b']"), "backends.m.redis.cluster[1]: "},
      {"listen: [{address: 'u:hunter2@a'}]\nbackends: {m: {memory: {}}}\nroutes: [{to: m}]\n",
       "is not a port"},
      {redis("server: 'a:1?password=hunter2'"), "is not a port"},
      // Where a file is to be named.
      {redis("{server: a:1, password_file: hunter2}"), "cannot be read: No such file"},
      // Where something else is to be.
      {redis("{server: a:1, password: [hunter2]}"), "is a sequence"},
      {redis("{server: a:1, password: {hunter2: x}}"), "is a mapping"},
      {redis("{server: a:1, username: password:hunter2}"), "Redis takes no name without a password"},
  };
  for (leak const& each : leaks) {
    CAPTURE(each.yaml);
    auto const errors = errors_of(each.yaml, {{"ADDRESS", "redis://u:hunter2@a:1"}});
    CHECK_FALSE(errors.empty());
    std::string all;
    for (std::string const& line : errors) all += line + "\n";
    CAPTURE(all);
    CHECK(all.find("hunter2") == std::string::npos);
    CHECK(all.find(each.shown) != std::string::npos);
  }
}

TEST_CASE("what is no secret is shown as it is") {
  check_each({
      {redis("{server: 'localhost'}"),
       {"t.yaml:4:16: backends.m.redis.server: \"localhost\" has no port; write localhost:11211, say"}},
      {redis("{server: a:1, database: '${NUMBER}'}"),
       {"t.yaml:4:31: backends.m.redis.database: environment variable NUMBER is not set; set it, or write "
        "${NUMBER:-default}"}},
  });
}

}  // namespace tandem::config
