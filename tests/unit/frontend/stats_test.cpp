#include "frontend/stats.hpp"

#include "frontend/client_metrics.hpp"
#include "frontend/statistics_reply.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <regex>
#include <string>

namespace tandem::frontend {
namespace {

struct process {
  explicit process(process_facts facts = {.version = "1.2.3", .workers = 2, .limits = {}, .listeners = {}})
      : shown(registry, clock, std::move(facts)) {}

  std::string value(stats::group group, std::string_view name) {
    auto const rows = shown.rows(group);
    auto const found = std::ranges::find(*rows, name, &stat_row::name);
    return found == rows->end() ? "missing" : found->value;
  }
  std::string general(std::string_view name) { return value(stats::group::general, name); }
  std::string setting(std::string_view name) { return value(stats::group::settings, name); }

  std::string text(std::string_view arguments, net::server_details details = net::server_details::full) {
    base::output_buffer output;
    text_statistics(shown, arguments, details)->render(output);
    return output.str();
  }

  base::manual_clock clock;
  metrics::registry registry;
  stats shown;
  client_metrics first{registry.add_worker(), shown.add_worker()};
  client_metrics second{registry.add_worker(), shown.add_worker()};
};

model::request asking(model::verb command, std::string_view key = "k") {
  model::request made;
  made.command = command;
  made.key = base::slice::copy_of(key);
  return made;
}

model::response of(model::status status) { return model::response::of(status); }

using model::status;
using model::verb;
constexpr auto text = command_origin::text;

}  // namespace

TEST_CASE("the version is that of memcached; this program's own has a name of its own") {
  CHECK(std::regex_match(std::string(spoken_release), std::regex("1\\.6\\.[0-9]+")));
  CHECK(process().general("version") == spoken_release);
  CHECK(process().general("tandem_version") == "1.2.3");
}

TEST_CASE("the general statistics are the sums over the workers") {
  process one;
  one.first.answered(asking(verb::get), of(status::ok), text);
  one.second.answered(asking(verb::get), of(status::not_found), text);
  one.second.answered(asking(verb::set), of(status::ok), text);
  one.second.answered(asking(verb::cas), of(status::exists), text);
  one.registry.add_sampled(metrics::client_connections, {{"worker", "0"}}, [] { return 3.0; });
  one.clock.advance(std::chrono::seconds(90));
  CHECK(one.general("cmd_get") == "2");
  CHECK(one.general("get_hits") == "1");
  CHECK(one.general("get_misses") == "1");
  CHECK(one.general("cmd_set") == "2");
  CHECK(one.general("cas_badval") == "1");
  CHECK(one.general("curr_connections") == "3");
  CHECK(one.general("uptime") == "90");
  CHECK(one.general("threads") == "2");
}

TEST_CASE("a reset lets counters begin again, but not what is true now, and no metric goes back") {
  process one;
  one.registry.add_sampled(metrics::memory_items, {}, [] { return 7.0; });
  one.first.answered(asking(verb::get), of(status::ok), text);
  one.first.connections_total.add();
  one.shown.reset();
  CHECK(one.general("cmd_get") == "0");
  CHECK(one.general("total_connections") == "0");
  CHECK(one.general("curr_items") == "7");
  one.second.answered(asking(verb::get), of(status::ok), text);
  CHECK(one.general("cmd_get") == "1");
  one.shown.reset();
  CHECK(one.general("cmd_get") == "0");
  CHECK(one.registry.total(metrics::client_commands_total, {{"command", "get"}}) == 2);
  CHECK(one.registry.total(metrics::client_connections_total) == 1);
}

TEST_CASE("the limit of memory is that of the stores, or of all buffers where there is no store") {
  process one;
  CHECK(one.general("limit_maxbytes") == std::to_string(limits_options().memory));
  CHECK(one.setting("maxbytes") == one.general("limit_maxbytes"));
  one.registry.add_sampled(metrics::memory_limit_bytes, {{"backend", "m"}}, [] { return 4096.0; });
  CHECK(one.general("limit_maxbytes") == "4096");
  CHECK(one.setting("maxbytes") == "4096");
}

TEST_CASE("settings tell the limits and the first listener of each kind") {
  process_facts facts{.version = "1.2.3", .workers = 3, .limits = {}, .listeners = {}};
  facts.limits.connections = 77;
  facts.listeners = {{.endpoint = {.host = {}, .port = 0, .path = "/run/t.sock"}, .mode = 0660},
                     {.endpoint = {.host = "10.0.0.1", .port = 11222, .path = {}}},
                     {.endpoint = {.host = "10.0.0.2", .port = 11223, .path = {}}}};
  process one(facts);
  CHECK(one.setting("maxconns") == "77");
  CHECK(one.setting("num_threads") == "3");
  CHECK(one.setting("tcpport") == "11222");
  CHECK(one.setting("inter") == "10.0.0.1");
  CHECK(one.setting("domain_socket") == "/run/t.sock");
  CHECK(one.setting("umask") == "660");
  CHECK(process().setting("domain_socket") == "NULL");
  CHECK(one.text("conns").starts_with("STAT 0:addr unix:/run/t.sock\r\nSTAT 0:state conn_listening\r\n"));
}

TEST_CASE("every group ends with END, and an unknown one is an error") {
  process one;
  for (char const* group : {"", "settings", "items", "slabs", "sizes", "conns", "backends"}) {
    CHECK(one.text(group).ends_with("END\r\n"));
  }
  CHECK(one.text("nonsense") == "ERROR\r\n");
}

TEST_CASE("the metrics of a backend's servers are told by server, or added up") {
  process one;
  auto& worker = one.registry.add_worker();
  worker.counter(metrics::server_connects_total, {{"backend", "pool"}, {"server", "a:1"}}).add(2);
  worker.counter(metrics::server_connects_total, {{"backend", "pool"}, {"server", "b:2"}}).add(3);
  CHECK(one.text("backends") ==
        "STAT pool:server_connects_total:a:1 2\r\nSTAT pool:server_connects_total:b:2 3\r\nEND\r\n");
  CHECK(one.text("backends", net::server_details::names) == "STAT pool:server_connects_total 5\r\nEND\r\n");
}

TEST_CASE("the metrics of backends carry the backend's name first") {
  process one;
  auto& worker = one.registry.add_worker();
  worker.counter(metrics::hits_total, {{"backend", "pages"}}).add(5);
  CHECK(one.text("backends") == "STAT pages:hits_total 5\r\nEND\r\n");
}

TEST_CASE("the detail counts prefixes while it is on, on all workers, until a reset") {
  process one;
  one.first.answered(asking(verb::get, "a:1"), of(status::ok), text);
  CHECK(one.text("detail dump") == "END\r\n");
  CHECK(one.text("detail on") == "OK\r\n");
  CHECK(one.setting("detail_enabled") == "yes");
  one.first.answered(asking(verb::get, "a:1"), of(status::ok), text);
  one.second.answered(asking(verb::get, "a:2:3"), of(status::not_found), text);
  one.second.answered(asking(verb::add, "b:1"), of(status::not_stored), text);
  one.second.answered(asking(verb::remove, "b:1"), of(status::ok), text);
  one.second.answered(asking(verb::get, "none"), of(status::ok), text);
  CHECK(one.text("detail off") == "OK\r\n");
  one.second.answered(asking(verb::get, "a:1"), of(status::ok), text);
  std::string const counted =
      "PREFIX a get 2 hit 1 set 0 del 0\r\nPREFIX b get 0 hit 0 set 1 del 1\r\nEND\r\n";
  CHECK(one.text("detail dump") == counted);
  CHECK(one.text("reset") == "RESET\r\n");
  CHECK(one.text("detail dump") == "END\r\n");
}

TEST_CASE("the detail counts only so many prefixes, and none that would break its lines") {
  process one;
  one.shown.detail(true);
  one.first.answered(asking(verb::get, "a b:1"), of(status::ok), text);
  one.first.answered(asking(verb::get, "a\r\n:1"), of(status::ok), text);
  CHECK(one.text("detail dump") == "END\r\n");
  for (std::size_t number = 0; number < prefix_statistics::prefixes_max + 10; ++number) {
    one.first.answered(asking(verb::get, std::to_string(number) + ":"), of(status::ok), text);
  }
  std::string const dump = one.text("detail dump");
  CHECK(static_cast<std::size_t>(std::ranges::count(dump, '\n')) == prefix_statistics::prefixes_max + 1);
}

}  // namespace tandem::frontend
