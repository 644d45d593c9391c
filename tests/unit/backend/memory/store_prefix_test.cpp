#include "backend/memory/store.hpp"
#include "backend/memory/store_invalidator.hpp"
#include "requests.hpp"
#include "support/catch.hpp"
#include "unit/base/played_executor.hpp"

#include <fmt/format.h>

#include <atomic>
#include <deque>
#include <functional>
#include <thread>

namespace tandem::backend::memory::tests {
namespace {

struct fixture {
  test::played_executor executor;
  memory::store store{memory_options{32 * 1024 * 1024}, executor.running_clock()};
  metrics::registry registry;
  store_invalidator sink{"m", store, registry.add_worker(), executor};

  void run_posted() { executor.run(); }
  void remove_prefix(std::string_view prefix) {
    store::sweep_position position;
    while (store.remove_some(prefix, position)) {
    }
  }
};

TEST_CASE_METHOD(fixture, "a prefix removes the keys that begin with it, and leaves all others") {
  for (int each = 0; each < 5000; ++each) {
    set(store, fmt::format("a:{}", each), "1");
    set(store, fmt::format("b:{}", each), "2");
  }
  set(store, "a", "3");
  remove_prefix("a:");
  CHECK(store.metrics().items == 5001);
  CHECK(value_of(store, "a") == "3");
  CHECK(value_of(store, "a:77") == "(none)");
  CHECK(value_of(store, "b:77") == "2");
}

TEST_CASE_METHOD(fixture, "no item escapes while others are stored and the table grows") {
  for (int each = 0; each < 3000; ++each) set(store, fmt::format("old:{}", each), "1");
  std::atomic<bool> done{false};
  std::thread other([&] {
    for (int each = 0; !done.load(); ++each) set(store, fmt::format("new:{}", each % 50'000), "2");
  });
  remove_prefix("old:");
  done = true;
  other.join();
  for (int each = 0; each < 3000; ++each) REQUIRE(value_of(store, fmt::format("old:{}", each)) == "(none)");
}

TEST_CASE_METHOD(fixture, "a placeholder under the prefix goes, too, so that its fill is refused") {
  model::request asked = ask(model::verb::get, "p:1");
  asked.wanted = model::want::value | model::want::cas | model::want::marks;
  asked.vivify = model::exptime(5);
  model::response const won = store.execute(asked);
  REQUIRE(won.won);
  remove_prefix("p:");
  CHECK(store.execute(with_cas(ask(model::verb::set, "p:1", "old"), won.cas)).status ==
        model::status::not_found);
}

TEST_CASE_METHOD(fixture,
                 "an invalidation drops a key, a prefix or everything, and is counted with its latency") {
  using extent = model::invalidation::extent;
  for (char const* key : {"k", "p:1", "p:2", "q"}) set(store, key, "v");
  sink.invalidate({extent::key, "k", executor.now()});
  CHECK(value_of(store, "k") == "(none)");
  CHECK(value_of(store, "p:1") == "v");
  sink.invalidate({extent::prefix, "p:", executor.now()});
  run_posted();
  CHECK(value_of(store, "p:2") == "(none)");
  CHECK(value_of(store, "q") == "v");
  sink.invalidate({extent::everything, "", executor.now()});
  CHECK(value_of(store, "q") == "(none)");
  CHECK(registry.total(metrics::invalidations_applied_total) == 3);
}

TEST_CASE_METHOD(fixture, "prefixes are looked for one after the other, a piece at a time") {
  using extent = model::invalidation::extent;
  for (int each = 0; each < 5000; ++each) {
    set(store, fmt::format("a:{}", each), "1");
    set(store, fmt::format("b:{}", each), "2");
  }
  sink.invalidate({extent::prefix, "a:", executor.now()});
  sink.invalidate({extent::prefix, "b:", executor.now()});
  CHECK(executor.posted() == 1);
  CHECK(store.metrics().items == 10'000);
  run_posted();
  CHECK(store.metrics().items == 0);
  CHECK(registry.total(metrics::invalidations_applied_total) == 2);
}

TEST_CASE_METHOD(fixture, "with too many prefixes that wait the store is emptied") {
  using extent = model::invalidation::extent;
  set(store, "other", "v");
  for (std::size_t each = 0; each < store_invalidator::prefixes_max; ++each)
    sink.invalidate({extent::prefix, fmt::format("p{}", each), executor.now()});
  CHECK(value_of(store, "other") == "v");
  sink.invalidate({extent::prefix, "q", executor.now()});
  CHECK(value_of(store, "other") == "(none)");
}

}  // namespace
}  // namespace tandem::backend::memory::tests
