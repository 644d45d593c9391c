#include "backend/memory/memory_route.hpp"

#include "requests.hpp"
#include "support/catch.hpp"

namespace tandem::backend::memory::tests {
namespace {

using model::status;
using model::verb;

struct route_fixture {
  base::manual_clock clock;
  memory::store store{memory_options{1024 * 1024}, clock};
  metrics::registry registry;
  memory_route route{"scratch", store, registry.add_worker()};
  model::request_context context{clock};

  model::response handle(model::request const& asked) {
    base::task<model::response> task = route.handle(asked, context);
    REQUIRE(task.start([](void*) {}, nullptr));
    return task.take();
  }
};

TEST_CASE_METHOD(route_fixture, "a memory route answers at once and counts what it answered") {
  CHECK(handle(ask(verb::get, "k")).status == status::not_found);
  CHECK(handle(ask(verb::set, "k", "x")).status == status::ok);
  CHECK(handle(ask(verb::get, "k")).value.view() == "x");
  CHECK(registry.total(metrics::hits_total, {{"backend", "scratch"}}) == 1);
  CHECK(registry.total(metrics::misses_total, {{"backend", "scratch"}}) == 1);
  CHECK(registry.total(metrics::requests_total, {{"backend", "scratch"}, {"command", "set"}}) == 1);
}

TEST_CASE_METHOD(route_fixture, "routes of several workers share one store") {
  memory_route other("scratch", store, registry.add_worker());
  model::request const stored = ask(verb::set, "k", "x");
  base::task<model::response> task = other.handle(stored, context);
  REQUIRE(task.start([](void*) {}, nullptr));
  CHECK(handle(ask(verb::get, "k")).value.view() == "x");
}

TEST_CASE_METHOD(route_fixture, "explain names the backend, the key and the stripe") {
  model::explanation where;
  route.explain("k", where);
  CHECK(where.backend == "scratch");
  CHECK(where.key == "k");
  CHECK(where.destination == "stripe " + std::to_string(store.stripe_of("k")));
}

TEST_CASE_METHOD(route_fixture, "a scrape shows the store's size and bound") {
  std::shared_ptr<memory::store const> const shown(&store, [](auto const*) {});
  register_metrics(registry, shown, "scratch");
  handle(ask(verb::set, "k", "x"));
  std::string const text = registry.prometheus_text();
  CHECK(text.find("tandem_memory_items{backend=\"scratch\"} 1") != std::string::npos);
  CHECK(text.find("tandem_memory_limit_bytes{backend=\"scratch\"} 1048576") != std::string::npos);
  CHECK(text.find("tandem_memory_bytes{backend=\"scratch\"}") != std::string::npos);
  CHECK(text.find("tandem_memory_evictions_total{backend=\"scratch\"} 0") != std::string::npos);
  CHECK(text.find("tandem_memory_expirations_total{backend=\"scratch\"} 0") != std::string::npos);
}

}  // namespace
}  // namespace tandem::backend::memory::tests
