#include "routing/coalesce_route.hpp"

#include "unit/base/played_executor.hpp"
#include "unit/routing/played_backend.hpp"

#include <memory>
#include <string>
#include <vector>

namespace tandem::routing {
namespace {

using model::status;
using model::verb;
using namespace std::chrono_literals;

struct coalesce_fixture {
  std::unique_ptr<client_of> ask(model::request const& asked) {
    return std::make_unique<client_of>(route, asked, model::request_context{clock, deadline});
  }
  std::unique_ptr<client_of> get(std::string const& key = "k") { return ask(asking(verb::get, key)); }
  double joined() const { return registry.total(metrics::coalesced_gets_total, {{"backend", "c"}}); }

  test::played_executor executor;
  base::clock const& clock = executor.running_clock();
  base::time_point deadline = model::no_deadline;
  metrics::registry registry;
  played_backend inner{"inner"};
  coalesce_route route{"c", inner, executor, registry.add_worker()};
};

std::string value_of(client_of const& one) { return one.told ? one.told->value.str() : "nothing yet"; }

}  // namespace

TEST_CASE_METHOD(coalesce_fixture, "gets of a key that is being read are answered with it") {
  auto const one = get();
  auto const two = get();
  auto const other = get("other");
  auto const three = get();
  CHECK(inner.asked() == "get k; get other");
  CHECK(route.busy());
  inner.answer(item("v"));
  for (client_of const* const each : {one.get(), two.get(), three.get()}) CHECK(value_of(*each) == "v");
  CHECK_FALSE(other->told);
  CHECK(joined() == 2);
  auto const later = get();
  CHECK(inner.asked() == "get k");
  inner.answer(item("w"));
  CHECK(value_of(*other) == "w");
  inner.answer(item("x"));
  CHECK(value_of(*later) == "x");
  CHECK_FALSE(route.busy());
}

TEST_CASE_METHOD(coalesce_fixture, "a failure and a miss are everybody's") {
  auto const one = get();
  auto const two = get();
  inner.answer(failure());
  CHECK(one->told->status == status::server_error);
  CHECK(two->told->status == status::server_error);
  auto const three = get();
  auto const four = get();
  inner.answer(model::response::of(status::not_found));
  CHECK(three->told->status == status::not_found);
  CHECK(four->told->status == status::not_found);
}

TEST_CASE_METHOD(coalesce_fixture,
                 "only who wants the same joins, and nobody who changes or marks anything") {
  auto const one = get();
  inner.asked();
  using change = void (*)(model::request&);
  for (change const each : std::vector<change>{
           [](model::request& asked) { asked.wanted = model::want::value | model::want::cas; },
           [](model::request& asked) { asked.options = model::option::unseen; },
           [](model::request& asked) { asked.wanted = model::want::value | model::want::idle; },
           [](model::request& asked) { asked.wanted = model::want::value | model::want::fetched; },
           [](model::request& asked) { asked.compare_cas = 5; },
           [](model::request& asked) { asked.generation = 5; },
           [](model::request& asked) { asked.command = verb::debug; },
       }) {
    model::request asked = asking(verb::get);
    each(asked);
    auto const alone = ask(asked);
    CHECK(inner.heard.size() == 1);
    inner.asked();
  }
}

TEST_CASE_METHOD(coalesce_fixture,
                 "who needs the authority joins nobody whom a replica may answer, but may be joined") {
  auto const anybody = get();
  model::request_context strict{clock, deadline};
  strict.of_authority = true;
  client_of const one(route, asking(verb::get), strict);
  CHECK(inner.asked() == "get k; get k");
  client_of const two(route, asking(verb::get), strict);
  CHECK(inner.asked().empty());
}

TEST_CASE_METHOD(coalesce_fixture, "what is told by the access alone is never joined") {
  model::request asked = asking(verb::get);
  asked.wanted = model::want::value | model::want::fetched;
  auto const one = ask(asked);
  auto const two = ask(asked);
  CHECK(inner.heard.size() == 2);
}

TEST_CASE_METHOD(coalesce_fixture,
                 "after a write has come nobody joins what was asked before, or meanwhile") {
  std::vector<model::request> writes;
  for (verb const command : {verb::set, verb::add, verb::remove, verb::touch, verb::get_and_touch,
                             verb::increment, verb::cas, verb::append}) {
    writes.push_back(asking(command));
  }
  writes.push_back(asking(verb::get));
  writes.back().vivify = model::exptime(30);
  writes.push_back(asking(verb::get));
  writes.back().recache = model::exptime(30);
  for (model::request const& each : writes) {
    INFO(in_words(each));
    auto const before = get();
    auto const write = ask(each);
    auto const meanwhile = get();
    auto const as_well = get();
    CHECK(inner.heard.size() == 4);
    inner.answer(model::response(), 1);
    CHECK(write->told);
    auto const after = get();
    auto const joins = get();
    CHECK(inner.heard.size() == 5);
    inner.answer(item("old"));
    inner.answer(item("m"));
    inner.answer(item("m"));
    inner.answer(item("new"));
    CHECK(value_of(*after) == "new");
    CHECK(value_of(*joins) == "new");
    CHECK(value_of(*before) == "old");
    inner.asked();
  }
}

TEST_CASE_METHOD(coalesce_fixture,
                 "writes of one key leave the gets of others alone, and several of one keep it alone") {
  auto const other = get("other");
  auto const one = ask(asking(verb::set));
  auto const two = ask(asking(verb::set));
  auto const joins = get("other");
  CHECK(inner.asked() == "get other; set k v; set k v");
  inner.answer(item("v"));
  inner.answer(model::response());
  auto const alone = get();
  auto const as_well = get();
  CHECK(inner.asked() == "get k; get k");
  CHECK(joins->told);
}

TEST_CASE_METHOD(coalesce_fixture, "a write whose client goes away holds nobody up") {
  auto const write = ask(asking(verb::set));
  write->leave();
  auto const one = get();
  auto const two = get();
  CHECK(inner.asked() == "set k v; get k");
}

TEST_CASE_METHOD(coalesce_fixture,
                 "a flush, and a change that somebody else has made, end what may be joined") {
  model::request all;
  all.command = verb::flush;
  auto const one = get();
  auto const flush = ask(all);
  auto const two = get();
  auto const three = get();
  CHECK(inner.asked() == "get k; flush_all; get k; get k");
  inner.answer(model::response(), 1);
  auto const four = get();
  CHECK(route.invalidate("any", {}));
  auto const five = get();
  CHECK(inner.asked() == "get k; get k");
}

TEST_CASE_METHOD(coalesce_fixture, "who has asked first may go away, and the others are answered") {
  auto const one = get();
  auto const two = get();
  one->leave();
  auto const three = get();
  two->leave();
  inner.answer(item("v"));
  CHECK(value_of(*three) == "v");
  CHECK_FALSE(one->told);
}

TEST_CASE_METHOD(coalesce_fixture, "each waits until its own time is over") {
  auto const patient = get();
  deadline = clock.now() + 50ms;
  auto const hurried = get();
  executor.pass(50ms);
  REQUIRE(hurried->told);
  CHECK(hurried->told->status == status::server_error);
  CHECK(hurried->told->failure == base::error_kind::timeout);
  CHECK(hurried->told->message.view() == "backend c: no answer in time");
  CHECK_FALSE(patient->told);
  inner.answer(item("v"));
  CHECK(value_of(*patient) == "v");
}

TEST_CASE_METHOD(coalesce_fixture,
                 "who has time left when that of the first is over asks once more, together") {
  deadline = clock.now() + 50ms;
  auto const first = get();
  CHECK(inner.asked() == "get k within 50ms");
  deadline = clock.now() + 80ms;
  auto const two = get();
  auto const three = get();
  executor.pass(50ms);
  inner.answer(failure(base::error_kind::timeout));
  CHECK(first->told->status == status::server_error);
  CHECK(inner.asked() == "get k within 30ms");
  inner.answer(item("v"));
  CHECK(value_of(*two) == "v");
  CHECK(value_of(*three) == "v");
}

TEST_CASE_METHOD(coalesce_fixture, "the turn to renew a stale item is given to one") {
  auto const one = get();
  auto const two = get();
  model::response stale = item("v");
  stale.stale = stale.won = true;
  inner.answer(stale);
  CHECK(one->told->won);
  CHECK_FALSE(one->told->claimed);
  CHECK_FALSE(two->told->won);
  CHECK(two->told->claimed);
  CHECK(two->told->stale);
}

TEST_CASE_METHOD(coalesce_fixture, "with as many under way as may, gets go alone, and that is counted") {
  std::vector<std::unique_ptr<client_of>> all;
  for (std::size_t each = 0; each < coalesce_route::gets_max; ++each)
    all.push_back(get("k" + std::to_string(each)));
  auto const one = get();
  auto const two = get();
  CHECK(inner.heard.size() == coalesce_route::gets_max + 2);
  CHECK(registry.total(metrics::coalesce_refused_total) == 2);
  auto const joins = get("k0");
  CHECK(inner.heard.size() == coalesce_route::gets_max + 2);
}

TEST_CASE_METHOD(coalesce_fixture,
                 "when it is stopped nobody is answered, and the clients may be destroyed") {
  auto const one = get();
  auto const two = get();
  route.stop();
  CHECK_FALSE(route.busy());
  CHECK_FALSE(one->told);
  CHECK_FALSE(two->told);
}

}  // namespace tandem::routing
