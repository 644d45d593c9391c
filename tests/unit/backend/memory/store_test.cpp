#include "backend/memory/store.hpp"

#include "requests.hpp"
#include "support/catch.hpp"

#include <string>
#include <utility>
#include <vector>

namespace tandem::backend::memory::tests {
namespace {

using model::status;
using model::verb;
using namespace std::chrono_literals;

struct fixture {
  base::manual_clock clock;
  memory::store store{memory_options{8 * 1024 * 1024}, clock};

  model::response execute(model::request const& asked) { return store.execute(asked); }
  std::int64_t unix_seconds() const { return clock.unix_ms() / 1000; }
};

TEST_CASE_METHOD(fixture, "a get returns the value, flags and cas of what was set") {
  model::request asked = ask(verb::set, "k", "value");
  asked.flags = 0xdeadbeef;
  model::response const stored = execute(asked);
  CHECK(stored.status == status::ok);
  model::response const found = get(store, "k");
  CHECK(found.value.view() == "value");
  CHECK(found.flags == 0xdeadbeef);
  CHECK(found.cas == stored.cas);
  CHECK(found.cas != 0);
  CHECK(found.ttl == -1);
}

TEST_CASE_METHOD(fixture, "a get of what was never set is a miss") {
  CHECK(get(store, "k").status == status::not_found);
}

TEST_CASE_METHOD(fixture, "keys and values are any bytes, and values may be empty") {
  std::string const key("a\0b\xff", 4);
  std::string const value("\0\r\n\0", 4);
  set(store, key, value);
  set(store, "empty", "");
  CHECK(value_of(store, key) == value);
  CHECK(value_of(store, std::string("a\0b", 3)) == "(none)");
  CHECK(value_of(store, "empty").empty());
}

TEST_CASE_METHOD(fixture, "every change gives the item a larger cas") {
  std::uint64_t last = 0;
  std::vector<model::request> const changes{ask(verb::set, "k", "1"),      ask(verb::set, "k", "2"),
                                            ask(verb::replace, "k", "33"), ask(verb::append, "k", "0"),
                                            ask(verb::prepend, "k", "1"),  count(verb::increment, "k", 1),
                                            count(verb::decrement, "k", 1)};
  for (model::request const& change : changes) {
    model::response const answer = execute(change);
    REQUIRE(answer.status == status::ok);
    CHECK(answer.cas > last);
    last = answer.cas;
    CHECK(get(store, "k").cas == last);
  }
}

TEST_CASE_METHOD(fixture, "add stores only where nothing is, replace only where something is") {
  CHECK(execute(ask(verb::replace, "k", "r")).status == status::not_stored);
  CHECK(execute(ask(verb::add, "k", "a")).status == status::ok);
  CHECK(execute(ask(verb::add, "k", "b")).status == status::not_stored);
  CHECK(value_of(store, "k") == "a");
  CHECK(execute(ask(verb::replace, "k", "rr")).status == status::ok);
  CHECK(value_of(store, "k") == "rr");
}

TEST_CASE_METHOD(fixture, "cas stores only over the version that was read") {
  CHECK(execute(with_cas(ask(verb::cas, "k", "x"), 1)).status == status::not_found);
  set(store, "k", "old");
  std::uint64_t const read = get(store, "k").cas;
  CHECK(execute(with_cas(ask(verb::cas, "k", "x"), read + 1)).status == status::exists);
  CHECK(execute(with_cas(ask(verb::cas, "k", "x"), 0)).status == status::exists);
  CHECK(value_of(store, "k") == "old");
  CHECK(execute(with_cas(ask(verb::cas, "k", "new"), read)).status == status::ok);
  CHECK(execute(with_cas(ask(verb::cas, "k", "newer"), read)).status == status::exists);
  CHECK(value_of(store, "k") == "new");
}

TEST_CASE_METHOD(fixture, "a cas with another verb is compared as memcached does it") {
  CHECK(execute(with_cas(ask(verb::set, "k", "x"), 5)).status == status::not_found);
  CHECK(execute(with_cas(ask(verb::replace, "k", "x"), 5)).status == status::not_found);
  CHECK(execute(with_cas(ask(verb::append, "k", "x"), 5)).status == status::not_stored);
  CHECK(execute(with_cas(ask(verb::remove, "k"), 5)).status == status::not_found);
  CHECK(execute(with_cas(ask(verb::add, "k", "10"), 5)).status == status::ok);
  for (verb const each : {verb::set, verb::replace, verb::append, verb::prepend, verb::touch, verb::remove,
                          verb::increment, verb::decrement})
    CHECK(execute(with_cas(ask(each, "k", "x"), 5)).status == status::exists);
  CHECK(value_of(store, "k") == "10");

  CHECK(execute(with_cas(ask(verb::append, "k", "0"), 0)).status == status::ok);
  CHECK(execute(with_cas(count(verb::increment, "k", 1), get(store, "k").cas)).number == 101);
  CHECK(execute(with_cas(ask(verb::remove, "k"), get(store, "k").cas)).status == status::ok);
  CHECK(value_of(store, "k") == "(none)");
}

TEST_CASE_METHOD(fixture, "append and prepend keep flags and time to live") {
  CHECK(execute(ask(verb::append, "k", "x")).status == status::not_stored);
  CHECK(execute(ask(verb::prepend, "k", "x")).status == status::not_stored);
  model::request asked = ask(verb::set, "k", "middle", 100);
  asked.flags = 7;
  execute(asked);
  asked = ask(verb::append, "k", std::string(100, '>'), 5);
  asked.flags = 9;
  CHECK(execute(asked).status == status::ok);
  CHECK(execute(ask(verb::prepend, "k", std::string(200, '<'), 5)).status == status::ok);
  model::response const found = get(store, "k");
  CHECK(found.value.view() == std::string(200, '<') + "middle" + std::string(100, '>'));
  CHECK(found.flags == 7);
  CHECK(found.ttl == 100);
}

TEST_CASE_METHOD(fixture, "remove removes") {
  set(store, "k", "x");
  CHECK(execute(ask(verb::remove, "k")).status == status::ok);
  CHECK(execute(ask(verb::remove, "k")).status == status::not_found);
  CHECK(value_of(store, "k") == "(none)");
}

TEST_CASE_METHOD(fixture, "counting keeps flags, time to live and, by padding, the length") {
  model::request asked = ask(verb::set, "n", "10", 100);
  asked.flags = 3;
  execute(asked);
  CHECK(execute(count(verb::decrement, "n", 1)).number == 9);
  CHECK(value_of(store, "n") == "9 ");
  CHECK(execute(count(verb::increment, "n", 91)).number == 100);
  model::response const found = get(store, "n");
  CHECK(found.value.view() == "100");
  CHECK(found.flags == 3);
  CHECK(found.ttl == 100);
}

TEST_CASE_METHOD(fixture, "increment wraps at 2^64 and decrement stops at 0") {
  set(store, "n", "18446744073709551615");
  CHECK(execute(count(verb::increment, "n", 3)).number == 2);
  CHECK(value_of(store, "n") == "2" + std::string(19, ' '));
  CHECK(execute(count(verb::decrement, "n", 3)).number == 0);
  set(store, "n", "0");
  CHECK(execute(count(verb::increment, "n", 18446744073709551615u)).number == 18446744073709551615u);
  CHECK(value_of(store, "n") == "18446744073709551615");
}

TEST_CASE_METHOD(fixture, "counting a missing item makes one only where an initial value is given") {
  CHECK(execute(count(verb::increment, "n", 1)).status == status::not_found);
  model::request asked = count(verb::increment, "n", 1);
  asked.initial = 41;
  asked.vivify = model::exptime(50);
  CHECK(execute(asked).number == 41);
  CHECK(get(store, "n").ttl == 50);
  CHECK(execute(asked).number == 42);

  asked = count(verb::decrement, "gone", 1);
  asked.initial = 9;
  asked.vivify = model::exptime(-1);
  CHECK(execute(asked).number == 9);
  CHECK(value_of(store, "gone") == "(none)");
}

TEST_CASE_METHOD(fixture, "counting what is no number changes nothing") {
  for (std::string const text :
       {"abc", "", " ", "-1", "7x", "0x10", "1.5", "18446744073709551616", "+", "--1"}) {
    CAPTURE(text);
    set(store, "n", text);
    CHECK(execute(count(verb::increment, "n", 1)).status == status::non_numeric);
    CHECK(value_of(store, "n") == text);
  }
}

TEST_CASE_METHOD(fixture, "numbers are read with the spaces and signs that memcached accepts") {
  std::vector<std::pair<std::string, std::uint64_t>> const numbers{
      {" 10", 10}, {"10 ", 10}, {"\t7", 7}, {"7\n", 7}, {"10 abc", 10}, {"+5", 5}, {"-0", 0}, {"00012", 12}};
  for (auto const& [text, number] : numbers) {
    CAPTURE(text);
    set(store, "n", text);
    CHECK(execute(count(verb::increment, "n", 1)).number == number + 1);
    CHECK(value_of(store, "n").size() == text.size());
  }
}

TEST_CASE_METHOD(fixture, "an item expires when its time is over, relative or absolute") {
  set(store, "relative", "x", 10);
  set(store, "absolute", "x", unix_seconds() + 10);
  set(store, "never", "x");
  clock.advance(9s);
  CHECK(get(store, "relative").ttl == 1);
  CHECK(get(store, "absolute").ttl == 1);
  clock.advance(1s);
  CHECK(value_of(store, "relative") == "(none)");
  CHECK(value_of(store, "absolute") == "(none)");
  CHECK(value_of(store, "never") == "x");
  CHECK(store.metrics().expirations == 2);
}

TEST_CASE_METHOD(fixture,
                 "an item stored with a time that is over is answered as stored, and the old one goes") {
  for (std::int64_t const over : {std::int64_t{-1}, std::int64_t{-100}, unix_seconds() - 5, unix_seconds()}) {
    CAPTURE(over);
    set(store, "k", "old");
    CHECK(execute(ask(verb::add, "k", "new", over)).status == status::not_stored);
    CHECK(set(store, "k", "new", over) == status::ok);
    CHECK(value_of(store, "k") == "(none)");
    CHECK(execute(ask(verb::add, "k", "new", over)).status == status::ok);
    CHECK(value_of(store, "k") == "(none)");
    CHECK(store.metrics().items == 0);
  }
}

TEST_CASE_METHOD(fixture, "touch and get_and_touch change the time to live and keep the cas") {
  CHECK(execute(ask(verb::touch, "k", "", 5)).status == status::not_found);
  CHECK(execute(ask(verb::get_and_touch, "k", "", 5)).status == status::not_found);
  set(store, "k", "x", 10);
  std::uint64_t const cas = get(store, "k").cas;
  CHECK(execute(ask(verb::touch, "k", "", 20)).status == status::ok);
  CHECK(get(store, "k").ttl == 20);
  model::response const found = execute(ask(verb::get_and_touch, "k", "", 30));
  CHECK(found.value.view() == "x");
  CHECK(found.cas == cas);
  CHECK(get(store, "k").ttl == 30);
  CHECK(execute(ask(verb::touch, "k", "", 0)).status == status::ok);
  clock.advance(1000h);
  CHECK(get(store, "k").ttl == -1);
  CHECK(execute(ask(verb::get_and_touch, "k", "", -1)).value.view() == "x");
  CHECK(execute(ask(verb::touch, "k", "", 0)).status == status::not_found);
}

TEST_CASE_METHOD(fixture, "expired items are removed without being asked for, within the given budget") {
  for (int i = 0; i < 1000; ++i) set(store, "short" + std::to_string(i), "x", 5);
  for (int i = 0; i < 100; ++i) set(store, "long" + std::to_string(i), "x", 500);
  CHECK(store.expire_some(10'000) == 0);
  clock.advance(5s);
  std::size_t removed = store.expire_some(200);
  CHECK(removed > 0);
  CHECK(removed <= 220);  // a bucket is always finished
  for (int i = 0; i < 100; ++i) removed += store.expire_some(200);
  CHECK(removed == 1000);
  CHECK(store.metrics().items == 100);
  CHECK(store.metrics().expirations == 1000);
}

TEST_CASE_METHOD(fixture, "an item touched to end sooner is swept when its new time is over") {
  set(store, "k", "x", 1000);
  store.expire_some(100);
  execute(ask(verb::touch, "k", "", 2));
  clock.advance(2s);
  CHECK(store.expire_some(1000) == 1);
}

TEST_CASE_METHOD(fixture, "flush hides all that was stored before and nothing that is stored after") {
  for (std::int64_t const delay : {0, -5}) {
    set(store, "before", "x");
    CHECK(execute(ask(verb::flush, "", "", delay)).status == status::ok);
    CHECK(value_of(store, "before") == "(none)");
    set(store, "after", "x");
    CHECK(value_of(store, "after") == "x");
  }
  CHECK(execute(ask(verb::flush, "")).status == status::ok);
  store.expire_some(1000);
  CHECK(store.metrics().items == 0);
}

TEST_CASE_METHOD(fixture, "a flush with a delay, relative or absolute, waits for its moment") {
  for (std::int64_t const when : {std::int64_t{10}, unix_seconds() + 20}) {
    set(store, "before", "x");
    execute(ask(verb::flush, "", "", when));
    clock.advance(9s);
    set(store, "meanwhile", "x");
    CHECK(value_of(store, "before") == "x");
    clock.advance(1s);
    CHECK(value_of(store, "before") == "(none)");
    CHECK(value_of(store, "meanwhile") == "(none)");
    set(store, "after", "x");
    clock.advance(100ms);
    CHECK(value_of(store, "after") == "x");
  }
}

TEST_CASE_METHOD(fixture, "a later flush takes the place of one still to come") {
  set(store, "k", "x");
  execute(ask(verb::flush, "", "", 10));
  execute(ask(verb::flush, ""));
  set(store, "k", "y");
  clock.advance(20s);
  CHECK(value_of(store, "k") == "y");
}

TEST_CASE_METHOD(fixture, "a flush to come brings nothing back that an earlier one hid") {
  set(store, "k", "x");
  execute(ask(verb::flush, ""));
  execute(ask(verb::flush, "", "", 10));
  CHECK(value_of(store, "k") == "(none)");
  CHECK(execute(ask(verb::append, "k", "y")).status == status::not_stored);
}

TEST_CASE_METHOD(fixture, "of values too large, a set removes the old item and others leave it") {
  std::string const huge(8 * 1024 * 1024, 'x');
  for (verb const each : {verb::add, verb::replace, verb::append, verb::prepend}) {
    set(store, "k", "old");
    CHECK(execute(ask(each, "k", huge)).status == status::too_large);
    CHECK(value_of(store, "k") == "old");
  }
  CHECK(execute(with_cas(ask(verb::cas, "k", huge), 1)).status == status::too_large);
  CHECK(value_of(store, "k") == "old");
  CHECK(set(store, "k", huge) == status::too_large);
  CHECK(value_of(store, "k") == "(none)");
}

TEST_CASE_METHOD(fixture, "a value grows up to its bound, and stays where it would grow beyond") {
  memory::store bounded(memory_options{1024 * 1024, 5}, clock);
  auto const extend = [&](verb command, std::string const& by) {
    return bounded.execute(ask(command, "k", by)).status;
  };
  set(bounded, "k", "abc");
  CHECK(extend(verb::append, "def") == status::not_stored);
  CHECK(extend(verb::prepend, "def") == status::not_stored);
  CHECK(value_of(bounded, "k") == "abc");
  CHECK(extend(verb::append, "d") == status::ok);
  CHECK(extend(verb::prepend, "e") == status::ok);
  CHECK(value_of(bounded, "k") == "eabcd");
}

TEST_CASE("a store too small for anything refuses, and does no harm") {
  base::manual_clock clock;
  for (std::size_t const size : {0, 1, 100, 4096}) {
    memory::store store(memory_options{size}, clock);
    set(store, "k", std::string(5000, 'x'));
    CHECK(value_of(store, "k") == "(none)");
    CHECK(store.metrics().bytes <= size);
  }
}

}  // namespace
}  // namespace tandem::backend::memory::tests
