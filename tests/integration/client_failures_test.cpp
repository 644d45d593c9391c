// What becomes of everybody else's keys, at real clients, when one server of a pool is killed: to a client Tandem is one
// server, which some of them leave alone after an error. What came of it goes to a file, from which
// scripts/compatibility writes the README's second table of clients.
//
// TANDEM_CLIENT=dalli: this client only. TANDEM_MEASURE=1: tells, too, how long the others' keys were lost.
#include "support/catch.hpp"
#include "support/memcached_server.hpp"
#include "support/redis_server.hpp"
#include "support/tandem_daemon.hpp"
#include "support/wait_until.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

using namespace tandem::test;
using std::chrono::milliseconds;

namespace {

using words = std::vector<std::string>;

// --- What is expected ----------------------------------------------------------------------------------

enum class fate : std::uint8_t {
  answered,  // every key of a living server, Redis and memory is answered as it should
  late,      // so, but each failure holds the client up
  lost,      // the client asks for none of them for some time
};

struct outcome {
  fate of_healthy_keys = fate::answered;
  std::string time{};  // by the client's own settings: of each delay, or for which keys are lost
  milliseconds delay_min{0};

  std::string text() const {
    switch (of_healthy_keys) {
      case fate::answered: return "answered";
      case fate::late: return fmt::format("answered, {} late for each failure", time);
      case fate::lost: return fmt::format("lost for {}", time);
    }
    return {};
  }
};

outcome const answered{};
outcome late(int seconds) {
  return {fate::late, fmt::format("{} s", seconds), std::chrono::seconds(seconds) * 9 / 10};
}
outcome lost(std::string time) { return {fate::lost, std::move(time)}; }

struct library {
  std::string name;
  std::string language;
  words command;
};

std::string script(std::string const& name) { return TANDEM_SOURCE_DIR "/tests/clients/" + name; }

library const libmemcached{"libmemcached", "C", {TANDEM_LIBMEMCACHED_ASKING}};
library const pylibmc{"pylibmc", "Python", {script("failures/asking.py")}};
library const pymemcache{"pymemcache", "Python", {script("failures/asking.py")}};
library const hash_client{"pymemcache.HashClient", "Python", {script("failures/asking.py")}};
library const python_memcached{"python-memcached", "Python", {script("failures/asking.py")}};
library const binary_memcached{"python-binary-memcached", "Python", {script("failures/asking.py")}};
library const php_memcached{"php-memcached", "PHP", {script("failures/asking.php")}};
library const php_memcache{"php-memcache", "PHP", {script("failures/asking.php")}};
library const perl{"Cache::Memcached", "Perl", {script("failures/asking.pl")}};
library const perl_fast{"Cache::Memcached::Fast", "Perl", {script("failures/asking.pl")}};
library const dalli{"dalli", "Ruby", {script("failures/asking.rb")}};
library const memjs{"memjs", "Node.js", {script("node/asking.js")}};
library const node_memcached{"memcached", "Node.js", {script("node/asking.js")}};
library const spymemcached{"spymemcached", "Java", {script("failures/asking_java")}};

struct row {
  library const& client;
  std::string protocol;
  words settings;  // of the client's own; see the scripts
  outcome error;   // with on_failure: error
  outcome miss;  // with on_failure: miss, after stores failed; reads and removals cost nothing, whoever reads
  std::string advice{};
};

std::vector<row> const rows{
    {libmemcached, "text", {}, answered, answered},
    {libmemcached, "text", {"SERVER_FAILURE_LIMIT=1", "REMOVE_FAILED_SERVERS=1"}, answered, answered},
    {libmemcached, "binary", {}, answered, answered},
    {pylibmc, "text", {}, answered, answered},
    {pylibmc, "text", {"remove_failed=1"}, answered, answered},
    {pylibmc, "binary", {}, answered, answered},
    {pymemcache, "text", {}, answered, answered},
    {pymemcache, "text", {"ignore_exc=True"}, answered, answered},
    {hash_client, "text", {}, answered, answered},
    {python_memcached, "text", {}, answered, answered},
    {binary_memcached, "binary", {}, answered, answered},
    {php_memcached, "text", {}, answered, answered},
    {php_memcached,
     "text",
     {"OPT_SERVER_FAILURE_LIMIT=1", "OPT_REMOVE_FAILED_SERVERS=1"},
     answered,
     answered},
    {php_memcached, "binary", {}, answered, answered},
    {php_memcache, "text", {}, lost("15 s"), lost("15 s"), "a `retry_interval` of 0 in `addServer`"},
    {php_memcache, "text", {"addServer.retry_interval=0"}, answered, answered},
    {perl,
     "text",
     {"select_timeout=3"},
     late(3),
     answered,
     "`miss`, or a small `select_timeout`; it is 1 s else"},
    {perl_fast, "text", {}, answered, answered},
    {perl_fast,
     "text",
     {"max_failures=2"},
     lost("10 s"),
     lost("10 s"),
     "no `max_failures`, as is the default"},
    {dalli, "binary", {}, answered, answered},
    {memjs, "binary", {}, answered, answered},
    {node_memcached,
     "text",
     {},
     lost("30 s"),
     lost("30 s"),
     "`miss`; no option of its own saves it from failed stores"},
    {spymemcached, "text", {}, late(2), late(2), "the binary protocol, or a `maxReconnectDelay` of 0"},
    {spymemcached,
     "text",
     {"FailureMode=Cancel"},
     lost("2 s"),
     lost("2 s"),
     "another `FailureMode`, and as above"},
    {spymemcached, "text", {"maxReconnectDelay=0"}, answered, answered},
    {spymemcached, "binary", {}, answered, answered},
};

bool chosen(row const& one) {
  char const* const only = std::getenv("TANDEM_CLIENT");
  return only == nullptr || one.client.name == only;
}

// --- Sessions ------------------------------------------------------------------------------------------

constexpr auto patience = std::chrono::seconds(100);
constexpr int no_such_client = 77;
constexpr int no_such_program = 127;  // Ruby, say
constexpr std::size_t keys_of_each_kind = 100;
constexpr std::array kinds{"pool", "redis", "memory"};

struct answer {
  std::string letters;  // one for each key, as asking.py says; none if the client gave no answer
  milliseconds time{};
};

/// A client that does as it is told. Started by the main thread, and used by one thread at a time.
class asking_client {
 public:
  asking_client(row const& of, std::uint16_t port)
      : program_(with_input{}, command(of, port), {"NODE_CLIENTS=" TANDEM_NODE_CLIENTS}) {}

  /// What stands for an answer that did not come in time.
  static constexpr char const* no_answer = "(no answer in time)";

  /// The client's version, when it is ready.
  std::string version() { return next_answer(); }

  answer ask(std::string_view verb, words const& keys) {
    auto const start = std::chrono::steady_clock::now();
    program_.say(fmt::format("{} {}\n", verb, fmt::join(keys, " ")));
    std::string letters = next_answer();
    return {std::move(letters),
            std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - start)};
  }

  bool absent() {
    int const status = program_.wait(milliseconds(0)).value_or(0);
    return status == no_such_client || status == no_such_program;
  }
  std::string output() const { return program_.output(); }

 private:
  static words command(row const& of, std::uint16_t port) {
    words made = of.client.command;
    made.insert(made.end(), {of.client.name, std::to_string(port), of.protocol});
    made.insert(made.end(), of.settings.begin(), of.settings.end());
    return made;
  }

  /// A line that begins with "= ", without that; what libraries say stands between.
  std::string next_answer() {
    std::string found;
    auto const there = [&] {
      std::string const all = "\n" + program_.output();
      std::size_t const at = all.find("\n= ", read_);
      std::size_t const end = at == std::string::npos ? at : all.find('\n', at + 1);
      if (end == std::string::npos) return !program_.running();
      found = all.substr(at + 3, end - at - 3);
      read_ = end;
      return true;
    };
    return wait_until(there, patience) ? found : no_answer;
  }

  process program_;
  std::size_t read_ = 0;
};

enum class setting : std::uint8_t { error, miss };

/// One client's, with one setting of on_failure. Every key is stored as its own value.
class session {
 public:
  session(row const& of, setting with, std::uint16_t port, std::size_t number)
      : of(of), with(with), client_(of, port) {
    for (std::size_t at = 0; at < keys_of_each_kind; ++at) {
      for (char const* kind : kinds) keys_.push_back(fmt::format("{}:{}:{}", kind, number, at));
    }
  }

  void store() {
    version = client_.version();
    stored = client_.ask("set", keys_);
  }

  /// Two of the keys that the server has, and all the others, are what is asked for from now on.
  void lose(memcached_server const& dying) {
    std::string const held = dying.connect().converse(fmt::format("get {}\r\n", fmt::join(keys_, " ")));
    for (std::string const& key : keys_) {
      bool const dies = held.find("VALUE " + key + " ") != std::string::npos;
      if (!dies) healthy.push_back(key);
      if (dies && dead.size() < dead_asked) dead.push_back(key);
    }
    asked = healthy;
    asked.insert(asked.begin() + 20, dead.begin(), dead.end());
  }

  /// In this order: a get of many keys fails no client, so that none has given up before the next step.
  void go_on() {
    many = client_.ask("many", asked);
    read = client_.ask("get", asked);
    measure("reads");
    removed = client_.ask("delete", dead);
    read_after_removals = client_.ask("get", healthy);
    measure("removals");
    filled = client_.ask("fill", asked);
    measure("stores");
  }

  bool absent() { return client_.absent(); }
  std::string name() const {
    return fmt::format("{} {} {} on_failure: {}", of.client.name, of.protocol, fmt::join(of.settings, " "),
                       with == setting::miss ? "miss" : "error");
  }
  std::string output() const { return client_.output(); }

  /// The letters of those keys that are asked for and healthy.
  std::string of_healthy(answer const& got) const {
    std::string made;
    for (std::size_t at = 0; at < std::min(asked.size(), got.letters.size()); ++at) {
      if (std::ranges::find(dead, asked[at]) == dead.end()) made += got.letters[at];
    }
    return made;
  }

  /// Of which kinds a healthy key was not answered.
  std::set<std::string> kinds_lost(answer const& got) const {
    std::set<std::string> made;
    std::string const letters = of_healthy(got);
    for (std::size_t at = 0; at < letters.size(); ++at)
      if (letters[at] != '+') made.insert(healthy[at].substr(0, healthy[at].find(':')));
    return made;
  }

  static constexpr std::size_t dead_asked = 2;
  row const& of;
  setting with;
  std::string version;
  words healthy, dead, asked;
  answer stored, many, read, removed, read_after_removals, filled;
  std::string measured;

 private:
  void measure(std::string_view after) {
    if (std::getenv("TANDEM_MEASURE") == nullptr) return;
    auto const start = std::chrono::steady_clock::now();
    bool const again = wait_until(
        [&] { return client_.ask("get", healthy).letters.find_first_not_of('+') == std::string::npos; },
        patience);
    std::chrono::duration<double> const passed = std::chrono::steady_clock::now() - start;
    measured +=
        fmt::format("  after {}: {}\n", after, again ? fmt::format("{:.1f} s", passed.count()) : "never");
  }

  words keys_;
  asking_client client_;
};

struct surroundings {
  std::vector<memcached_server> servers{3};
  redis_server redis;
  tandem_daemon error{configuration("error")};
  tandem_daemon miss{configuration("miss")};

  std::string configuration(std::string_view on_failure) const {
    return fmt::format(R"(
backends:
  pool:
    memcached: {{servers: ["{}", "{}", "{}"]}}
    timeout: 10s
    on_failure: {}
  redis:
    redis: {{server: "{}"}}
    timeout: 10s
  memory:
    memory: {{size: 64MiB}}
routes:
  - {{prefix: "pool:", to: pool}}
  - {{prefix: "redis:", to: redis}}
  - {{to: memory}}
)",
                       servers[0].address(), servers[1].address(), servers[2].address(), on_failure,
                       redis.address());
  }
};

/// `step` for each session, all at the same time: they spend most of it waiting.
void all_at_once(std::deque<session>& sessions, std::function<void(session&)> const& step) {
  std::vector<std::jthread> threads;
  for (session& each : sessions) threads.emplace_back([&each, &step] { step(each); });
}

// --- Judgement -----------------------------------------------------------------------------------------

bool all_right(std::string const& letters) { return letters.find_first_not_of('+') == std::string::npos; }

/// Whether a step whose `failures` the client was told came out as expected.
bool as_expected(session const& one, answer const& got, outcome const& expected, std::size_t failures) {
  bool const delayed = got.time >= expected.delay_min * failures;
  switch (expected.of_healthy_keys) {
    case fate::answered: return all_right(one.of_healthy(got));
    case fate::late: return all_right(one.of_healthy(got)) && delayed;
    case fate::lost: return one.kinds_lost(got).size() == kinds.size();
  }
  return false;
}

void judge(session const& one) {
  INFO(one.name() << '\n' << one.output());
  CHECK(one.version != asking_client::no_answer);
  CHECK(all_right(one.stored.letters));
  REQUIRE(one.dead.size() == session::dead_asked);
  for (answer const* each : {&one.many, &one.read, &one.filled}) {
    CHECK(each->letters.size() == one.asked.size());
    CHECK(each->letters.find('x') == std::string::npos);
  }
  CHECK(all_right(one.of_healthy(one.many)));
  bool const miss = one.with == setting::miss;
  CHECK(as_expected(one, one.read, miss ? answered : one.of.error, one.dead.size()));
  if (miss) CHECK(one.read_after_removals.letters == std::string(one.healthy.size(), '+'));
  CHECK(as_expected(one, one.filled, miss ? one.of.miss : one.of.error, one.dead.size()));
}

void write(std::deque<session>& sessions) {
  std::ofstream file(TANDEM_CLIENT_FAILURES);
  for (session& each : sessions) {
    if (each.with == setting::miss) continue;
    row const& of = each.of;
    std::string const absent = each.absent() ? "not installed" : "";
    file << fmt::format("{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\n", of.client.name, of.client.language, of.protocol,
                        fmt::join(of.settings, ", "), each.version, absent.empty() ? of.error.text() : absent,
                        absent.empty() ? of.miss.text() : absent, of.advice);
  }
}

}  // namespace

TEST_CASE("what clients make of a dead server for the keys that it never had") {
  surroundings with;
  std::deque<session> sessions;
  for (row const& each : rows) {
    if (!chosen(each)) continue;
    sessions.emplace_back(each, setting::error, with.error.port(), sessions.size());
    sessions.emplace_back(each, setting::miss, with.miss.port(), sessions.size());
  }
  REQUIRE_FALSE(sessions.empty());
  all_at_once(sessions, [](session& each) { each.store(); });
  for (session& each : sessions) each.lose(with.servers[0]);
  with.servers[0].kill();
  all_at_once(sessions, [](session& each) {
    if (!each.absent()) each.go_on();
  });
  for (session& each : sessions) {
    if (each.absent()) {
      WARN("not checked: " << each.name() << ": " << each.output());
      continue;
    }
    judge(each);
    if (!each.measured.empty()) WARN("healthy keys are answered\n" << each.name() << '\n' << each.measured);
  }
  if (std::getenv("TANDEM_CLIENT") == nullptr) write(sessions);
}
