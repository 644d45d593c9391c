#include "routing/shadow_route.hpp"

#include "unit/routing/played_backend.hpp"

#include <memory>
#include <string>
#include <vector>

namespace tandem::routing {
namespace {

using model::status;
using model::verb;

struct shadow_fixture {
  explicit shadow_fixture(shadow_options const& options = {.compare = true})
      : route("s", options, real, copy, registry.add_worker()) {
    real.always = model::response();
  }

  model::response ask(model::request const& asked) {
    client_of client(route, asked, model::request_context{clock});
    REQUIRE(client.told);
    return *client.told;
  }
  double count(metrics::family const& of, std::string const& kind = "") const {
    metrics::labels where{{"backend", "s"}};
    if (!kind.empty()) where.emplace_back("kind", kind);
    return registry.total(of, where);
  }
  std::string differences() const {
    std::string all;
    for (std::string const kind : {"presence", "value", "flags", "ttl"}) {
      if (count(metrics::shadow_differences_total, kind) > 0) all += (all.empty() ? "" : " ") + kind;
    }
    return all;
  }

  base::manual_clock clock;
  metrics::registry registry;
  played_backend real{"real"};
  played_backend copy{"copy"};
  shadow_route route;
};

struct answers {
  std::string what;
  model::response real;
  model::response copy;
  std::string differences;
};

model::response told(std::string const& value, std::uint32_t flags, std::int64_t ttl) {
  model::response made = item(value);
  made.flags = flags;
  made.ttl = ttl;
  return made;
}

}  // namespace

TEST_CASE_METHOD(shadow_fixture, "what is done is copied after the answer, which does not wait for it") {
  for (verb const command : {verb::get, verb::get_and_touch, verb::touch, verb::set, verb::append,
                             verb::prepend, verb::increment, verb::decrement, verb::remove}) {
    INFO(traits(command).name);
    CHECK(ask(asking(command)).hit());
    CHECK(copy.asked() == in_words(asking(command)));
    CHECK(route.busy());
    copy.answer(failure());
    CHECK_FALSE(route.busy());
  }
  CHECK(count(metrics::shadow_copies_total) == 9);
  CHECK(count(metrics::shadow_compared_total) == 0);
}

TEST_CASE_METHOD(shadow_fixture, "what was stored is set, and no cas of the one is compared by the other") {
  copy.always = model::response();
  for (verb const command : {verb::add, verb::replace, verb::cas}) {
    ask(asking(command));
    CHECK(copy.asked() == "set k v");
  }
  for (verb const command : {verb::set, verb::remove, verb::increment}) {
    model::request compared = asking(command);
    compared.compare_cas = 7;
    compared.options = model::option::invalidate;
    ask(compared);
    CHECK(copy.asked() == in_words(asking(command)));
  }
}

TEST_CASE_METHOD(shadow_fixture, "what came to nothing is not copied, but for what may be removed") {
  copy.always = model::response();
  for (status const came : {status::not_found, status::not_stored, status::exists, status::too_large,
                            status::client_error, status::server_error}) {
    real.always = model::response::of(came);
    for (verb const command : {verb::set, verb::add, verb::cas, verb::append, verb::increment, verb::touch}) {
      CHECK(ask(asking(command)).status == came);
      CHECK(copy.heard.empty());
    }
    ask(asking(verb::get));
    CHECK(copy.heard.size() == (real.always->failed() ? 0 : 1));
    copy.heard.clear();
    ask(asking(verb::remove));
    CHECK(copy.heard.size() == (came == status::client_error ? 0 : 1));
    copy.heard.clear();
  }
  ask(asking(verb::debug));
  CHECK(copy.heard.empty());
}

TEST_CASE_METHOD(shadow_fixture, "what is too large for the other is removed there") {
  for (verb const command : {verb::set, verb::append}) {
    ask(asking(command));
    copy.asked();
    copy.answer(model::response::of(status::too_large));
    CHECK(copy.asked() == "delete k");
    copy.answer(model::response());
    CHECK_FALSE(route.busy());
  }
}

TEST_CASE("a flush is copied whatever the share is, and keys by it") {
  shadow_fixture tenth({.share = 0.1});
  tenth.copy.always = model::response();
  model::request all;
  all.command = verb::flush;
  tenth.ask(all);
  CHECK(tenth.copy.asked() == "flush_all");
  std::vector<std::string> copied;
  for (int each = 0; each < 2000; ++each) {
    std::string const key = "key:" + std::to_string(each);
    tenth.ask(asking(verb::get, key));
    if (!tenth.copy.asked().empty()) copied.push_back(key);
  }
  CHECK(copied.size() > 150);
  CHECK(copied.size() < 250);
  for (std::string const& each : copied) {
    tenth.ask(asking(verb::set, each));
    CHECK_FALSE(tenth.copy.asked().empty());
  }
  CHECK(tenth.count(metrics::shadow_compared_total) == 0);
}

TEST_CASE("answers to reads are compared, and differences counted by kind") {
  auto const miss = model::response::of(status::not_found);
  for (answers const& each : std::vector<answers>{
           {"the same", told("v", 1, 9), told("v", 1, 9), ""},
           {"both miss", miss, miss, ""},
           {"not there", told("v", 1, 9), miss, "presence"},
           {"there only", miss, told("v", 1, 9), "presence"},
           {"another value", told("v", 1, 9), told("w", 1, 9), "value"},
           {"other flags", told("v", 1, 9), told("v", 2, 9), "flags"},
           {"another time", told("v", 1, 9), told("v", 1, 20), "ttl"},
           {"a time that has passed meanwhile", told("v", 1, 9), told("v", 1, 7), ""},
           {"stays there only", told("v", 1, 1), told("v", 1, -1), "ttl"},
           {"all", told("v", 1, 9), told("w", 2, 90), "value flags ttl"},
           {"a copy that failed", told("v", 1, 9), failure(), ""},
       }) {
    INFO(each.what);
    shadow_fixture of;
    of.real.always = each.real;
    of.copy.always = each.copy;
    model::request asked = asking(verb::get);
    asked.wanted = model::want::value | model::want::ttl;
    CHECK(of.ask(asked).value.view() == each.real.value.view());
    CHECK(of.differences() == each.differences);
    CHECK(of.count(metrics::shadow_compared_total) == (each.copy.failed() ? 0 : 1));
  }
}

TEST_CASE_METHOD(shadow_fixture, "what was not asked for is not compared") {
  real.always = told("v", 1, 9);
  copy.always = told("v", 1, 90);
  ask(asking(verb::get));
  copy.always = told("w", 2, 9);
  model::request of_time = asking(verb::get);
  of_time.wanted = model::want::ttl;
  ask(of_time);
  CHECK(differences().empty());
  CHECK(count(metrics::shadow_compared_total) == 2);
}

TEST_CASE_METHOD(shadow_fixture, "what is beyond the bounds is dropped, and clients are answered") {
  SECTION("copies under way") {
    for (std::size_t each = 0; each < shadow_route::copies_max; ++each) ask(asking(verb::get));
    CHECK(count(metrics::shadow_dropped_total) == 0);
    CHECK(ask(asking(verb::get)).hit());
    CHECK(copy.waiting() == shadow_route::copies_max);
  }
  SECTION("bytes") {
    model::request large = asking(verb::set);
    large.value = base::slice::copy_of(std::string(shadow_route::bytes_max / 2, 'x'));
    ask(large);
    ask(large);
    CHECK(ask(asking(verb::set)).hit());
    CHECK(copy.waiting() == 2);
  }
  CHECK(count(metrics::shadow_dropped_total) == 1);
  copy.answer(model::response());
  ask(asking(verb::set));
  CHECK(count(metrics::shadow_dropped_total) == 1);
}

TEST_CASE_METHOD(shadow_fixture, "bytes are free again when the copies that held them were stopped") {
  model::request large = asking(verb::set);
  large.value = base::slice::copy_of(std::string(1000, 'x'));
  ask(large);
  CHECK(route.busy());
  route.stop();
  CHECK_FALSE(route.busy());
  CHECK(ask(large).hit());
  CHECK(count(metrics::shadow_dropped_total) == 1);
}

TEST_CASE("a key is where it is answered, and it is said that it is copied") {
  model::explanation where;
  shadow_fixture all;
  all.route.explain("k", where);
  CHECK(where.backend == "real");
  CHECK(where.destination == "there; copied to copy, there");
  where.of = model::explanation::scope::now;
  all.copy.serves = false;
  all.route.explain("k", where);
  CHECK(where.destination == "there; copied to copy, away");
  CHECK(where.serves);
  shadow_fixture few({.share = 1e-9});
  few.route.explain("k", where);
  CHECK(where.destination == "there");
  CHECK(few.route.children().size() == 2);
}

}  // namespace tandem::routing
