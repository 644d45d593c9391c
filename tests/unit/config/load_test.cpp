#include "config/load.hpp"

#include "support/sanitized.hpp"
#include "unit/config/loading.hpp"

#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace tandem::config {

using namespace std::chrono_literals;

namespace {

std::vector<std::string> const both_missing{
    "t.yaml:1:1: \"backends\" is missing; define one, such as backends: {scratch: {memory: {size: 64MiB}}}",
    "t.yaml:1:1: \"routes\" is missing; say where keys go; routes: [{to: NAME}] sends all to one backend"};

}  // namespace

TEST_CASE("a file of backends and routes alone takes the defaults of everything else") {
  configuration const read = good("backends: {m: {memory: {}}}\nroutes: [{to: m}]\n");
  configuration const standard = default_configuration();
  REQUIRE(read.listen.size() == 1);
  CHECK(read.listen[0].endpoint.str() == "127.0.0.1:11211");
  CHECK_FALSE(read.admin.enabled);
  CHECK(read.workers == 0);
  CHECK(read.drain == 10s);
  CHECK(read.limits.connections == standard.limits.connections);
  CHECK(read.warnings.empty());
}

TEST_CASE("without a file every key is served from memory on the local port") {
  configuration const standard = default_configuration();
  REQUIRE(standard.listen.size() == 1);
  CHECK(standard.listen[0].endpoint == net::endpoint{"127.0.0.1", 11211, ""});
  CHECK_FALSE(standard.admin.enabled);
  REQUIRE(standard.backends.size() == 1);
  CHECK(standard.backends[0].name == "memory");
  CHECK(std::holds_alternative<backend::memory::memory_options>(standard.backends[0].kind));
  REQUIRE(standard.routes.size() == 1);
  CHECK(standard.routes[0].kind == routing::match_kind::everything);
  CHECK(standard.routes[0].to == "memory");
}

TEST_CASE("top-level options are read") {
  configuration const read = good("workers: 4\ndrain: 1m" + memory_backend);
  CHECK(read.workers == 4);
  CHECK(read.drain == 1min);
  CHECK(good("workers: auto" + memory_backend).workers == 0);
}

TEST_CASE("an empty file, or one of comments, is told what to add") {
  for (std::string_view text : {"", "\n\n", "# nothing\n", "---\n", "{}"}) {
    CAPTURE(text);
    CHECK(errors_of(text) == both_missing);
  }
}

TEST_CASE("a broken document is reported at its position") {
  std::string const advice = "; check the indentation, and quote values that hold [ ] { } or \": \"";
  check_each({
      {"routes: [{to: m}\nlisten: []\n", {"t.yaml:2:1: not valid YAML: a [ has no ]" + advice}},
      {"listen: {a: 1\nroutes: []\n", {"t.yaml:2:7: not valid YAML: a { has no }" + advice}},
      {"workers: 1\n  drain: 1s\n", {"t.yaml:2:8: not valid YAML: a \": \" cannot stand here" + advice}},
      {"drain: @x\n", {"t.yaml:1:8: not valid YAML: a value cannot begin with this character" + advice}},
      {"backends: *pages\n", {"t.yaml:1:11: not valid YAML: a * repeats what no & has named" + advice}},
      {"drain: \"\\q\"\n", {"t.yaml:1:11: not valid YAML: no such escape after a backslash" + advice}},
      {"drain: 1\n- a\n",
       {"t.yaml:2:1: not valid YAML: this line fits neither the mapping above nor what is around it" +
        advice}},
      {"just words", {"t.yaml:1:1: is a single value; write NAME: VALUE lines"}},
      {"- a\n", {"t.yaml:1:1: is a sequence; write NAME: VALUE lines"}},
      {"backends: {m: {memory: {}}}\nroutes: [{to: m}]\n---\nworkers: 2\n",
       {"t.yaml:3:1: the document has ended before this; write a single one"}},
  });
}

TEST_CASE("input on which the YAML library makes no progress is reported, and does not hang") {
  std::vector<std::string> const errors = errors_of(",");
  REQUIRE_FALSE(errors.empty());
  CHECK(errors.front() == "t.yaml:1:1: the document has ended before this; write a single one");
}

TEST_CASE("deeply nested input is an error like any other") {
  CHECK(errors_of(std::string(100'000, '[')).size() == 1);
  CHECK(errors_of("a: " + std::string(100'000, '{')).size() == 1);
}

TEST_CASE("the time for a file grows as its size does, not as its square") {
  using maker = std::string (*)(std::string const& number);
  struct row {
    std::string name;
    std::string before;
    maker line;
    std::string after;
  };
  std::string const rules = "backends: {m: {memory: {}}}\nroutes:\n";
  row const rows[] = {
      {"keys", "", [](std::string const& number) { return "k" + number + ": 1\n"; }, memory_backend},
      {"one key", "", [](std::string const&) -> std::string { return "drain: 1s\n"; }, memory_backend},
      {"rules", rules, [](std::string const& number) { return "  - {prefix: p" + number + ":, to: m}\n"; },
       ""},
      {"wrong rules", rules,
       [](std::string const& number) { return "  - {prefix: p, to: m" + number + "}\n"; }, ""},
      {"backends", "routes: [{to: m}]\nbackends:\n",
       [](std::string const& number) { return "  b" + number + ": {memory: {}}\n"; }, "  m: {memory: {}}\n"},
      {"tiers", "routes: [{to: m}]\nbackends:\n",
       [](std::string const& number) {
         return "  b" + number + ": {tiered: {l1: m, l2: x" + number + "}}\n";
       },
       "  m: {memory: {}}\n"},
      {"listeners", memory_backend + "listen:\n",
       [](std::string const& number) { return "  - {address: 'a" + number + ":1'}\n"; }, ""},
      {"servers", "routes: [{to: m}]\nbackends: {m: {memcached: {distribution: modula, servers: [",
       [](std::string const& number) { return "a" + number + ":1,"; }, "]}}}\n"},
      {"nodes", "routes: [{to: m}]\nbackends: {m: {redis: {cluster: [",
       [](std::string const& number) { return "a" + number + ":1,"; }, "]}}}\n"},
  };
  for (row const& each : rows) {
    CAPTURE(each.name);
    auto const seconds = [&](int lines) {
      std::string text = each.before;
      for (int line = 0; line < lines; ++line) text += each.line(std::to_string(line));
      std::clock_t const started = std::clock();  // of this process, however busy the machine is
      load(text + each.after);
      return static_cast<double>(std::clock() - started) / CLOCKS_PER_SEC;
    };
    // Eight times as much; its square is 64. Another try, since caches are shared with whatever else runs.
    constexpr int few_lines = test::sanitized ? 600 : 2'500;
    bool grows_as_its_size = false;
    for (int tried = 0; tried < 4 && !grows_as_its_size; ++tried) {
      double const few = std::max(seconds(few_lines), 0.01);
      grows_as_its_size = seconds(8 * few_lines) < 28 * few;
    }
    CHECK(grows_as_its_size);
  }
}

TEST_CASE("a file that is too large is refused by its name and size") {
  std::string const path =
      (std::filesystem::temp_directory_path() / ("tandem-large-" + std::to_string(::getpid()) + ".yaml"))
          .string();
  std::ofstream(path) << std::string(3'000'000, '#');
  load_result const read = load_file(path);
  std::filesystem::remove(path);
  REQUIRE_FALSE(read.has_value());
  CHECK(as_text(read.error()) ==
        std::vector<std::string>{path + ": is too large: it has 3000000 bytes, 1048576 at most"});
}

TEST_CASE("top-level mistakes are reported") {
  check_each({
      {"lisen: []" + memory_backend, {"t.yaml:1:1: unknown key \"lisen\", did you mean \"listen\"?"}},
      {"zzz: 1" + memory_backend,
       {"t.yaml:1:1: unknown key \"zzz\"; write one of listen, admin, workers, limits, drain, zone, zones, "
        "backends, invalidation, routes"}},
      {"[a]: 1" + memory_backend, {"t.yaml:1:1: a key is not a plain name; write NAME: VALUE"}},
      {"drain: 1s\ndrain: 2s" + memory_backend,
       {"t.yaml:2:1: \"drain\" is given twice, first in line 1; keep one"}},
      {"drain: 5" + memory_backend, {"t.yaml:1:8: drain: \"5\" has no unit; write 5ms, 5s, 5m, 5h or 5d"}},
      {"drain: 2h" + memory_backend, {"t.yaml:1:8: drain: 2h is out of range; write 0s to 1h"}},
      {"drain: 1us" + memory_backend, {"t.yaml:1:8: drain: 1us is too fine; write a multiple of 1ms"}},
      {"drain:" + memory_backend, {"t.yaml:1:1: drain: has no value; write a time such as 200ms"}},
      {"drain: {a: 1}" + memory_backend, {"t.yaml:1:8: drain: is a mapping; write a time such as 200ms"}},
      {"workers: 0" + memory_backend,
       {"t.yaml:1:10: workers: \"0\" is not a number of workers; write auto, or 1 to 1024"}},
      {"workers: many" + memory_backend,
       {"t.yaml:1:10: workers: \"many\" is not a number of workers; write auto, or 1 to 1024"}},
      {"reload: true" + memory_backend,
       {"t.yaml:1:1: \"reload\" is not supported by this version; remove it, and restart tandem to apply a "
        "new "
        "file"}},
  });
}

TEST_CASE("a misspelt section is not reported missing as well") {
  check_each({{"backends: {m: {memory: {}}}\nroute: [{to: m}]\n",
               {"t.yaml:2:1: unknown key \"route\", did you mean \"routes\"?"}}});
}

TEST_CASE("every error of a file is reported at once, in the file's order") {
  check_each(
      {{R"(drain: never
workers: 0
routes:
  - {prefix: "a:", to: page}
limits: {value: 1MB, keys: 1}
backends:
  pages:
    memcached:
      servers: [10.0.0.1]
      hash: md6
)",
        {
            "t.yaml:1:8: drain: \"never\" is not a time; write a whole number with us, ms, s, m, h or d",
            "t.yaml:2:10: workers: \"0\" is not a number of workers; write auto, or 1 to 1024",
            "t.yaml:4:24: routes[0].to: no backend is named \"page\", did you mean \"pages\"?",
            "t.yaml:5:17: limits.value: \"1MB\" is not a size; write bytes, or a whole number with KiB, MiB "
            "or GiB",
            "t.yaml:5:22: limits: unknown key \"keys\", did you mean \"key\"?",
            "t.yaml:9:17: backends.pages.memcached.servers[0]: \"10.0.0.1\" has no port; write "
            "10.0.0.1:11211, say",
            "t.yaml:10:13: backends.pages.memcached.hash: unknown value \"md6\", did you mean \"md5\"?",
        }}});
}

TEST_CASE("variables are replaced in values, before they are read") {
  std::string const yaml = "drain: ${DRAIN:-3s}\nworkers: '${WORKERS}'" + memory_backend;
  CHECK(good(yaml, {{"WORKERS", "2"}}).drain == 3s);
  configuration const read = good(yaml, {{"WORKERS", "2"}, {"DRAIN", "1ms"}});
  CHECK(read.workers == 2);
  CHECK(read.drain == 1ms);
  CHECK(errors_of(yaml) ==
        std::vector<std::string>{"t.yaml:2:10: workers: environment variable WORKERS is not set; "
                                 "set it, or write ${WORKERS:-default}"});
}

TEST_CASE("what a variable holds is one value, whatever YAML it looks like") {
  configuration const read =
      good("backends: {m: {memory: {}}}\nroutes: [{prefix: \"${P}\", to: m}]\n", {{"P", "a: {b}\n- c"}});
  CHECK(read.routes.at(0).pattern == "a: {b}\n- c");
}

TEST_CASE("a backend that no rule names is a warning") {
  configuration const read = good("backends:\n  m: {memory: {}}\n  spare: {memory: {}}\nroutes: [{to: m}]\n");
  CHECK(as_text(read.warnings) ==
        std::vector<std::string>{
            "t.yaml:3:3: backends.spare: no rule sends keys here; add one, or remove the backend"});
}

TEST_CASE("the admin address may not be a client address") {
  check_each({{"listen: [{address: 127.0.0.1:9150}]\nadmin: {address: 127.0.0.1:9150}" + memory_backend,
               {"t.yaml:2:8: admin: clients are served on 127.0.0.1:9150 already; choose another port"}}});
}

TEST_CASE("a file that cannot be read is reported by name") {
  load_result const result = load_file("/nonexistent/tandem.yaml");
  REQUIRE_FALSE(result.has_value());
  CHECK(as_text(result.error()) ==
        std::vector<std::string>{"/nonexistent/tandem.yaml: cannot be read: No such file or directory"});
  CHECK_FALSE(load_file("/").has_value());
}

TEST_CASE("asking for the value of a faulty configuration throws every error") {
  try {
    load("workers: 0" + memory_backend + "drain: 1").value();
    FAIL("no exception");
  } catch (std::runtime_error const& thrown) {
    CHECK(std::string(thrown.what()) ==
          "t.yaml:1:10: workers: \"0\" is not a number of workers; write auto, or 1 to 1024\n"
          "t.yaml:4:8: drain: \"1\" has no unit; write 1ms, 1s, 1m, 1h or 1d");
  }
}

}  // namespace tandem::config
