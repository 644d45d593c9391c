// Leases, stale marks and traces of access: what only the meta protocol asks of the store. The answers are those
// that memcached 1.6.18 gave.
#include "requests.hpp"
#include "support/catch.hpp"

#include <string>

namespace tandem::backend::memory::tests {
namespace {

using model::option;
using model::status;
using model::verb;
using model::want;
using namespace std::chrono_literals;

struct fixture {
  base::manual_clock clock;
  memory::store store{memory_options{8 * 1024 * 1024}, clock};

  model::response get_with(auto change) {
    model::request asked = ask(verb::get, "k");
    asked.wanted = want::value | want::cas | want::ttl | want::marks;
    change(asked);
    return store.execute(asked);
  }
  model::response lease() {
    return get_with([](auto& asked) { asked.vivify = model::exptime(30); });
  }
  model::response recache(std::int64_t seconds) {
    return get_with([seconds](auto& asked) { asked.recache = model::exptime(seconds); });
  }
  model::response plain() {
    return get_with([](auto&) {});
  }
  model::response invalidate(std::int64_t renewed = -2) {
    model::request asked = ask(verb::remove, "k");
    asked.options = option::invalidate;
    if (renewed != -2) asked.options = option::invalidate | option::renew;
    asked.expires = model::exptime(renewed);
    return store.execute(asked);
  }
};

/// As the protocol's letters.
std::string marks(model::response const& answer) {
  return std::string(answer.claimed ? "Z" : "") + (answer.stale ? "X" : "") + (answer.won ? "W" : "");
}

}  // namespace

TEST_CASE_METHOD(fixture, "the first to miss under a lease wins an empty item, the others are told to wait") {
  model::response const first = lease();
  CHECK(first.hit());
  CHECK(first.value.empty());
  CHECK(first.ttl == 30);
  CHECK(marks(first) == "W");
  CHECK(marks(lease()) == "Z");
  CHECK(marks(plain()) == "Z");
  CHECK(first.cas == plain().cas);
}

TEST_CASE_METHOD(fixture, "filling under the lease fails once anybody has written") {
  std::uint64_t const token = lease().cas;
  CHECK(store.execute(with_cas(ask(verb::cas, "k", "filled"), token)).status == status::ok);
  CHECK(marks(plain()).empty());
  CHECK(store.execute(with_cas(ask(verb::cas, "k", "late"), token)).status == status::exists);
  CHECK(value_of(store, "k") == "filled");
}

TEST_CASE_METHOD(fixture, "a lease whose time is over already wins and leaves nothing") {
  CHECK(get_with([](auto& asked) { asked.vivify = model::exptime(-1); }).won);
  CHECK(plain().status == status::not_found);
}

TEST_CASE_METHOD(fixture, "an item that is about to expire is won once") {
  set(store, "k", "v", 20);
  CHECK(marks(recache(20)).empty());
  CHECK(marks(recache(21)) == "W");
  CHECK(marks(recache(21)) == "Z");
  set(store, "k", "w", 20);
  CHECK(marks(plain()).empty());
  set(store, "k", "w");
  CHECK(marks(recache(1000)).empty());
  CHECK(marks(recache(0)).empty());
}

TEST_CASE_METHOD(fixture,
                 "whether an item is about to expire is judged before or after its time is changed") {
  auto const both = [this](option first) {
    set(store, "k", "v", 20);
    return marks(get_with([first](auto& asked) {
      asked.command = verb::get_and_touch;
      asked.options = first;
      asked.expires = model::exptime(100);
      asked.recache = model::exptime(50);
    }));
  };
  CHECK(both(option::recache_first) == "W");
  CHECK(both(option::none).empty());
}

TEST_CASE_METHOD(fixture, "an item marked as stale keeps its value, has a new cas and is won once") {
  set(store, "k", "old", 100);
  std::uint64_t const before = plain().cas;
  CHECK(invalidate().status == status::ok);
  model::response const first = plain();
  CHECK(first.value.view() == "old");
  CHECK(first.cas > before);
  CHECK(first.ttl == 100);
  CHECK(marks(first) == "XW");
  CHECK(marks(plain()) == "ZX");
  CHECK(invalidate(30).status == status::ok);
  CHECK(plain().ttl == 30);
  CHECK(marks(plain()) == "ZX");
  set(store, "k", "new");
  CHECK(marks(plain()).empty());
  store.execute(ask(verb::remove, "k"));
  CHECK(invalidate().status == status::not_found);
}

TEST_CASE_METHOD(fixture, "a classic get sees no marks and takes nobody's turn") {
  set(store, "k", "old");
  invalidate();
  CHECK(marks(get(store, "k")).empty());
  CHECK(marks(plain()) == "XW");
}

TEST_CASE_METHOD(fixture, "an older value may be stored as stale, a newer one not") {
  set(store, "k", "first");
  std::uint64_t const older = plain().cas;
  set(store, "k", "second", 100);
  model::request asked = with_cas(ask(verb::cas, "k", "third", -1), older);
  asked.options = option::invalidate;
  CHECK(store.execute(asked).status == status::ok);
  CHECK(marks(plain()) == "XW");
  CHECK(value_of(store, "k") == "third");
  CHECK(plain().ttl == 100);
  CHECK(store.execute(asked).status == status::ok);
  CHECK(marks(plain()) == "ZX");
  for (std::uint64_t const none : {plain().cas + 1, std::uint64_t{0}}) {
    asked.compare_cas = none;
    CHECK(store.execute(asked).status == status::exists);
  }
}

TEST_CASE_METHOD(fixture, "counting in place keeps the marks, growing ends them") {
  set(store, "k", "98");
  invalidate();
  store.execute(count(verb::increment, "k", 1));
  CHECK(marks(plain()) == "XW");
  store.execute(count(verb::increment, "k", 1));
  CHECK(marks(plain()).empty());
}

TEST_CASE_METHOD(fixture, "an item knows whether it was fetched, unless the fetch was to leave no trace") {
  auto const unseen = [this] { return get_with([](auto& asked) { asked.options = option::unseen; }); };
  set(store, "k", "v");
  CHECK_FALSE(unseen().fetched);
  CHECK_FALSE(unseen().fetched);
  CHECK_FALSE(plain().fetched);
  CHECK(unseen().fetched);
  set(store, "k", "w");
  CHECK_FALSE(unseen().fetched);
  store.execute(ask(verb::touch, "k"));
  CHECK(unseen().fetched);
}

TEST_CASE_METHOD(fixture, "the time since the last access counts from the fetch that made an item active") {
  set(store, "k", "v");
  clock.advance(5s);
  CHECK(plain().idle == 5);
  CHECK(plain().idle == 5);
  clock.advance(3s);
  CHECK(plain().idle == 3);
}

TEST_CASE_METHOD(fixture, "the time told is the one before or after the change") {
  auto const told = [this](option when) {
    set(store, "k", "5", 20);
    model::request asked = count(verb::increment, "k", 1);
    asked.options = when;
    asked.wanted = want::ttl;
    asked.expires = model::exptime(100);
    return store.execute(asked).ttl;
  };
  CHECK(told(option::none) == 20);
  CHECK(told(option::renew) == 100);
  CHECK(told(option::renew | option::ttl_first) == 20);
  CHECK(plain().ttl == 100);
}

TEST_CASE_METHOD(fixture, "debug tells what the store knows, and is no fetch") {
  set(store, "k", "v", 50);
  clock.advance(2s);
  std::string const known = store.execute(ask(verb::debug, "k")).value.str();
  CHECK(known.starts_with("exp=48 la=2 cas=" + std::to_string(get(store, "k").cas) + " fetch=no size="));
  CHECK(store.execute(ask(verb::debug, "k")).value.view().find("fetch=yes") != std::string_view::npos);
  set(store, "k", "v");
  CHECK(store.execute(ask(verb::debug, "k")).value.view().starts_with("exp=-1 "));
  CHECK(store.execute(ask(verb::debug, "none")).status == status::not_found);
}

}  // namespace tandem::backend::memory::tests
