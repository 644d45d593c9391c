#include "unit/config/loading.hpp"

#include <chrono>
#include <tuple>

namespace tandem::config {

TEST_CASE("listeners are TCP addresses and Unix sockets with a mode") {
  configuration const read = good(R"(listen:
  - address: 0.0.0.0:11211
  - address: "[::1]:11211"
  - address: unix:/run/t.sock
    mode: "0660"
  - {address: unix:u.sock})" + memory_backend);
  REQUIRE(read.listen.size() == 4);
  CHECK(read.listen[0].endpoint == net::endpoint{"0.0.0.0", 11211, ""});
  CHECK(read.listen[1].endpoint == net::endpoint{"::1", 11211, ""});
  CHECK(read.listen[2].endpoint == net::endpoint{"", 0, "/run/t.sock"});
  CHECK(read.listen[2].mode == 0660);
  CHECK(read.listen[3].mode == 0);
}

TEST_CASE("who is told servers' addresses depends on where the listener is, unless the file says so") {
  struct example {
    std::string listener;
    net::server_details expected;
  };
  using enum net::server_details;
  auto const row = GENERATE(values<example>({
      {"address: \"127.0.0.1:1\"", full},
      {"address: \"127.1.2.3:1\"", full},
      {"address: \"[::1]:1\"", full},
      {"address: localhost:1", full},
      {"address: unix:/tmp/a", full},
      {"address: \"0.0.0.0:1\"", names},
      {"address: \"[::]:1\"", names},
      {"address: \"10.0.0.1:1\"", names},
      {"address: cache.example.org:1", names},
      {"address: \"0.0.0.0:1\", details: full", full},
      {"address: \"127.0.0.1:1\", details: names", names},
  }));
  CAPTURE(row.listener);
  CHECK(good("listen: [{" + row.listener + "}]\n" + memory_backend).listen.front().details == row.expected);
}

TEST_CASE("a listener announces one server or several") {
  configuration const read = good(R"(listen:
  - {address: "0.0.0.0:1", announce: "cache.example.org:11211"}
  - {address: "0.0.0.0:2", announce: ["a:1", "10.0.0.2:2", "[::1]:3"]}
  - {address: "0.0.0.0:3"})" + memory_backend);
  CHECK(read.listen[0].announce == std::vector<net::endpoint>{{"cache.example.org", 11211, ""}});
  CHECK(read.listen[1].announce ==
        std::vector<net::endpoint>{{"a", 1, ""}, {"10.0.0.2", 2, ""}, {"::1", 3, ""}});
  CHECK(read.listen[2].announce.empty());
}

TEST_CASE("mistakes in what is announced are reported") {
  std::string const listener = "listen: [{address: a:1, announce: ";
  auto const at = [](std::string const& what) { return "t.yaml:1:35: listen[0].announce" + what; };
  check_each({
      {listener + "b}]" + memory_backend, {at(": \"b\" has no port; write b:11211, say")}},
      {listener + "unix:/b}]" + memory_backend,
       {at(": clients elsewhere do not reach a Unix socket; write HOST:PORT")}},
      {listener + "0.0.0.0:1}]" + memory_backend,
       {at(": 0.0.0.0 is where a server listens; write the name or address by which clients reach it")}},
      {listener + "\"[::]:1\"}]" + memory_backend,
       {at(": :: is where a server listens; write the name or address by which clients reach it")}},
      {listener + "[]}]" + memory_backend, {at(": is empty; write HOST:PORT, or a sequence of them")}},
      {listener + "{b: 1}}]" + memory_backend,
       {at(": is a mapping; write HOST:PORT, or a sequence of them")}},
      {listener + "[b:1, b:1]}]" + memory_backend,
       {"t.yaml:1:41: listen[0].announce[1]: b:1 is announced already; remove one"}},
  });
}

TEST_CASE("a Unix socket's owner and group are names or numbers") {
  configuration const read = good(R"(listen:
  - {address: unix:a, owner: root, group: root}
  - {address: unix:b, owner: "1234", group: 5678}
  - {address: unix:c})" + memory_backend);
  REQUIRE(read.listen.size() == 3);
  CHECK(read.listen[0].owner == 0);
  CHECK(read.listen[0].group == 0);
  CHECK(read.listen[1].owner == 1234);
  CHECK(read.listen[1].group == 5678);
  CHECK_FALSE(read.listen[2].owner);
  CHECK_FALSE(read.listen[2].group);
}

TEST_CASE("clients are probed by default, as told, or not at all") {
  using namespace std::chrono_literals;
  configuration const read = good(R"(listen:
  - {address: a:1}
  - {address: a:2, keepalive: {idle: 5m, interval: 3s, probes: 9}}
  - {address: a:3, keepalive: {probes: 127, idle: 32767s}}
  - {address: a:4, keepalive: off})" +
                                  memory_backend);
  REQUIRE(read.listen.size() == 4);
  auto const times = [&](std::size_t entry) {
    net::keepalive_options const all = read.listen[entry].keepalive.value();
    return std::tuple(all.idle, all.interval, all.probes);
  };
  CHECK(times(0) == std::tuple(60s, 10s, 3U));
  CHECK(times(1) == std::tuple(300s, 3s, 9U));
  CHECK(times(2) == std::tuple(32767s, 10s, 127U));
  CHECK_FALSE(read.listen[3].keepalive);
}

TEST_CASE("mistakes in keepalive, owner and group are reported") {
  std::string const front = "listen: [{address: a:1, keepalive: ";
  std::string const back = "}]" + memory_backend;
  std::string const place = "t.yaml:1:36: listen[0].keepalive: ";
  check_each({
      {front + "on" + back, {place + "write {idle: 60s, interval: 10s, probes: 3}, or off"}},
      {front + "60s" + back, {place + "write {idle: 60s, interval: 10s, probes: 3}, or off"}},
      {front + "{idle: 0s}" + back,
       {"t.yaml:1:43: listen[0].keepalive.idle: 0s is out of range; write 1s to 32767s"}},
      {front + "{idle: 1d}" + back,
       {"t.yaml:1:43: listen[0].keepalive.idle: 1d is out of range; write 1s to 32767s"}},
      {front + "{interval: 500ms}" + back,
       {"t.yaml:1:47: listen[0].keepalive.interval: 500ms is out of range; write 1s to 32767s"}},
      {front + "{interval: 1500ms}" + back,
       {"t.yaml:1:47: listen[0].keepalive.interval: 1500ms is too fine; write a multiple of 1s"}},
      {front + "{probes: 0}" + back,
       {"t.yaml:1:45: listen[0].keepalive.probes: 0 is out of range; write 1 to 127"}},
      {front + "{probes: 128}" + back,
       {"t.yaml:1:45: listen[0].keepalive.probes: 128 is out of range; write 1 to 127"}},
      {front + "{probe: 1}" + back,
       {"t.yaml:1:37: listen[0].keepalive: unknown key \"probe\", did you mean \"probes\"?"}},
      {"listen: [{address: unix:/a, keepalive: off}]" + memory_backend,
       {"t.yaml:1:40: listen[0].keepalive: clients of a Unix socket do not vanish unseen; remove it"}},
      {"listen: [{address: a:1, owner: root, group: root}]" + memory_backend,
       {"t.yaml:1:32: listen[0].owner: a TCP listener has no owner; remove it, or listen on unix:PATH",
        "t.yaml:1:45: listen[0].group: a TCP listener has no group; remove it, or listen on unix:PATH"}},
      {"listen: [{address: unix:/a, owner: no-such-user, group: 4294967295}]" + memory_backend,
       {"t.yaml:1:36: listen[0].owner: this system has no user \"no-such-user\"; write the name of one, or "
        "its "
        "number",
        "t.yaml:1:57: listen[0].group: this system has no group \"4294967295\"; write the name of one, or "
        "its "
        "number"}},
  });
}

TEST_CASE("mistakes in listeners are reported") {
  std::string const listener = "{address: HOST:PORT} or {address: unix:PATH}";
  check_each({
      {"listen: []" + memory_backend, {"t.yaml:1:9: listen: is empty; write a sequence of " + listener}},
      {"listen: 127.0.0.1:1" + memory_backend,
       {"t.yaml:1:9: listen: is a single value; write a sequence of " + listener}},
      {"listen: {address: a:1}" + memory_backend,
       {"t.yaml:1:9: listen: is a mapping; write a sequence of " + listener}},
      {"listen:\n  - 127.0.0.1:1\n  -" + memory_backend,
       {"t.yaml:2:3: listen[1]: not a mapping; write " + listener,
        "t.yaml:2:5: listen[0]: not a mapping; write " + listener}},
      {"listen: [{mode: '0600'}]" + memory_backend,
       {"t.yaml:1:10: listen[0]: \"address\" is missing; write HOST:PORT or unix:PATH"}},
      {"listen: [{adress: a:1}]" + memory_backend,
       {"t.yaml:1:11: listen[0]: unknown key \"adress\", did you mean \"address\"?"}},
      {"listen: [{address: 127.0.0.1}]" + memory_backend,
       {"t.yaml:1:20: listen[0].address: \"127.0.0.1\" has no port; write 127.0.0.1:11211, say"}},
      {"listen: [{address: [::1]}]" + memory_backend,
       {"t.yaml:1:20: listen[0].address: is a sequence; write HOST:PORT or unix:PATH, in quotes if it begins "
        "with a "
        "bracket"}},
      {"listen: [{address: a:1, mode: '0660'}]" + memory_backend,
       {"t.yaml:1:31: listen[0].mode: a TCP listener has no permissions; remove it, or listen on unix:PATH"}},
      {"listen: [{address: unix:/a, mode: rw}]" + memory_backend,
       {"t.yaml:1:35: listen[0].mode: \"rw\" is not a permission mode; write octal digits in quotes, such as "
        "\"0660\""}},
      {"listen:\n  - address: a:1\n  - address: b:1\n  - address: a:1" + memory_backend,
       {"t.yaml:4:5: listen[2]: a:1 is listened on already; remove one"}},
      {"listen:\n  - address: a:1\n    tls: {certificate: c, key: k}\n    auth: {users_file: u}" +
           memory_backend,
       {"t.yaml:3:5: listen[0]: \"tls\" is not supported by this version; remove it, and terminate TLS in "
        "front of "
        "tandem",
        "t.yaml:4:5: listen[0]: \"auth\" is not supported by this version; remove it, and keep clients out "
        "with a "
        "Unix socket's mode or a private address"}},
  });
}

}  // namespace tandem::config
