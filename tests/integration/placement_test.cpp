// Keys lie where other clients of the pool have put them: real client libraries write into memcached servers, and
// Tandem over the same servers reads what they wrote, and they what Tandem wrote.
#include "support/catch.hpp"
#include "support/memcached_server.hpp"
#include "support/tandem_daemon.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <deque>
#include <optional>
#include <string>
#include <vector>

using namespace tandem::test;

namespace {

constexpr int keys_each = 300;
constexpr int no_such_client = 77;
constexpr auto patience = std::chrono::seconds(60);

std::string script(std::string const& name) { return TANDEM_SOURCE_DIR "/tests/clients/placement/" + name; }

/// What a script printed as its last line, or nothing where its client is not installed.
std::optional<std::string> outcome_of(std::vector<std::string> const& command) {
  finished const ended = run(command, {}, patience);
  INFO(fmt::format("{}\n{}", fmt::join(command, " "), ended.output));
  if (ended.status == no_such_client) {
    WARN("not checked: " << ended.output);
    return std::nullopt;
  }
  REQUIRE(ended.status == 0);
  std::string const lines = ended.output.substr(0, ended.output.find_last_not_of('\n') + 1);
  return lines.substr(lines.rfind('\n') + 1);
}

struct session_row {
  std::vector<std::string> settings;  // of PHP, without "memcached."
  std::string prefix;
  std::string pool;
};

// PHP's handler is set by php.ini alone, and its own settings stand in front of the pool's that fit them.
std::vector<session_row> const session_rows{
    {{}, "memc.sess.key.", "distribution: ketama, hash: default"},
    {{"sess_consistent_hash_type=ketama_weighted"},
     "memc.sess.key.",
     "distribution: ketama_weighted, hash: md5"},
    {{"sess_consistent_hash=0"}, "memc.sess.key.", "distribution: modula, hash: default"},
    {{"sess_prefix=shop:", "sess_binary_protocol=0"}, "shop:", "distribution: ketama, hash: default"},
};

}  // namespace

TEST_CASE("sessions that PHP places without their prefix are found through Tandem, and the other way") {
  std::deque<memcached_server> const servers(5);
  std::vector<std::string> addresses;
  for (memcached_server const& each : servers) addresses.push_back(each.address());
  std::string const direct = fmt::format("{}", fmt::join(addresses, ","));

  for (session_row const& row : session_rows) {
    auto const with = [&](std::string const& more) {
      return fmt::format(
          "backends:\n  pool:\n    memcached: {{servers: [\"{}\"], {}{}}}\nroutes:\n  - {{to: pool}}\n",
          fmt::join(addresses, "\", \""), row.pool, more);
    };
    tandem_daemon const tandem(with(fmt::format(", hash_without_prefix: [\"other.\", \"{}\"]", row.prefix)));
    tandem_daemon const unaware(with(""));
    auto const php = [&](char const* action, char const* prefix, std::string const& servers_of) {
      std::vector<std::string> command{script("php_sessions.php"), action, prefix, std::to_string(keys_each),
                                       "save_path=" + servers_of};
      command.insert(command.end(), row.settings.begin(), row.settings.end());
      return outcome_of(command);
    };
    auto const through = [](tandem_daemon const& daemon) {
      return fmt::format("127.0.0.1:{}", daemon.port());
    };
    std::string const all = std::to_string(keys_each);
    if (!php("write", "direct", direct)) return;
    INFO(row.pool);
    CHECK(php("read", "direct", through(tandem)) == all);
    CHECK(php("write", "through", through(tandem)) == all);
    CHECK(php("read", "through", direct) == all);
    CHECK(std::stoi(php("read", "direct", through(unaware)).value_or("0")) < keys_each / 2);
  }
}
