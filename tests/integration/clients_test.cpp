// Real client libraries of other languages hold the same session with memcached and with Tandem, over each kind
// of backend, and notice no difference. What came of it goes to a file, from which scripts/compatibility writes
// the README's table.
#include "support/catch.hpp"
#include "support/memcached_server.hpp"
#include "support/redis_cluster.hpp"
#include "support/redis_server.hpp"
#include "support/tandem_daemon.hpp"

#include <fmt/format.h>
#include <libmemcached/memcached.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace tandem::test;

namespace {

// The command takes PORT PREFIX PROTOCOL.
struct client {
  std::string name;
  std::string language;
  std::vector<std::string> command;
  std::vector<std::string> protocols;
};

std::string script(std::string const& name) { return TANDEM_SOURCE_DIR "/tests/clients/" + name; }

std::vector<client> clients() {
  return {
      {"libmemcached", "C", {TANDEM_LIBMEMCACHED_SESSION}, {"text", "binary"}},
      {"pylibmc", "Python", {script("pylibmc_session.py")}, {"text", "binary"}},
      {"pymemcache", "Python", {script("pymemcache_session.py")}, {"text"}},
      {"php-memcached", "PHP", {script("php_memcached_session.php")}, {"text", "binary"}},
      {"Cache::Memcached::Fast", "Perl", {script("perl_fast_session.pl")}, {"text"}},
      {"dalli", "Ruby", {script("dalli_session.rb")}, {"binary", "meta"}},
      {"memjs", "Node.js", {script("node/memjs_session.js")}, {"binary"}},
      {"memcached", "Node.js", {script("node/memcached_session.js")}, {"text"}},
      {"spymemcached",
       "Java",
       {"java", "-XX:TieredStopAtLevel=1", "-cp", "/usr/share/java/spymemcached.jar",
        script("SpymemcachedSession.java")},
       {"text", "binary"}},
  };
}

constexpr std::array backends{"pool", "redis", "cluster", "memory"};

// The servers, and one Tandem where a key's prefix selects the backend, for all clients.
struct surroundings {
  memcached_server oracle;
  memcached_server one;
  memcached_server two;
  redis_server redis;
  redis_cluster cluster;

  std::string backend_lines() const {
    return fmt::format(R"(
backends:
  pool:
    memcached: {{servers: ["{}", "{}"]}}
    timeout: 5s
  redis:
    redis: {{server: "{}", flush: flushdb}}
    timeout: 5s
  cluster:
    redis: {{cluster: {}, flush: flushdb}}
    timeout: 5s
  memory:
    memory: {{size: 64MiB}}
)",
                       one.address(), two.address(), redis.address(), cluster.addresses());
  }
};

// What a client's run with memcached, the first, and with each backend gave.
struct verdict {
  client const* of = nullptr;
  std::string protocol;
  std::string version;
  std::array<std::string, backends.size()> results;
};

// Ten virtual machines start at once, and compile their session first.
constexpr auto patience = std::chrono::seconds(120);
constexpr int no_such_protocol = 77;

// Sessions that are held at the same time, with memcached and with every backend: they spend most of their time
// waiting for items to expire.
class sessions {
 public:
  sessions(client const& of, std::string protocol, std::uint16_t oracle, std::uint16_t tandem)
      : of_(of), protocol_(std::move(protocol)) {
    start(oracle, "oracle");
    for (char const* backend : backends) start(tandem, backend);
  }

  verdict outcome() {
    finished const expected = end_of(running_[0]);
    INFO(of_.name << ' ' << protocol_ << " and memcached:\n" << expected.output);
    verdict made{.of = &of_, .protocol = protocol_, .version = version_in(expected.output), .results = {}};
    if (expected.status == no_such_protocol) {
      made.results.fill("not in this version");
      return made;
    }
    CHECK(expected.status == 0);
    for (std::size_t i = 0; i < backends.size(); ++i) {
      finished const got = end_of(running_[i + 1]);
      INFO(backends[i]);
      CHECK(got.output == expected.output);
      CHECK(got.status == 0);
      made.results[i] =
          expected.status == 0 && got.status == 0 && got.output == expected.output ? "yes" : "no";
    }
    return made;
  }

 private:
  // Keys that no other session has.
  void start(std::uint16_t port, std::string_view place) {
    std::vector<std::string> command = of_.command;
    command.insert(command.end(),
                   {std::to_string(port), fmt::format("{}:{}-{}:", place, of_.name, protocol_), protocol_});
    running_.emplace_back(command, std::vector<std::string>{"NODE_CLIENTS=" TANDEM_NODE_CLIENTS});
  }

  finished end_of(process& session) const {
    auto const left = started_ + patience - std::chrono::steady_clock::now();
    auto const status = session.wait(std::chrono::duration_cast<std::chrono::milliseconds>(left));
    return {status.value_or(-1), session.output()};
  }

  // "client NAME VERSION" is the first line, or "NAME VERSION has no ... protocol".
  std::string version_in(std::string const& output) const {
    std::string const line = output.substr(0, output.find('\n'));
    std::size_t const at = line.find(of_.name + ' ');
    if (at == std::string::npos) return "";
    std::string const rest = line.substr(at + of_.name.size() + 1);
    return rest.substr(0, rest.find(' '));
  }

  client const& of_;
  std::string protocol_;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  std::deque<process> running_;
};

// TANDEM_CLIENT=dalli: this one only.
bool chosen(std::string const& name) {
  char const* const only = std::getenv("TANDEM_CLIENT");
  return only == nullptr || name == only;
}

std::vector<verdict> hold_sessions(std::vector<client> const& all, surroundings const& with) {
  tandem_daemon const tandem(with.backend_lines() + R"(
routes:
  - {prefix: "pool:", to: pool}
  - {prefix: "redis:", to: redis}
  - {prefix: "cluster:", to: cluster}
  - {to: memory}
)");
  std::vector<verdict> made;
  std::deque<sessions> held;
  for (client const& each : all) {
    if (!chosen(each.name)) continue;
    for (std::string const& protocol : each.protocols) {
      held.emplace_back(each, protocol, with.oracle.port(), tandem.port());
      if (held.size() < 3) continue;
      made.push_back(held.front().outcome());
      held.pop_front();
    }
  }
  for (sessions& each : held) made.push_back(each.outcome());
  return made;
}

// Where one backend has all keys: for programs whose keys have no prefix.
std::deque<tandem_daemon> daemons_over(surroundings const& with) {
  std::deque<tandem_daemon> made;
  for (char const* backend : backends) {
    made.emplace_back(with.backend_lines() + fmt::format("routes:\n  - {{to: {}}}\n", backend));
  }
  return made;
}

client const memccapable{
    .name = "memccapable", .language = "C", .command = {}, .protocols = {"text", "binary"}};

// libmemcached's test of servers. It flushes the server, so nothing else may use it.
verdict run_memccapable(std::string const& protocol, surroundings const& with,
                        std::deque<tandem_daemon> const& daemons) {
  auto const start = [&](std::uint16_t port) {
    return std::vector<std::string>{
        "memccapable",        "-h", "127.0.0.1", "-p",
        std::to_string(port), "-t", "10",        protocol == "binary" ? "-b" : "-a"};
  };
  verdict made{.of = &memccapable, .protocol = protocol, .version = memcached_lib_version(), .results = {}};
  std::deque<process> running;
  running.emplace_back(start(with.oracle.port()));
  for (tandem_daemon const& each : daemons) running.emplace_back(start(each.port()));
  CHECK(running[0].wait(patience) == 0);
  std::string const expected = running[0].output();
  CHECK(expected.find("All tests passed") != std::string::npos);
  for (std::size_t i = 0; i < backends.size(); ++i) {
    std::optional<int> const status = running[i + 1].wait(patience);
    INFO(backends[i]);
    CHECK(running[i + 1].output() == expected);
    made.results[i] = status == 0 && running[i + 1].output() == expected ? "yes" : "no";
  }
  return made;
}

void write(std::vector<verdict> const& verdicts) {
  std::ofstream file(TANDEM_CLIENT_RESULTS);
  for (verdict const& each : verdicts) {
    file << each.of->name << '\t' << each.of->language << '\t' << each.version << '\t' << each.protocol;
    for (std::string const& result : each.results) file << '\t' << result;
    file << '\n';
  }
}

}  // namespace

TEST_CASE("every client takes Tandem for memcached, whatever the backend") {
  std::vector<client> const all = clients();
  surroundings const with;
  std::vector<verdict> verdicts = hold_sessions(all, with);
  if (chosen(memccapable.name)) {
    std::deque<tandem_daemon> const daemons = daemons_over(with);
    for (std::string const& protocol : memccapable.protocols) {
      verdicts.push_back(run_memccapable(protocol, with, daemons));
    }
  }
  CHECK_FALSE(verdicts.empty());
  if (std::getenv("TANDEM_CLIENT") == nullptr) write(verdicts);
}
