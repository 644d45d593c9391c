#include "metrics/registry.hpp"

#include "support/catch.hpp"
#include "unit/metrics/exposition.hpp"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

namespace tandem::metrics {
namespace {

using namespace std::chrono_literals;
using test::exposition;

TEST_CASE("asking again for the same family and labels gives the same metric") {
  registry metrics;
  worker_metrics& worker = metrics.add_worker();
  counter& first = worker.counter(hits_total, {{"backend", "a"}});
  for (int more = 0; more < 1000; ++more) worker.counter(hits_total, {{"backend", std::to_string(more)}});
  CHECK(&worker.counter(hits_total, {{"backend", "a"}}) == &first);
  CHECK(&worker.counter(hits_total, {{"backend", "b"}}) != &first);
  CHECK(&worker.counter(misses_total, {{"backend", "a"}}) != &first);
}

TEST_CASE("what is forgotten is told no more, and counts from the beginning if it comes back") {
  registry metrics;
  worker_metrics& one = metrics.add_worker();
  worker_metrics& two = metrics.add_worker();
  auto const of = [](std::string const& server) { return labels{{"backend", "b"}, {"server", server}}; };
  counter const& stays = one.counter(server_connects_total, of("stays"));
  for (worker_metrics* each : {&one, &two}) {
    each->counter(server_connects_total, of("goes")).add(3);
    each->gauge(server_trouble, {{"backend", "b"}, {"server", "goes"}, {"kind", "connect"}}).add(1);
    each->counter(hits_total, of("goes")).add(1);
  }
  metrics.forget(server_families, of("goes"));
  std::string const text = metrics.prometheus_text();
  CHECK(text.find("tandem_server_connects_total{backend=\"b\",server=\"stays\"}") != std::string::npos);
  CHECK(text.find("tandem_server_connects_total{backend=\"b\",server=\"goes\"}") == std::string::npos);
  CHECK(metrics.total(server_trouble) == 0);
  CHECK(metrics.total(hits_total) == 2);
  CHECK(&one.counter(server_connects_total, of("stays")) == &stays);
  CHECK(one.counter(server_connects_total, of("goes")).value() == 0);
}

TEST_CASE("all series of a backend that is gone end, but for those that end by themselves") {
  registry metrics;
  worker_metrics& one = metrics.add_worker();
  labels const gone{{"backend", "gone"}};
  one.counter(hits_total, gone).add(1);
  one.counter(hits_total, {{"backend", "stays"}}).add(2);
  one.gauge(client_connections).add(3);
  one.counter(server_connects_total, {{"backend", "gone"}, {"server", "s"}}).add(4);
  metrics.forget_all(gone, server_families);
  CHECK(metrics.total(hits_total) == 2);
  CHECK(metrics.total(client_connections) == 3);
  CHECK(metrics.total(server_connects_total) == 4);
  CHECK(one.counter(hits_total, gone).value() == 0);
}

TEST_CASE("a series that is sampled of something ends with it") {
  registry metrics;
  auto const store = std::make_shared<double>(7);
  auto other = std::make_shared<double>(8);
  metrics.add_sampled(memory_bytes, {{"backend", "m"}}, store, [&of = *store] { return of; });
  metrics.add_sampled(memory_bytes, {{"backend", "n"}}, other, [&of = *other] { return of; });
  CHECK(metrics.total(memory_bytes) == 15);
  other.reset();
  CHECK(metrics.total(memory_bytes) == 7);
  CHECK(metrics.prometheus_text().find("backend=\"n\"") == std::string::npos);
}

TEST_CASE("a thousand series that come and go take the room of one") {
  registry metrics;
  worker_metrics& worker = metrics.add_worker();
  auto const of = [](int server) { return labels{{"backend", "b"}, {"server", std::to_string(server)}}; };
  counter const& first = worker.counter(server_connects_total, of(0));
  for (int each = 0; each < 1000; ++each) {
    CHECK(&worker.counter(server_connects_total, of(each)) == &first);
    metrics.forget(server_families, of(each));
  }
}

TEST_CASE("two workers have metrics of their own, in cache lines of their own") {
  registry metrics;
  worker_metrics& one = metrics.add_worker();
  worker_metrics& two = metrics.add_worker();
  auto const line = [](counter const& at) { return reinterpret_cast<std::uintptr_t>(&at) / 64; };
  CHECK(line(one.counter(hits_total)) != line(two.counter(hits_total)));
}

TEST_CASE("the series of several workers with the same family and labels are summed") {
  registry metrics;
  worker_metrics& one = metrics.add_worker();
  worker_metrics& two = metrics.add_worker();
  one.counter(hits_total, {{"backend", "a"}}).add(3);
  two.counter(hits_total, {{"backend", "a"}}).add(4);
  two.counter(hits_total, {{"backend", "b"}}).add(5);
  one.gauge(client_connections).add(10);
  two.gauge(client_connections).add(-4);
  metrics.add_sampled(memory_bytes, {{"backend", "m"}}, [] { return 100.0; });

  auto const all = metrics.samples();
  REQUIRE(all.size() == 4);
  CHECK(all[0].described->name == client_connections.name);
  CHECK(all[0].value == 6);
  CHECK(all[1].where == labels{{"backend", "a"}});
  CHECK(all[1].value == 7);
  CHECK(all[2].where == labels{{"backend", "b"}});
  CHECK(all[2].value == 5);
  CHECK(all[3].described->name == memory_bytes.name);
  CHECK(all[3].value == 100);
}

TEST_CASE("a total is over workers and over the labels that contain all that is asked for") {
  registry metrics;
  worker_metrics& one = metrics.add_worker();
  worker_metrics& two = metrics.add_worker();
  one.counter(requests_total, {{"backend", "a"}, {"command", "get"}}).add(1);
  two.counter(requests_total, {{"backend", "a"}, {"command", "set"}}).add(10);
  two.counter(requests_total, {{"backend", "b"}, {"command", "get"}}).add(100);
  one.counter(hits_total, {{"backend", "a"}}).add(1000);
  metrics.add_sampled(memory_items, {}, [] { return 5.0; });

  CHECK(metrics.total(requests_total) == 111);
  CHECK(metrics.total(requests_total, {{"backend", "a"}}) == 11);
  CHECK(metrics.total(requests_total, {{"command", "get"}}) == 101);
  CHECK(metrics.total(requests_total, {{"command", "get"}, {"backend", "a"}}) == 1);
  CHECK(metrics.total(requests_total, {{"backend", "c"}}) == 0);
  CHECK(metrics.total(memory_items) == 5);
  CHECK(metrics.total(misses_total) == 0);
}

TEST_CASE("a scrape shows each family once, with its kind, its help and all of its series") {
  registry metrics;
  worker_metrics& one = metrics.add_worker();
  worker_metrics& two = metrics.add_worker();
  one.counter(hits_total, {{"backend", "a"}}).add(1);
  one.counter(misses_total, {{"backend", "a"}}).add(2);
  two.counter(hits_total, {{"backend", "b"}}).add(3);
  two.gauge(client_connections).set(-1);
  two.histogram(request_seconds, {{"backend", "b"}}).observe(1ms);

  exposition const read(metrics.prometheus_text());
  CHECK(read.family("tandem_hits_total").type == "counter");
  CHECK(read.family("tandem_hits_total").help == hits_total.help);
  CHECK(read.family("tandem_hits_total").series.size() == 2);
  CHECK(read.value("tandem_hits_total", R"(tandem_hits_total{backend="a"})") == "1");
  CHECK(read.value("tandem_hits_total", R"(tandem_hits_total{backend="b"})") == "3");
  CHECK(read.family("tandem_client_connections").type == "gauge");
  CHECK(read.value("tandem_client_connections") == "-1");
  CHECK(read.family("tandem_request_duration_seconds").type == "histogram");
  CHECK_FALSE(read.has("tandem_redis_redirections_total"));
}

TEST_CASE("a scrape shows the process and the build") {
  exposition const read(registry("1.2.3").prometheus_text());
  for (std::string const name :
       {"process_cpu_seconds_total", "process_resident_memory_bytes", "process_virtual_memory_bytes",
        "process_open_fds", "process_max_fds", "process_start_time_seconds"}) {
    CHECK(read.has(name));
  }
  auto const& [series, value] = *read.family("tandem_build_info").series.begin();
  CHECK(series.find(R"(version="1.2.3")") != std::string::npos);
  CHECK(series.find(R"(compiler=")") != std::string::npos);
  CHECK(value == "1");
}

TEST_CASE("a scraped histogram is cumulative, in seconds, and its count is that of its last bucket") {
  registry metrics;
  for (int worker = 0; worker < 2; ++worker) {
    histogram& latencies = metrics.add_worker().histogram(request_seconds, {{"backend", "a"}});
    latencies.observe(50us);
    latencies.observe(1ms);
    latencies.observe(10s);
  }
  exposition const read(metrics.prometheus_text());
  auto const bucket = [&](std::string const& bound) {
    return read.value("tandem_request_duration_seconds",
                      R"(tandem_request_duration_seconds_bucket{backend="a",le=")" + bound + "\"}");
  };
  CHECK(read.family("tandem_request_duration_seconds").series.size() == histogram::bounds_us.size() + 3);
  CHECK(bucket("5e-05") == "2");
  CHECK(bucket("0.0005") == "2");
  CHECK(bucket("0.001") == "4");
  CHECK(bucket("5") == "4");
  CHECK(bucket("+Inf") == "6");
  CHECK(read.value("tandem_request_duration_seconds",
                   R"(tandem_request_duration_seconds_count{backend="a"})") == "6");
  CHECK(read.value("tandem_request_duration_seconds",
                   R"(tandem_request_duration_seconds_sum{backend="a"})") == "20.0021");
}

TEST_CASE("whole numbers are shown without loss up to 2^53") {
  std::uint64_t const edge = std::uint64_t{1} << 53;
  for (std::uint64_t const number : {std::uint64_t{999'999}, std::uint64_t{1'000'001},
                                     std::uint64_t{123'456'789'012'345}, edge - 1, edge}) {
    registry metrics;
    metrics.add_worker().counter(client_read_bytes_total).add(number);
    CHECK(exposition(metrics.prometheus_text()).value("tandem_client_read_bytes_total") ==
          std::to_string(number));
  }
}

TEST_CASE("labels with quotes, backslashes and line ends are escaped") {
  registry metrics;
  metrics.add_worker().counter(hits_total, {{"backend", "a\"b\\c\nd} 1"}}).add(9);
  exposition const read(metrics.prometheus_text());
  CHECK(read.value("tandem_hits_total", R"(tandem_hits_total{backend="a\"b\\c\nd} 1"})") == "9");
}

TEST_CASE("a sampled series may itself ask the registry") {
  registry metrics;
  metrics.add_worker().counter(hits_total).add(2);
  metrics.add_sampled(memory_items, {}, [&] { return metrics.total(hits_total) + 1; });
  CHECK(metrics.total(memory_items) == 3);
  CHECK(exposition(metrics.prometheus_text()).value("tandem_memory_items") == "3");
}

TEST_CASE("scrapes while workers count and add metrics are valid and never go backwards") {
  registry metrics;
  std::atomic<bool> done{false};
  std::atomic<int> started{0};
  auto const work = [&] {
    worker_metrics& mine = metrics.add_worker();
    counter& hits = mine.counter(hits_total);
    histogram& latencies = mine.histogram(request_seconds);
    ++started;
    for (unsigned round = 0; !done; ++round) {
      hits.add();
      latencies.observe(std::chrono::microseconds(round % 2'000));
      if (round < 300) mine.gauge(server_up, {{"server", std::to_string(round)}}).set(1);
    }
  };
  std::thread first(work), second(work);
  while (started < 2) std::this_thread::yield();

  double before = 0;
  for (int scrape = 0; scrape < 20; ++scrape) {
    exposition const read(metrics.prometheus_text());
    auto const& shown = read.family("tandem_request_duration_seconds").series;
    CHECK(shown.at("tandem_request_duration_seconds_count") ==
          shown.at(R"(tandem_request_duration_seconds_bucket{le="+Inf"})"));
    double const now = metrics.total(hits_total);
    CHECK(now >= before);
    before = now;
  }
  done = true;
  first.join();
  second.join();
}

/// Any tool on the machine that has its own opinion on the format.
TEST_CASE("promtool, where it is installed, finds nothing wrong with the names and the format") {
  if (std::system("command -v promtool >/dev/null 2>&1") != 0) {
    WARN("promtool is not installed");
    return;
  }
  registry metrics("1.2.3");
  worker_metrics& worker = metrics.add_worker();
  worker.counter(hits_total, {{"backend", "a\"\\\n"}}).add(1);
  worker.gauge(client_connections).set(1);
  worker.histogram(request_seconds, {{"backend", "a"}}).observe(1ms);

  FILE* const promtool = ::popen("promtool check metrics", "w");
  REQUIRE(promtool != nullptr);
  std::string const text = metrics.prometheus_text();
  std::fwrite(text.data(), 1, text.size(), promtool);
  CHECK(::pclose(promtool) == 0);
}

}  // namespace
}  // namespace tandem::metrics
