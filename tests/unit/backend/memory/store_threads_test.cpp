#include "backend/memory/store.hpp"
#include "requests.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace tandem::backend::memory::tests {
namespace {

using model::status;
using model::verb;

constexpr std::size_t mib = 1024 * 1024;
constexpr unsigned thread_count = 4;

/// Runs `work(number)` on every thread at once, and waits for all.
template <class Work>
void on_threads(Work work) {
  std::vector<std::thread> threads;
  for (unsigned number = 0; number < thread_count; ++number) threads.emplace_back([=] { work(number); });
  for (std::thread& each : threads) each.join();
}

TEST_CASE("counters lose no increment of any thread") {
  base::system_clock const clock;
  memory::store store(memory_options{mib}, clock);
  set(store, "n", "0");
  on_threads([&store](unsigned) {
    for (int i = 0; i < 5000; ++i) store.execute(count(verb::increment, "n", 1));
  });
  CHECK(value_of(store, "n") == "20000");
}

TEST_CASE("no two changes on any threads get the same cas, and on each thread it rises") {
  base::system_clock const clock;
  memory::store store(memory_options{16 * mib}, clock);
  std::vector<std::vector<std::uint64_t>> seen(thread_count);
  on_threads([&](unsigned number) {
    for (int i = 0; i < 5000; ++i) {
      std::string const key = "k" + std::to_string(i % 100);
      seen[number].push_back(store.execute(ask(verb::set, key, "x")).cas);
    }
  });
  std::vector<std::uint64_t> all;
  for (auto const& each : seen) {
    CHECK(std::is_sorted(each.begin(), each.end()));
    all.insert(all.end(), each.begin(), each.end());
  }
  std::sort(all.begin(), all.end());
  CHECK(std::adjacent_find(all.begin(), all.end()) == all.end());
  CHECK(all.front() > 0);
}

TEST_CASE("of threads that change one item by cas, one wins each time") {
  base::system_clock const clock;
  memory::store store(memory_options{mib}, clock);
  set(store, "n", "0");
  on_threads([&store](unsigned) {
    for (int done = 0; done < 500;) {
      model::response const read = get(store, "n");
      std::string const next = std::to_string(std::stoul(read.value.str()) + 1);
      if (store.execute(with_cas(ask(verb::cas, "n", next), read.cas)).hit()) ++done;
    }
  });
  CHECK(value_of(store, "n") == "2000");
}

TEST_CASE("threads that fill a small store with items of all sizes keep to the bound and all finish") {
  base::system_clock const clock;
  for (std::size_t const size : {mib, 3 * mib, 16 * mib}) {
    memory::store store(memory_options{size}, clock);
    std::vector<std::size_t> refused(thread_count);
    std::vector<std::size_t> over(thread_count);
    std::vector<std::size_t> torn(thread_count);
    on_threads([&](unsigned number) {
      std::mt19937_64 random(number);
      for (int i = 0; i < 1000; ++i) {
        std::string const key = "key" + std::to_string(random() % 500);
        std::size_t const length = i % 20 == 0 ? size / 2 : random() % 2000;
        std::string const value(std::min(length, mib), static_cast<char>('a' + random() % 26));
        if (set(store, key, value) != status::ok) ++refused[number];
        if (i % 3 == 0) store.execute(ask(verb::remove, "key" + std::to_string(random() % 500)));
        if (i % 100 == 0) store.expire_some(100);
        if (i % 400 == 399) store.execute(ask(verb::flush, ""));
        std::string const found = value_of(store, "key" + std::to_string(random() % 500));
        if (found != "(none)" && found.find_first_not_of(found[0]) != std::string::npos) ++torn[number];
        if (store.metrics().bytes > size) ++over[number];
      }
    });
    std::vector<std::size_t> const none(thread_count);
    CHECK(refused == none);
    CHECK(over == none);
    CHECK(torn == none);
  }
}

}  // namespace
}  // namespace tandem::backend::memory::tests
