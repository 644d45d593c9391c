// The program: its command line, its listeners, starting and stopping, what operators see.
#include "support/built_daemon.hpp"
#include "support/catch.hpp"
#include "support/fake_server.hpp"
#include "support/free_port.hpp"
#include "support/memcached_server.hpp"
#include "support/tandem_daemon.hpp"
#include "support/wait_until.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <regex>
#include <stdexcept>
#include <string>
#include <vector>

using namespace tandem::test;

namespace {

std::string pool_of(std::string const& server, std::string const& more = "timeout: 5s") {
  return fmt::format(
      "backends:\n  pool:\n    memcached: {{servers: [\"{}\"]}}\n    {}\nroutes:\n  - {{to: pool}}\n", server,
      more);
}

std::size_t count_of(std::string const& text, std::string const& what) {
  std::size_t count = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++count;
  return count;
}

/// Waits until the daemon, too, has seen that earlier connections are closed.
void nobody_connected(tandem_daemon const& tandem) {
  CHECK(wait_until([&] { return tandem.metric("tandem_client_connections") == 0; }));
}

}  // namespace

TEST_CASE("--version names the program and its version") {
  finished const ended = run_tandem({"--version"});
  CHECK(ended.status == 0);
  CHECK(ended.output.starts_with("tandem "));
}

TEST_CASE("unknown arguments are refused") {
  finished const ended = run_tandem({"--nonsense"});
  CHECK(ended.status != 0);
  CHECK(ended.output.find("--nonsense") != std::string::npos);
}

TEST_CASE("--check accepts every file in config/") {
  int checked = 0;
  for (auto const& file : std::filesystem::directory_iterator(TANDEM_SOURCE_DIR "/config")) {
    if (file.path().extension() != ".yaml") continue;
    ++checked;
    finished const ended = run_tandem({"--config", file.path().string(), "--check"});
    INFO(file.path() << "\n" << ended.output);
    CHECK(ended.status == 0);
  }
  CHECK(checked > 0);
}

TEST_CASE("--check reports every error with its line and column") {
  temporary_directory const directory;
  std::string const file = directory
                               .write("bad.yaml",
                                      "listen:\n"
                                      "  - addres: 127.0.0.1:1\n"
                                      "workers: many\n"
                                      "backends:\n"
                                      "  pool:\n"
                                      "    memory: {size: 5 parsecs}\n"
                                      "routes:\n"
                                      "  - {to: nowhere}\n")
                               .string();
  finished const ended = run_tandem({"--config", file, "--check"});
  INFO(ended.output);
  CHECK(ended.status == 1);
  for (std::string const line : {"2", "3", "6", "8"}) {
    CHECK(ended.output.find(file + ":" + line + ":") != std::string::npos);
  }
  finished const started = run_tandem({"--config", file});
  CHECK(started.status == 1);
  CHECK(started.output == ended.output);
}

TEST_CASE("an address in use is an error that names who has it") {
  memcached_server const tcp;
  memcached_server const on_file(on_unix_socket{}, {});
  struct taken {
    std::string address;
    memcached_server const& by;
  };
  std::string const port = tcp.address().substr(tcp.address().find(':'));
  for (taken const& each : {taken{tcp.address(), tcp}, taken{"0.0.0.0" + port, tcp},
                            taken{"[::]" + port, tcp}, taken{on_file.address(), on_file}}) {
    finished const ended = run_tandem({"--listen", each.address});
    INFO(ended.output);
    CHECK(ended.status == 1);
    CHECK(ended.output.find(fmt::format("cannot bind {}: Address already in use, by memcached (process {})",
                                        each.address, each.by.pid())) != std::string::npos);
  }
}

TEST_CASE("--listen says where the default configuration is served") {
  std::string const address = "127.0.0.1:" + std::to_string(free_port());
  process tandem({tandem_binary(), "--listen", address});
  CHECK(wait_until([&] { return tandem.output().find("listens on " + address + " ") != std::string::npos; }));
  CHECK(tandem.stop() == 0);
}

TEST_CASE("--listen refuses what is no address, and does not go with a file") {
  finished const port = run_tandem({"--listen", "127.0.0.1:99999"});
  CHECK(port.status == 1);
  CHECK(port.output == "--listen: \"99999\" is not a port; ports are 1 to 65535\n");
  finished const both = run_tandem({"--listen", "127.0.0.1:11299", "--config", "/no/such/file.yaml"});
  CHECK(both.status == 2);
  CHECK(both.output == "--listen: /no/such/file.yaml has its own `listen`; remove --listen or --config\n");
}

TEST_CASE("a configuration file that is not there is an error that names it") {
  finished const ended = run_tandem({"--config", "/no/such/file.yaml"});
  CHECK(ended.status == 1);
  CHECK(ended.output.find("/no/such/file.yaml") != std::string::npos);
}

TEST_CASE(
    "explain shows the rule, the backend and the server of each key, where the daemon really puts them") {
  memcached_server const one;
  memcached_server const two;
  tandem_daemon const tandem(fmt::format(R"(
backends:
  pool:
    memcached: {{servers: ["{}", "{}"]}}
  scratch:
    memory: {{size: 1MiB}}
routes:
  - {{prefix: "scratch:", to: scratch}}
  - {{to: pool}}
)",
                                         one.address(), two.address()));
  finished const ended = run_tandem({"explain", "--config", tandem.configuration_file().string(), "scratch:k",
                                     "page:1", "page:2", "page:3"});
  INFO(ended.output);
  CHECK(ended.status == 0);
  CHECK(count_of(ended.output, "\n") == 4);
  CHECK(ended.output.find("scratch:k: ") == 0);
  CHECK(ended.output.find("backend scratch") != std::string::npos);
  CHECK(count_of(ended.output, "backend pool") == 3);
  for (int i = 1; i <= 3; ++i) {
    std::string const key = fmt::format("page:{}", i);
    CHECK(tandem.converse("set " + key + " 0 0 1\r\nv\r\n") == "STORED\r\n");
    bool const on_one = one.connect().converse("get " + key + "\r\n") != "END\r\n";
    std::size_t const at = ended.output.find(key + ": ");
    std::string const line = ended.output.substr(at, ended.output.find('\n', at) - at);
    CHECK(line.find(on_one ? one.address() : two.address()) != std::string::npos);
  }
}

TEST_CASE("explain shows what of a key is hashed where that is not all of it") {
  temporary_directory const directory;
  std::string const file = directory.write("t.yaml", R"(
backends:
  pool:
    memcached: {servers: ["a:1", "b:1"], hash_tag: "{}", hash_without_prefix: [sess.]}
routes: [{to: pool}]
)");
  std::string const said =
      run_tandem({"explain", "--config", file, "k", "sess.k", "c{k}", "sess.c{k}"}).output;
  auto const line = [&said](std::string const& key) {
    std::size_t const at = ("\n" + said).find("\n" + key + ": ");
    return said.substr(at, said.find('\n', at) - at);
  };
  std::string const place = line("k").substr(line("k").find("server "));
  CHECK(line("k") == "k: rule default -> backend pool -> " + place);
  for (std::string const key : {"sess.k", "c{k}", "sess.c{k}"}) {
    CHECK(line(key) == key + ": rule default -> backend pool -> " + place + " (hashed: \"k\")");
  }
}

TEST_CASE("explain fails for a key that no rule takes") {
  temporary_directory const directory;
  std::string const file =
      directory.write("t.yaml", "backends:\n  m:\n    memory: {}\nroutes:\n  - {prefix: \"a\", to: m}\n")
          .string();
  CHECK(run_tandem({"explain", "--config", file, "abc"}).status == 0);
  CHECK(run_tandem({"explain", "--config", file, "xyz"}).status == 1);
}

TEST_CASE("a port in use is an error that names it") {
  tandem_daemon const first("");
  finished const second = run_tandem({"--config", first.configuration_file().string()});
  INFO(second.output);
  CHECK(second.status == 1);
  CHECK(second.output.find(fmt::format("127.0.0.1:{}", first.port())) != std::string::npos);
  CHECK(second.output.find("in use") != std::string::npos);
}

TEST_CASE("SIGTERM closes the listeners, lets requests in flight be answered, and ends with 0") {
  fake_server const server;
  tandem_daemon tandem(pool_of(server.address()));
  text_client idle = tandem.connect();
  text_client client = tandem.connect();
  client.send("get k\r\n");
  std::optional<text_client> asked = server.accept_as_memcached();
  REQUIRE(asked);
  asked->read_until("\r\n");
  tandem.signal(SIGTERM);
  CHECK(wait_until([&] { return !accepts(tandem.port()); }));
  CHECK(idle.closed());
  CHECK(tandem.running());
  asked->send("EN\r\n");
  CHECK(client.read_to_close() == "END\r\n");
  CHECK(tandem.wait() == 0);
}

TEST_CASE("SIGTERM waits no longer than the drain time") {
  fake_server const server;
  tandem_daemon tandem("drain: 300ms\n" + pool_of(server.address(), "timeout: 60s"));
  text_client client = tandem.connect();
  client.send("get k\r\n");
  std::optional<text_client> asked = server.accept_as_memcached();
  REQUIRE(asked);
  tandem.signal(SIGTERM);
  CHECK(tandem.wait(std::chrono::seconds(5)) == 0);
}

TEST_CASE("SIGINT ends it as SIGTERM does") {
  tandem_daemon tandem("");
  tandem.signal(SIGINT);
  CHECK(tandem.wait() == 0);
}

TEST_CASE("a Unix socket has the mode given, serves, goes with the daemon, and replaces one left behind") {
  temporary_directory const directory;
  std::string const path = (directory.path() / "t.sock").string();
  std::vector<std::string> const listeners{"{address: \"unix:" + path + "\", mode: \"0640\"}"};
  {
    tandem_daemon killed("", listeners);
    killed.signal(SIGTERM);
    CHECK(killed.wait() == 0);
    CHECK_FALSE(std::filesystem::exists(path));
  }
  {
    process left_behind(
        {"/usr/bin/python3", "-c", "import socket; socket.socket(socket.AF_UNIX).bind('" + path + "')"});
    CHECK(left_behind.wait() == 0);
    CHECK(std::filesystem::exists(path));
  }
  tandem_daemon const tandem("", listeners);
  // Clients may come by TCP before the socket is ready.
  CHECK(wait_until([&path] {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 && (status.st_mode & 0777) == 0640;
  }));
  CHECK(text_client(path).converse("set k 0 0 1\r\nv\r\n") == "STORED\r\n");
  CHECK(tandem.converse("get k\r\n") == "VALUE k 0 1\r\nv\r\nEND\r\n");
}

TEST_CASE("version reads as a bare memcached of 1.6, in text and binary") {
  tandem_daemon const tandem("");
  std::regex const text("VERSION 1\\.6\\.[0-9]+");
  CHECK(std::regex_match(tandem.connect().ask("version\r\n"), text));
  CHECK(std::regex_match(tandem.connect().ask("version with arguments\r\n"), text));
  std::string packet(24, '\0');
  packet[0] = '\x80';
  packet[1] = '\x0b';
  text_client client = tandem.connect();
  client.send(packet);
  std::string const header = client.read_exactly(packet.size());
  std::string const told = client.read_exactly(static_cast<unsigned char>(header[11]));
  CHECK(std::regex_match(told, std::regex("1\\.6\\.[0-9]+")));
}

TEST_CASE("stats tell memcached's names and each backend's metrics") {
  memcached_server const server;
  tandem_daemon const tandem(pool_of(server.address()));
  CHECK(tandem.converse("set k 0 0 1\r\nv\r\nget k\r\nget none\r\n") ==
        "STORED\r\nVALUE k 0 1\r\nv\r\nEND\r\nEND\r\n");
  nobody_connected(tandem);
  std::string const general = tandem.converse("stats\r\n");
  for (std::string const line :
       {"STAT pid ", "STAT uptime ", "STAT version 1.6.", "STAT curr_connections 1\r\n", "STAT cmd_get 2\r\n",
        "STAT cmd_set 1\r\n", "STAT get_hits 1\r\n", "STAT get_misses 1\r\n"}) {
    INFO(line);
    CHECK(general.find(line) != std::string::npos);
  }
  CHECK(general.ends_with("END\r\n"));
  std::string const backends = tandem.converse("stats backends\r\n");
  INFO(backends);
  CHECK(backends.find("pool") != std::string::npos);
  CHECK(backends.ends_with("END\r\n"));
}

TEST_CASE("/metrics counts what clients and servers did, in a form that promtool accepts") {
  memcached_server const server;
  tandem_daemon const tandem(pool_of(server.address()));
  CHECK(tandem.converse("set k 0 0 1\r\nv\r\nget k none\r\nbad\r\n") ==
        "STORED\r\nVALUE k 0 1\r\nv\r\nEND\r\nERROR\r\n");
  CHECK(tandem.metric("tandem_client_commands_total", {{"command", "get"}}) == 2);
  CHECK(tandem.metric("tandem_client_hits_total", {{"command", "get"}}) == 1);
  CHECK(tandem.metric("tandem_client_misses_total", {{"command", "get"}}) == 1);
  CHECK(tandem.metric("tandem_client_errors_total") == 1);
  CHECK(tandem.metric("tandem_requests_total", {{"backend", "pool"}}) == 3);
  CHECK(tandem.metric("tandem_request_duration_seconds_count", {{"backend", "pool"}}) == 3);
  CHECK(tandem.metric("tandem_server_connects_total", {{"server", server.address()}}) >= 1);
  CHECK(tandem.metric("tandem_build_info") == 1);

  http_response const scrape = http_get(tandem.admin_port(), "/metrics");
  CHECK(scrape.status == 200);
  if (run({"sh", "-c", "command -v promtool"}).status != 0) return;
  temporary_directory const directory;
  std::string const file = directory.write("metrics", scrape.body).string();
  finished const checked = run({"sh", "-c", "promtool check metrics < " + file});
  INFO(checked.output);
  CHECK(checked.status == 0);
}

TEST_CASE("the admin port says whether the process serves or is draining") {
  fake_server const server;
  tandem_daemon tandem(pool_of(server.address()));
  CHECK(http_get(tandem.admin_port(), "/healthz").status == 200);
  CHECK(http_get(tandem.admin_port(), "/nothing").status == 404);
  text_client client = tandem.connect();
  client.send("get k\r\n");
  std::optional<text_client> asked = server.accept_as_memcached();
  REQUIRE(asked);
  asked->read_until("\r\n");
  tandem.signal(SIGTERM);
  CHECK(wait_until([&] { return !accepts(tandem.port()); }));
  CHECK(http_get(tandem.admin_port(), "/healthz").status == 503);
  asked->send("EN\r\n");
  CHECK(tandem.wait() == 0);
}

TEST_CASE("one connection more than the limit is closed, until another goes") {
  tandem_daemon const tandem("limits: {connections: 5}\n");
  nobody_connected(tandem);
  std::vector<text_client> clients;
  for (int i = 0; i < 5; ++i) {
    clients.push_back(tandem.connect());
    CHECK(clients.back().ask("version\r\n").starts_with("VERSION"));
  }
  CHECK(tandem.connect().read_to_close() == "ERROR Too many open connections\r\n");
  clients.pop_back();
  CHECK(wait_until([&] { return tandem.converse("get k\r\n") == "END\r\n"; }));
  CHECK(tandem.metric("tandem_client_connections_rejected_total") >= 1);
}

TEST_CASE("a client that does not read holds little memory and delays nobody") {
  memcached_server const server;
  tandem_daemon const tandem("workers: 1\nlimits: {memory: 64MiB}\n" + pool_of(server.address()));
  std::size_t const size = 1000000;
  CHECK(tandem.converse(fmt::format("set big 0 0 {}\r\n{}\r\n", size, std::string(size, 'b'))) ==
        "STORED\r\n");
  std::size_t const before = tandem.resident_bytes();

  text_client stuck = tandem.connect();
  stuck.receive_buffer(4096);
  std::string asked;
  for (int i = 0; i < 2000; ++i) asked += "get big\r\n";  // two gigabytes of replies
  stuck.send_some(asked, std::chrono::milliseconds(100));
  text_client other = tandem.connect();
  auto longest = std::chrono::steady_clock::duration::zero();
  for (int i = 0; i < 500; ++i) {
    auto const start = std::chrono::steady_clock::now();
    CHECK(other.converse("get small\r\n") == "END\r\n");
    longest = std::max(longest, std::chrono::steady_clock::now() - start);
  }
  CHECK(longest < std::chrono::seconds(2));
  CHECK(tandem.metric("tandem_client_paused_total") > 0);
  CHECK(tandem.metric("tandem_buffer_bytes") < (80U << 20));
  CHECK(tandem.resident_bytes() < before + (96U << 20));
}

TEST_CASE("a client is answered in full however little memory there is for buffers") {
  tandem_daemon const tandem("workers: 1\nlimits: {value: 1KiB, memory: 1MiB}\n");
  std::vector<text_client> holding;  // a chunk of input each, more than the bound together
  for (int i = 0; i < 100; ++i) {
    holding.push_back(tandem.connect());
    holding.back().send("get unfinished");
  }
  CHECK(tandem.converse("get a b\r\nget a b\r\n") == "END\r\nEND\r\n");
  CHECK(tandem.converse("set n 0 0 1 noreply\r\n1\r\nset n 0 0 1 noreply\r\n2\r\nget n\r\n") ==
        "VALUE n 0 1\r\n2\r\nEND\r\n");
}

TEST_CASE("many clients that do not read hold little memory together, and delay nobody") {
  memcached_server const server;
  tandem_daemon const tandem("workers: 1\nlimits: {memory: 64MiB}\n" + pool_of(server.address()));
  std::size_t const size = 1000000;
  CHECK(tandem.converse(fmt::format("set big 0 0 {}\r\n{}\r\nget big\r\n", size, std::string(size, 'b')))
            .size() > size);
  std::string asked;
  for (int i = 0; i < 16; ++i) asked += "get big\r\n";
  std::vector<text_client> stuck;
  for (int i = 0; i < 60; ++i) {
    stuck.push_back(tandem.connect());
    stuck.back().receive_buffer(4096);
    stuck.back().send_some(asked, std::chrono::milliseconds(100));
  }
  CHECK(tandem.converse("get m:nope1 m:nope2\r\n") == "END\r\n");
  CHECK(tandem.converse("set m:n 0 0 1 noreply\r\n1\r\nget m:n\r\n") == "VALUE m:n 0 1\r\n1\r\nEND\r\n");
  // Each connection may have one reply under way, so that all of them get on.
  CHECK(tandem.metric("tandem_buffer_bytes") < (64U << 20) + 2 * 60 * size);
}

TEST_CASE("clients are spread over the workers, whichever socket they come from") {
  temporary_directory const directory;
  std::string const path = directory.path() / "socket";
  tandem_daemon const tandem("workers: 3\n", {"{address: \"unix:" + path + "\"}"});
  nobody_connected(tandem);
  auto const of = [&](int worker) {
    return tandem.metric("tandem_client_connections", {{"worker", std::to_string(worker)}});
  };
  std::vector<text_client> clients;
  for (int i = 0; i < 12; ++i) {
    clients.push_back(i % 4 == 0 ? tandem.connect() : text_client(path));
    CHECK(clients.back().ask("version\r\n").starts_with("VERSION"));
  }
  for (int worker = 0; worker < 3; ++worker) CHECK(of(worker) == 4);
  clients.erase(clients.begin() + 6, clients.end());
  REQUIRE(wait_until([&] { return tandem.metric("tandem_client_connections") == 6; }));
  while (clients.size() < 12) {
    clients.push_back(text_client(path));
    CHECK(clients.back().ask("version\r\n").starts_with("VERSION"));
  }
  for (int worker = 0; worker < 3; ++worker) CHECK(of(worker) == 4);
}

TEST_CASE("idle connections are kept, and cost little") {
  tandem_daemon const tandem("");
  CHECK(tandem.converse("get k\r\n") == "END\r\n");
  nobody_connected(tandem);
  std::size_t const before = tandem.resident_bytes();
  std::vector<text_client> clients;
  for (int i = 0; i < 500; ++i) {
    clients.push_back(tandem.connect());
    CHECK(clients.back().converse("get k\r\n") == "END\r\n");
  }
  CHECK(tandem.resident_bytes() < before + 500 * (16U << 10));
  CHECK(tandem.metric("tandem_client_connections") == 500);
  for (text_client& each : clients) CHECK(each.converse("get k\r\n") == "END\r\n");
}

TEST_CASE("a command that stops in the middle holds what has arrived, and is hung up on after a while") {
  tandem_daemon const tandem("workers: 1\nlimits: {receive_timeout: 300ms, memory: 64MiB}\n");
  std::string const binary_set("\x80\x01\x00\x01\x08\x00\x00\x00\x00\x0f\x00\x00", 12);
  std::vector<text_client> stopping;
  std::size_t sent = 0;
  for (int i = 0; i < 200; ++i) {
    std::string const begun = i % 3 == 0   ? "set k 0 0 1000000\r\nx"
                              : i % 3 == 1 ? "ms k 1000000 c\r\nx"
                                           : binary_set + std::string(12, '\0') + "x";
    stopping.push_back(tandem.connect());
    stopping.back().send(begun);
    sent += begun.size();
  }
  auto const received = static_cast<double>(sent);
  CHECK(wait_until([&] { return tandem.metric("tandem_client_read_bytes_total") >= received; }));
  // Neither the megabyte that was announced nor a whole chunk.
  CHECK(wait_until([&] { return tandem.metric("tandem_buffer_bytes") < 200 * 200; }));
  for (text_client& each : stopping) CHECK(each.read_to_close().empty());
  CHECK(tandem.metric("tandem_client_stalled_total") == 200);
}

TEST_CASE("a client that gets on slowly, or is idle between commands, is not hung up on") {
  tandem_daemon const tandem("workers: 1\nlimits: {receive_timeout: 300ms}\n");
  text_client idle = tandem.connect();
  CHECK(idle.converse("get k\r\n") == "END\r\n");
  text_client slow = tandem.connect();
  slow.send("set k 0 0 100000\r\n");
  for (int piece = 0; piece < 5; ++piece) {
    CHECK(slow.silent(std::chrono::milliseconds(150)));
    slow.send(std::string(20000, 'v'));
  }
  CHECK(slow.ask("\r\n") == "STORED");
  CHECK(idle.converse("get k\r\n").starts_with("VALUE k 0 100000\r\nvvv"));
  CHECK(tandem.metric("tandem_client_stalled_total") == 0);
}

TEST_CASE("a client that sends a byte now and then is hung up on") {
  tandem_daemon const tandem("workers: 1\nlimits: {receive_timeout: 300ms}\n");
  text_client dribbling = tandem.connect();
  dribbling.send("set k 0 0 100000\r\n");
  bool const open = wait_until(
      [&] {
        if (tandem.metric("tandem_client_stalled_total") == 1) return true;
        dribbling.send("v");
        return false;
      },
      std::chrono::seconds(5));
  CHECK(open);
}

TEST_CASE("a client that is gone when its time is over takes nobody with it") {
  fake_server const mute;
  tandem_daemon const tandem(fmt::format(R"(
workers: 1
limits: {{receive_timeout: 200ms}}
backends:
  mute:
    memcached: {{servers: ["{}"]}}
    timeout: 200ms
routes:
  - {{to: mute}}
)",
                                         mute.address()));
  // The request's time and the client's own are over in the same turn of the timers.
  std::string const said = "get k\r\nset x 0 0 10\r\nab";
  for (int i = 1; i <= 10; ++i) {
    text_client gone = tandem.connect();
    gone.send(said);
    double const received = i * static_cast<double>(said.size());
    CHECK(wait_until([&] { return tandem.metric("tandem_client_read_bytes_total") >= received; }));
    gone.reset();
    REQUIRE(wait_until([&] { return tandem.metric("tandem_client_connections") == 0; }));
  }
  CHECK(tandem.connect().ask("version\r\n").starts_with("VERSION"));
}

TEST_CASE("a client that is hung up on and takes no replies is let go of") {
  tandem_daemon const tandem("workers: 1\nlimits: {receive_timeout: 300ms, output: 64MiB}\n");
  CHECK(tandem.converse("set big 0 0 1000000\r\n" + std::string(1000000, 'b') + "\r\n") == "STORED\r\n");
  text_client stuck = tandem.connect();
  stuck.receive_buffer(4096);
  std::string asked;
  for (int i = 0; i < 8; ++i) asked += "get big\r\n";
  stuck.send(asked + "set k 0 0 10\r\nab");
  CHECK(wait_until([&] { return tandem.metric("tandem_client_connections") == 0; }));
}

TEST_CASE("the first byte of a connection tells the binary protocol from the text ones") {
  tandem_daemon const tandem("");
  text_client binary = tandem.connect();
  std::string packet(24, '\0');
  packet[0] = '\x80';
  packet[1] = '\x0a';  // NoOp
  binary.send(packet);
  CHECK(binary.read_exactly(24).starts_with("\x81\x0a"));
  binary.send("get k\r\nget k\r\nget k\r\nget k\r\n");
  CHECK(binary.read_to_close().empty());
  CHECK(tandem.converse("mg k v\r\nget k\r\nms k 1\r\nx\r\nget k\r\n") ==
        "EN\r\nEND\r\nHD\r\nVALUE k 0 1\r\nx\r\nEND\r\n");
}
