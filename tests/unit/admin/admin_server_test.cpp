#include "admin/admin_server.hpp"

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include "unit/admin/http_client.hpp"
#include "unit/metrics/exposition.hpp"

#include <array>
#include <atomic>
#include <deque>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace tandem::admin {
namespace {

using boost::beast::http::field;
using boost::beast::http::verb;
using test::http_client;

admin_options on_free_port() {
  admin_options options;
  options.enabled = true;
  options.endpoint.host = "127.0.0.1";
  return options;
}

/// A running endpoint whose process drains when the test says so.
struct endpoint_fixture {
  explicit endpoint_fixture(admin_options options = on_free_port(), std::vector<page> more = {})
      : server(std::move(options), registry, {[this] { return draining.load(); }}, std::move(more)) {
    auto const started = server.start();
    if (!started) FAIL(started.error().message);
  }

  http_client connect() const { return http_client(server.endpoint()); }

  std::atomic<bool> draining{false};
  metrics::registry registry;
  admin_server server;
};

std::string header(http_client::response const& of, field name) { return std::string(of[name]); }

TEST_CASE("/metrics is what Prometheus reads") {
  endpoint_fixture admin;
  admin.registry.add_worker().counter(metrics::hits_total, {{"backend", "a"}}).add(7);
  auto client = admin.connect();
  auto const response = client.get("/metrics");
  CHECK(response.result_int() == 200);
  CHECK(header(response, field::content_type) == "text/plain; version=0.0.4; charset=utf-8");
  test::exposition const read(response.body());
  CHECK(read.value("tandem_hits_total", R"(tandem_hits_total{backend="a"})") == "7");
  CHECK(read.value("tandem_admin_connections") == "1");
}

TEST_CASE("/healthz is ok, and says so with 503 once the process drains") {
  endpoint_fixture admin;
  auto client = admin.connect();
  auto const serving = client.get("/healthz");
  CHECK(serving.result_int() == 200);
  CHECK(serving.body() == "ok\n");
  admin.draining = true;
  auto const draining = client.get("/healthz");
  CHECK(draining.result_int() == 503);
  CHECK(draining.body() == "draining\n");
}

TEST_CASE("HEAD gives the header of GET without the body") {
  endpoint_fixture admin;
  auto client = admin.connect();
  client.send("HEAD /healthz HTTP/1.1\r\nHost: test\r\n\r\n");
  auto const response = client.receive(verb::head);
  CHECK(response.result_int() == 200);
  CHECK(header(response, field::content_length) == "3");
  CHECK(client.get("/healthz").body() == "ok\n");
}

TEST_CASE("an unknown page is 404 and names those that exist, and the connection goes on") {
  endpoint_fixture admin;
  auto client = admin.connect();
  auto const response = client.get("/metrix?x=1");
  CHECK(response.result_int() == 404);
  CHECK(response.body() == "no such page; there are /healthz /metrics\n");
  CHECK(client.get("/healthz").result_int() == 200);
}

TEST_CASE("another method is 405 with Allow, its body is taken off, and the connection goes on") {
  endpoint_fixture admin;
  auto client = admin.connect();
  client.send("POST /metrics HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\nGET /");
  auto const response = client.receive();
  CHECK(response.result_int() == 405);
  CHECK(header(response, field::allow) == "GET, HEAD");
  CHECK(client.get("/healthz").result_int() == 200);
}

TEST_CASE("requests sent at once are answered in their order on one connection") {
  endpoint_fixture admin;
  auto client = admin.connect();
  client.send(
      "GET /healthz HTTP/1.1\r\nHost: test\r\n\r\n"
      "GET /nowhere HTTP/1.1\r\nHost: test\r\n\r\n"
      "GET /metrics HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
  CHECK(client.receive().body() == "ok\n");
  CHECK(client.receive().result_int() == 404);
  auto const last = client.receive();
  CHECK(last.result_int() == 200);
  CHECK_FALSE(last.keep_alive());
  CHECK(client.closed_by_server());
}

TEST_CASE("a request is understood however it is cut into packets") {
  endpoint_fixture admin;
  std::string const request = "GET /healthz HTTP/1.1\r\nHost: test\r\n\r\n";
  auto client = admin.connect();
  for (std::size_t cut = 1; cut < request.size(); ++cut) {
    client.send(request.substr(0, cut));
    client.send(request.substr(cut));
    CHECK(client.receive().body() == "ok\n");
  }
  for (char const byte : request) client.send({&byte, 1});
  CHECK(client.receive().body() == "ok\n");
}

TEST_CASE("an HTTP/1.0 client is answered and hung up on") {
  endpoint_fixture admin;
  auto client = admin.connect();
  client.send("GET /healthz HTTP/1.0\r\n\r\n");
  auto const response = client.receive();
  CHECK(response.version() == 10);
  CHECK(response.body() == "ok\n");
  CHECK(client.closed_by_server());
}

TEST_CASE("a request that is too long or no HTTP is refused and ends the connection") {
  endpoint_fixture admin;
  std::size_t const limit = admin_options{}.request_bytes_max;
  std::string const many(4 * limit, 'x');
  auto const [request, status] = GENERATE_COPY(table<std::string, unsigned>({
      {"GET /healthz HTTP/1.1\r\nHost: test\r\nX: " + many + "\r\n\r\n", 431u},
      {"GET /" + many + " HTTP/1.1\r\nHost: test\r\n\r\n", 431u},
      {many, 431u},
      {"POST / HTTP/1.1\r\nContent-Length: " + std::to_string(limit + 1) + "\r\n\r\n" + many, 413u},
      {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n" + many, 413u},
      {"get\r\n\r\n", 400u},
      {"\x16\x03\x01\x02\r\n\r\n", 400u},
  }));
  auto client = admin.connect();
  client.send(request);
  auto const response = client.receive();
  CHECK(response.result_int() == status);
  CHECK_FALSE(response.keep_alive());
  CHECK(client.closed_by_server());
  CHECK(admin.connect().get("/healthz").result_int() == 200);
}

TEST_CASE("a header just within the limit is served") {
  endpoint_fixture admin;
  std::string const start = "GET /healthz HTTP/1.1\r\nHost: test\r\nX: ";
  std::string const padding(admin_options{}.request_bytes_max - start.size() - 4, 'x');
  auto client = admin.connect();
  client.send(start + padding + "\r\n\r\n");
  CHECK(client.receive().result_int() == 200);
}

double ended(endpoint_fixture& admin, std::string const& reason) {
  return static_cast<double>(
      admin.registry.total(metrics::admin_connections_ended_total, {{"reason", reason}}));
}

TEST_CASE("a request that does not come whole in time is refused, and counted") {
  admin_options options = on_free_port();
  options.request_timeout = std::chrono::milliseconds(50);
  endpoint_fixture admin(options);
  auto const begun = GENERATE(as<std::string>{}, "", "GET /healthz HTT", "GET /healthz HTTP/1.1\r\n");
  {
    auto client = admin.connect();
    client.send(begun);
    auto const response = client.receive();
    CHECK(response.result_int() == 408);
    CHECK(response.body() == "the request did not arrive in time\n");
    CHECK(client.closed_by_server());
  }
  for (int tries = 0; tries < 1000 && ended(admin, "slow") == 0; ++tries)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  CHECK(ended(admin, "slow") == 1);
}

TEST_CASE("a request that begins late on a connection that was idle has its whole time") {
  admin_options options = on_free_port();
  options.request_timeout = std::chrono::milliseconds(200);
  endpoint_fixture admin(options);
  auto client = admin.connect();
  CHECK(client.get("/healthz").result_int() == 200);
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  CHECK(client.get("/healthz").result_int() == 200);
  client.send("GET /healthz HTT");
  CHECK(client.receive().result_int() == 408);
}

TEST_CASE("a connection that is idle for too long is closed without a word") {
  admin_options options = on_free_port();
  options.idle_timeout = std::chrono::milliseconds(50);
  endpoint_fixture admin(options);
  auto client = admin.connect();
  CHECK(client.get("/healthz").result_int() == 200);
  CHECK(client.closed_by_server());
  CHECK(ended(admin, "slow") == 0);
}

TEST_CASE("however many connections hold their places with half a request, a health check is answered") {
  endpoint_fixture admin;
  std::deque<http_client> slow;
  for (int number = 0; number < 200; ++number) {
    slow.emplace_back(admin.server.endpoint()).send("GET /healthz HTT");
  }
  auto const begun = std::chrono::steady_clock::now();
  for (int check = 0; check < 20; ++check) {
    CHECK(admin.connect().get("/healthz").body() == "ok\n");
  }
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(1));
  CHECK(slow.front().closed_by_server());
  CHECK(ended(admin, "crowded") >= 200 - static_cast<double>(admin_options{}.connections_per_address_max));
}

TEST_CASE("connections past the maximum push out the oldest") {
  admin_options options = on_free_port();
  options.connections_max = 2;
  endpoint_fixture admin(options);
  auto first = admin.connect();
  CHECK(first.get("/healthz").result_int() == 200);
  auto second = admin.connect();
  CHECK(second.get("/healthz").result_int() == 200);
  auto third = admin.connect();
  test::exposition const read(third.get("/metrics").body());
  CHECK(read.value("tandem_admin_connections") == "2");
  CHECK(first.closed_by_server());
  CHECK(second.get("/healthz").result_int() == 200);
  CHECK(ended(admin, "crowded") == 1);
}

TEST_CASE("further pages are served beside those that are always there") {
  std::vector<page> more;
  more.push_back({"/explain", "application/json", [](page_request const& asked) {
                    return page_reply{200, "{\"" + std::string(asked.query) + "\"}"};
                  }});
  more.push_back({"/broken", "text/plain",
                  [](page_request const&) -> page_reply { throw std::runtime_error("broken"); }});
  endpoint_fixture admin(on_free_port(), std::move(more));
  auto client = admin.connect();
  auto const explained = client.get("/explain?key=a");
  CHECK(explained.body() == R"({"key=a"})");
  CHECK(header(explained, field::content_type) == "application/json");
  CHECK(client.get("/broken").result_int() == 500);
  CHECK(client.get("/").body() == "no such page; there are /broken /explain /healthz /metrics\n");
}

TEST_CASE("a port in use is an error that names the setting, the address and the reason") {
  endpoint_fixture first;
  admin_options options = on_free_port();
  options.endpoint = first.server.endpoint();
  metrics::registry registry;
  admin_server second(options, registry, {});
  auto const started = second.start();
  REQUIRE(started.has_error());
  CHECK(started.error().kind == base::error_kind::configuration);
  std::string const& message = started.error().message;
  CHECK(message.rfind("admin.address: ", 0) == 0);
  CHECK(message.find(options.endpoint.str()) != std::string::npos);
  CHECK(message.find("Address already in use") != std::string::npos);
}

TEST_CASE("the endpoint can be a Unix socket") {
  test::temporary_directory const folder;
  admin_options options;
  options.enabled = true;
  options.endpoint.path = (folder.path() / "admin.sock").string();
  endpoint_fixture admin(options);
  CHECK(admin.server.endpoint() == options.endpoint);
  CHECK(admin.connect().get("/healthz").body() == "ok\n");
}

TEST_CASE("stopping closes the connections and frees the port, and it can be started again") {
  endpoint_fixture admin;
  auto idle = admin.connect();
  CHECK(idle.get("/healthz").result_int() == 200);
  admin.server.stop();
  CHECK(idle.closed_by_server());
  CHECK_THROWS(admin.connect());
  CHECK(admin.registry.total(metrics::admin_connections) == 0);
  admin.server.stop();

  REQUIRE(admin.server.start().has_value());
  CHECK(admin.connect().get("/healthz").result_int() == 200);
}

TEST_CASE("an endpoint that is not enabled listens nowhere") {
  admin_options options = on_free_port();
  options.enabled = false;
  endpoint_fixture admin(options);
  CHECK(admin.server.endpoint().port == 0);
}

TEST_CASE("several scrapers are served while a worker counts") {
  endpoint_fixture admin;
  std::atomic<bool> done{false};
  metrics::counter& hits = admin.registry.add_worker().counter(metrics::hits_total);
  std::thread worker([&] {
    while (!done) hits.add();
  });
  struct scraper {
    std::vector<std::string> bodies;
    std::thread thread;
  };
  std::array<scraper, 2> scrapers;
  for (scraper& each : scrapers) {
    each.thread = std::thread([&admin, &each] {
      auto client = admin.connect();
      for (int round = 0; round < 20; ++round) each.bodies.push_back(client.get("/metrics").body());
    });
  }
  for (scraper& each : scrapers) each.thread.join();
  done = true;
  worker.join();
  for (scraper const& each : scrapers) {
    CHECK(each.bodies.size() == 20);
    double before = 0;
    for (std::string const& body : each.bodies) {
      double const told = std::stod(test::exposition(body).value("tandem_hits_total"));
      CHECK(told >= before);
      before = told;
    }
    CHECK(before > 0);
  }
}

}  // namespace
}  // namespace tandem::admin
