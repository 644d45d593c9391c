#include "backend/memory/store.hpp"
#include "requests.hpp"
#include "support/catch.hpp"

#include <malloc.h>

#include <map>
#include <random>
#include <string>

// Allocators of the sanitizers keep no such statistics.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TANDEM_MALLINFO 0
#else
#define TANDEM_MALLINFO 1
#endif

namespace tandem::backend::memory::tests {
namespace {

using model::status;
using model::verb;
using namespace std::chrono_literals;

constexpr std::size_t mib = 1024 * 1024;

/// Bytes that malloc has handed out, headers included.
std::size_t allocated() {
#if TANDEM_MALLINFO
  struct mallinfo2 const now = mallinfo2();
  return now.uordblks + now.hblkhd;
#else
  return 0;
#endif
}

std::string key_of(std::string_view kind, std::size_t number) {
  return std::string(kind) + ":" + std::to_string(number);
}

/// Sizes as caches see them: most are small, and some go up to 1 MiB.
std::size_t random_size(std::mt19937_64& random) {
  unsigned const bits = static_cast<unsigned>(random() % 21);
  return random() % ((std::size_t{1} << bits) + 1);
}

TEST_CASE("the charge of an item covers what malloc takes for it") {
  for (std::size_t size = 0; size < 300'000; size = size < 600 ? size + 1 : size + 997) {
    item* const made = item::create("key", size);
#if TANDEM_MALLINFO
    // malloc may leave on a block a rest too small to be one: 16 bytes.
    CHECK(malloc_usable_size(made) + sizeof(std::size_t) <= made->charge() + 16);
#endif
    CHECK(made->charge() >= sizeof(item) + 3 + size);
    item::destroy(made);
  }
}

TEST_CASE("under churn with all verbs and sizes the memory in use stays within the bound") {
  base::manual_clock clock;
  for (std::size_t const size : {1 * mib, 3 * mib, 16 * mib}) {
    std::mt19937_64 random(size);
    std::size_t const before = allocated();
    memory::store store(memory_options{size}, clock);
    std::string const filling(mib, 'v');
    std::size_t highest = 0;
    for (int i = 0; i < 10'000; ++i) {
      constexpr verb verbs[]{verb::set,    verb::set,     verb::set,       verb::add, verb::replace,
                             verb::append, verb::prepend, verb::increment, verb::get, verb::remove};
      model::request asked = ask(verbs[random() % std::size(verbs)], key_of("key", random() % 5000));
      if (traits(asked.command).has_value) {
        asked.value = base::slice::copy_of(std::string_view(filling).substr(0, random_size(random)));
        asked.expires = model::exptime(random() % 3 == 0 ? 1 : 0);
      }
      store.execute(asked);
      asked = model::request();
      if (i % 100 == 0) clock.advance(100ms);
      REQUIRE(store.metrics().bytes <= size);
      std::size_t const now = allocated();
      highest = std::max(highest, now > before ? now - before : 0);
    }
    CHECK(store.metrics().items > 10);
    CHECK(store.metrics().bytes > size / 4);
    // The margin: the test's own filling and the pools of base, and up to 16 bytes per item.
    CHECK(highest <= size + size / 16 + 2 * mib);
#if TANDEM_MALLINFO
    CHECK(highest > size / 2);
#endif
  }
}

TEST_CASE("what the store counts is at least the keys and values that are in it") {
  base::manual_clock clock;
  memory::store store(memory_options{4 * mib}, clock);
  for (std::size_t i = 0; i < 100'000; ++i) set(store, key_of("k", i), std::string(i % 50, 'x'));
  std::size_t payload = 0;
  std::size_t items = 0;
  for (std::size_t i = 0; i < 100'000; ++i) {
    model::response const found = get(store, key_of("k", i));
    if (!found.hit()) continue;
    payload += key_of("k", i).size() + i % 50;
    ++items;
  }
  CHECK(items == store.metrics().items);
  CHECK(payload + items * sizeof(item) < store.metrics().bytes);
  CHECK(store.metrics().bytes > 4 * mib * 9 / 10);
  CHECK(store.metrics().evictions == 100'000 - items);
}

TEST_CASE("an item of up to half the size, 1 MiB at most, always finds room") {
  base::manual_clock clock;
  for (std::size_t const size : {1 * mib, 2 * mib, 3 * mib, 16 * mib, 64 * mib}) {
    memory::store store(memory_options{size}, clock);
    for (std::size_t i = 0; i < size / 50; i += 7) set(store, key_of("small", i), "12345678");
    std::string const large(std::min(mib, size / 2), 'L');
    for (std::size_t i = 0; i < 100; ++i) {
      REQUIRE(set(store, key_of("large", i), large) == status::ok);
      REQUIRE(value_of(store, key_of("large", i)) == large);
      REQUIRE(store.metrics().bytes <= size);
    }
    for (verb const each : {verb::replace, verb::set}) {
      REQUIRE(store.execute(ask(each, "large:99", large + "!")).status == status::ok);
      REQUIRE(value_of(store, "large:99") == large + "!");
    }
    REQUIRE(store.execute(ask(verb::append, "large:99", "!")).status == status::ok);
    std::uint64_t const cas = get(store, "large:99").cas;
    REQUIRE(store.execute(with_cas(ask(verb::cas, "large:99", large), cas)).status == status::ok);
  }
}

TEST_CASE("large items use nearly all of the store") {
  base::manual_clock clock;
  memory::store store(memory_options{64 * mib}, clock);
  std::string const large(mib, 'L');
  for (std::size_t i = 0; i < 200; ++i) set(store, key_of("large", i), large);
  CHECK(store.metrics().items >= 62);
}

TEST_CASE("a large item takes from the whole store, not from the keys beside it") {
  base::manual_clock clock;
  memory::store store(memory_options{64 * mib}, clock);
  std::string const value(1000, 'x');
  for (std::size_t i = 0; i < 70'000; ++i) set(store, key_of("small", i), value);
  std::uint64_t const before = store.metrics().evictions;
  set(store, "large", std::string(mib, 'L'));
  std::size_t const stripe = store.stripe_of("large");
  std::size_t beside = 0;
  for (std::size_t i = 0; i < 70'000; ++i) {
    if (store.stripe_of(key_of("small", i)) == stripe && get(store, key_of("small", i)).hit()) ++beside;
  }
  CHECK(store.metrics().evictions > before);
  CHECK(beside > 500);
}

/// How many of the items 0..count of `kind` are there.
std::size_t present(memory::store& store, std::string_view kind, std::size_t count) {
  std::size_t found = 0;
  for (std::size_t i = 0; i < count; ++i) found += get(store, key_of(kind, i)).hit() ? 1 : 0;
  return found;
}

TEST_CASE("items in frequent use survive, and items used once go") {
  base::manual_clock clock;
  memory::store store(memory_options{4 * mib}, clock);
  std::string const value(500, 'x');
  for (std::size_t i = 0; i < 1000; ++i) set(store, key_of("used", i), value);
  for (std::size_t i = 0; i < 40'000; ++i) {
    set(store, key_of("once", i), value);
    get(store, key_of("used", i % 1000));
  }
  CHECK(present(store, "used", 1000) > 950);
  CHECK(present(store, "once", 20'000) < 200);
}

TEST_CASE("a scan over many items, each read once, leaves what is in use") {
  base::manual_clock clock;
  memory::store store(memory_options{4 * mib}, clock);
  std::string const value(500, 'x');
  for (std::size_t i = 0; i < 1000; ++i) set(store, key_of("used", i), value);
  for (int round = 0; round < 3; ++round) CHECK(present(store, "used", 1000) == 1000);
  for (std::size_t i = 0; i < 100'000; ++i) {
    set(store, key_of("scan", i), value);
    get(store, key_of("scan", i));
    if (i % 50 == 0) get(store, key_of("used", i / 50 % 1000));
  }
  CHECK(present(store, "used", 1000) > 900);
}

TEST_CASE("expired items make room before live ones do") {
  base::manual_clock clock;
  memory::store store(memory_options{4 * mib}, clock);
  std::string const value(500, 'x');
  for (std::size_t i = 0; i < 6000; ++i) set(store, key_of(i % 2 ? "live" : "dead", i), value, i % 2 ? 0 : 5);
  std::size_t const items = store.metrics().items;
  REQUIRE(items == 6000);
  clock.advance(6s);
  for (std::size_t i = 0; i < 3000; ++i) set(store, key_of("new", i), value);
  // The search for dead items looks at some and may miss; live ones hardly ever pay for it.
  CHECK(store.metrics().evictions < 30);
  CHECK(store.metrics().expirations > 1000);
}

TEST_CASE("flushed items make room before live ones do") {
  base::manual_clock clock;
  memory::store store(memory_options{4 * mib}, clock);
  std::string const value(500, 'x');
  for (std::size_t i = 0; i < 6000; ++i) set(store, key_of("old", i), value);
  store.execute(ask(verb::flush, ""));
  for (std::size_t i = 0; i < 5000; ++i) set(store, key_of("new", i), value);
  CHECK(present(store, "new", 5000) > 4970);
  CHECK(store.metrics().evictions < 30);
}

TEST_CASE("the store behaves as a map does while nothing is evicted") {
  base::manual_clock clock;
  memory::store store(memory_options{16 * mib}, clock);
  std::map<std::string, std::string> expected;
  std::mt19937_64 random(7);
  for (int i = 0; i < 50'000; ++i) {
    std::string const key = key_of("key", random() % 10'000);
    std::string const value(random() % 100, static_cast<char>('a' + random() % 26));
    std::size_t const choice = random() % 4;
    if (choice < 2) {
      set(store, key, value);
      expected[key] = value;
    } else if (choice == 2) {
      status const answer = store.execute(ask(verb::remove, key)).status;
      REQUIRE((answer == status::ok) == (expected.erase(key) == 1));
    } else if (auto const found = expected.find(key); found != expected.end()) {
      store.execute(ask(verb::append, key, value));
      found->second += value;
    }
  }
  REQUIRE(store.metrics().evictions == 0);
  CHECK(store.metrics().items == expected.size());
  for (auto const& [key, value] : expected) REQUIRE(value_of(store, key) == value);
}

}  // namespace
}  // namespace tandem::backend::memory::tests
