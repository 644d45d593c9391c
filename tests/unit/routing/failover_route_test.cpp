#include "routing/failover_route.hpp"

#include "routing/foreign_cas.hpp"
#include "unit/base/played_executor.hpp"
#include "unit/routing/played_backend.hpp"

#include <string>
#include <vector>

namespace tandem::routing {
namespace {

using base::error_kind;
using model::fate;
using model::status;
using model::verb;
using namespace std::chrono_literals;

struct failover_fixture {
  explicit failover_fixture(failover_options const& with = {}) : options(with) {}

  model::response ask(model::request const& asked) {
    client_of client(route, asked, context);
    REQUIRE(client.told);
    return *client.told;
  }
  void forget_missed() {
    if (auto const due = missed.blocking("k")) missed.claimed(*due).confirm();
  }
  double stood_in(std::string const& reason, std::string const& name = "b") const {
    return registry.total(metrics::failover_answers_total,
                          {{"backend", "f"}, {"stand_in", name}, {"reason", reason}});
  }

  failover_options options;
  test::played_executor loop;
  model::request_context context{loop.running_clock()};
  metrics::registry registry;
  std::vector<std::string> said;
  stand_in_watch watch{"f", stand_in_watch::first::backend,
                       [this](base::log_level, std::string_view line) { said.emplace_back(line); }};
  played_backend a{"a"};
  played_backend b{"b"};
  model::missed_removals missed{2};
  failover_route route{
      "f", options, {{"a", a, 200ms}, {"b", b, 200ms}}, {watch, &missed}, loop, registry.add_worker()};
};

struct on_miss : failover_fixture {
  on_miss() : failover_fixture({.on_miss = true}) {}
};

bool is_stored_by_stand_in(verb command) { return model::stores_whole(command) || model::touches(command); }

}  // namespace

TEST_CASE_METHOD(failover_fixture, "while the first answers, nobody else is asked, whatever it says") {
  for (status const each : {status::ok, status::not_found, status::not_stored, status::exists,
                            status::too_large, status::non_numeric, status::client_error}) {
    a.always = model::response::of(each);
    for (verb const command : {verb::get, verb::set, verb::increment, verb::cas, verb::debug}) {
      CHECK(ask(asking(command)).status == each);
    }
  }
  CHECK(b.heard.empty());
  CHECK(said.empty());
}

TEST_CASE_METHOD(failover_fixture, "what a verb leads to when the first has failed, surely or perhaps done") {
  struct row {
    verb command;
    bool never;  // whether the stand-in is asked if the first has surely done nothing
    bool maybe;  // ... if it may have done it
  };
  for (row const& each :
       {row{verb::get, true, true}, row{verb::get_and_touch, true, true}, row{verb::debug, true, true},
        row{verb::set, true, true}, row{verb::replace, true, true}, row{verb::touch, true, true},
        row{verb::add, true, false}, row{verb::append, true, false}, row{verb::prepend, true, false},
        row{verb::increment, true, false}, row{verb::decrement, true, false}, row{verb::cas, false, false}}) {
    INFO(traits(each.command).name);
    b.always = model::response();
    for (bool const maybe : {false, true}) {
      a.always = failure(error_kind::connection_lost, maybe ? fate::maybe : fate::never);
      b.heard.clear();
      forget_missed();
      model::response const told = ask(asking(each.command));
      bool const expected = maybe ? each.maybe : each.never;
      CHECK(b.heard.size() == (expected ? 1 : 0));
      CHECK(told.status == (expected ? status::ok : status::server_error));
      if (!expected) CHECK(told.fate == a.always->fate);
      if (expected)
        CHECK((b.asked().find("time=10") != std::string::npos) == is_stored_by_stand_in(each.command));
    }
  }
}

TEST_CASE_METHOD(failover_fixture,
                 "what is made, left or renewed at a stand-in has the time of stand-ins at most") {
  a.always = failure();
  b.always = model::response();
  model::request number = asking(verb::increment);
  number.vivify = model::exptime(0);
  number.options = model::option::renew;
  ask(number);
  model::request leased = asking(verb::get);
  leased.vivify = model::exptime(30);
  ask(leased);
  model::request shorter = asking(verb::set);
  shorter.expires = model::exptime(3);
  ask(shorter);
  model::request over = asking(verb::set);
  over.expires = model::exptime(-1);
  ask(over);
  CHECK(b.asked() == "incr k time=10 vivify=10 options; get k vivify=10; set k v time=3; set k v time=-1");
}

TEST_CASE_METHOD(failover_fixture, "a stand-in's cas is no number that the first could know") {
  a.always = failure();
  model::response found = item("v");
  found.cas = 7;
  found.generation = 3;
  b.always = found;
  model::response const told = ask(asking(verb::get));
  CHECK(told.value.view() == "v");
  CHECK(told.cas == no_items_cas);
  CHECK(told.generation == 0);
  for (verb const command : {verb::set, verb::remove, verb::increment}) {
    b.heard.clear();
    model::request compared = asking(command);
    compared.compare_cas = 7;
    CHECK(ask(compared).status == status::server_error);
    CHECK(b.heard.empty());
  }
}

TEST_CASE_METHOD(failover_fixture, "the first leaves the others their part of the time") {
  context.deadline = loop.now() + 400ms;
  client_of client(route, asking(verb::get), context);
  CHECK(a.asked() == "get k within 200ms");
  loop.pass(200ms);
  a.answer(failure(error_kind::timeout, fate::maybe));
  CHECK(b.asked() == "get k within 200ms");
  b.answer(item("v"));
  REQUIRE(client.told);
  CHECK(client.told->value.view() == "v");
  CHECK(stood_in("timeout") == 1);
  CHECK(stood_in("error") == 0);
}

TEST_CASE("only what `on` names leads to a stand-in") {
  failover_fixture late({.on_error = false});
  late.a.always = failure(error_kind::connect);
  CHECK(late.ask(asking(verb::get)).status == status::server_error);
  late.a.always = failure(error_kind::timeout);
  late.b.always = item("v");
  CHECK(late.ask(asking(verb::get)).hit());
  failover_fixture broken({.on_timeout = false});
  broken.a.always = failure(error_kind::timeout);
  CHECK(broken.ask(asking(verb::get)).status == status::server_error);
  broken.a.always = model::response::of(status::not_found);
  CHECK(broken.ask(asking(verb::get)).status == status::not_found);
  CHECK(broken.b.heard.empty());
}

TEST_CASE_METHOD(on_miss, "a miss is looked for elsewhere, and told if it is one there, or that fails") {
  a.always = model::response::of(status::not_found);
  b.always = item("v");
  CHECK(ask(asking(verb::get)).value.view() == "v");
  CHECK(stood_in("miss") == 1);
  b.always = model::response::of(status::not_found);
  CHECK(ask(asking(verb::get_and_touch)).status == status::not_found);
  b.always = failure();
  CHECK(ask(asking(verb::get)).status == status::not_found);
  b.heard.clear();
  CHECK(ask(asking(verb::touch)).status == status::not_found);
  CHECK(ask(asking(verb::replace)).status == status::not_found);
  CHECK(b.heard.empty());
  CHECK(stood_in("miss") == 1);
  CHECK(said.empty());
}

TEST_CASE_METHOD(on_miss, "what is deleted where misses are looked for is told as deleted") {
  a.always = model::response::of(status::not_found);
  b.always = model::response();
  CHECK(ask(asking(verb::remove)).status == status::ok);
}

TEST_CASE_METHOD(failover_fixture, "if all fail the first's error is told, and that any may have done it") {
  a.always = failure(error_kind::timeout);
  b.always = failure(error_kind::connect, fate::maybe);
  model::response told = ask(asking(verb::set));
  CHECK(told.failure == error_kind::timeout);
  CHECK(told.fate == fate::maybe);
  CHECK(stood_in("timeout") == 0);
  b.always = model::response::client_error("flag N is not possible for backend b");
  told = ask(asking(verb::get));
  CHECK(told.status == status::server_error);
}

TEST_CASE_METHOD(failover_fixture,
                 "a delete goes to all at once, and is noted where the first has not done it") {
  model::request hollow = asking(verb::remove);
  hollow.options = model::option::hollow;
  hollow.flags = 3;
  client_of client(route, hollow, context);
  CHECK(a.asked() == "delete k flags=3 options");
  CHECK(b.asked() == "delete k");
  a.answer(failure());
  CHECK_FALSE(client.told);
  b.answer(model::response());
  REQUIRE(client.told);
  CHECK(client.told->status == status::ok);
  CHECK(missed.blocks("k"));

  a.always = failure();
  b.always = failure();
  CHECK(ask(asking(verb::remove)).status == status::server_error);
  CHECK(missed.blocks("k"));
  model::request compared = asking(verb::remove);
  compared.compare_cas = 7;
  b.always = model::response();
  CHECK(ask(compared).status == status::server_error);
  forget_missed();

  a.always = model::response::of(status::not_found);
  b.always = model::response();
  CHECK(ask(asking(verb::remove)).status == status::not_found);
  a.always = model::response();
  b.always = failure();
  CHECK(ask(asking(verb::remove)).status == status::ok);
}

TEST_CASE_METHOD(failover_fixture, "a delete that compares goes on to the others when it has deleted") {
  model::request compared = asking(verb::remove);
  compared.compare_cas = 7;
  a.always = model::response::of(status::exists);
  CHECK(ask(compared).status == status::exists);
  CHECK(b.heard.empty());
  a.always = model::response();
  b.always = model::response::of(status::not_found);
  CHECK(ask(compared).status == status::ok);
  CHECK(b.asked() == "delete k");
}

TEST_CASE_METHOD(failover_fixture, "a flush goes to all, and any failure is told") {
  a.always = model::response();
  b.always = failure();
  model::request all;
  all.command = verb::flush;
  CHECK(ask(all).status == status::server_error);
  CHECK(a.heard.size() == 1);
}

TEST_CASE("of three the third stands in for the second") {
  failover_fixture of({.on_miss = true});
  played_backend c{"c"};
  failover_route three("f", of.options, {{"a", of.a, 200ms}, {"b", of.b, 200ms}, {"c", c, 0ms}},
                       {of.watch, &of.missed}, of.loop, of.registry.add_worker());
  of.a.always = failure(error_kind::timeout);
  of.b.always = failure(error_kind::connect);
  c.always = item("v");
  client_of client(three, asking(verb::get), of.context);
  REQUIRE(client.told);
  CHECK(client.told->value.view() == "v");
  CHECK(of.stood_in("error", "c") == 1);
  CHECK(of.stood_in("timeout", "b") == 0);
  of.b.always = model::response::of(status::not_found);
  c.always = failure();
  client_of other(three, asking(verb::get), of.context);
  REQUIRE(other.told);
  CHECK(other.told->status == status::not_found);
  of.b.always = item("w");
  c.heard.clear();
  client_of last(three, asking(verb::get), of.context);
  REQUIRE(last.told);
  CHECK(last.told->value.view() == "w");
  CHECK(c.heard.empty());
}

namespace {

/// The first itself knows what it has missed, as a pool does.
struct with_account : failover_fixture {
  failover_route route{
      "f", options, {{"a", a, 200ms}, {"b", b, 200ms}}, {watch, nullptr}, loop, registry.add_worker()};

  model::response ask(model::request const& asked) {
    client_of client(route, asked, context);
    REQUIRE(client.told);
    return *client.told;
  }
};

}  // namespace

TEST_CASE_METHOD(with_account, "where the first knows what it has missed, stand-ins do any number of keys") {
  a.always = failure();
  b.always = model::response();
  for (char const* const key : {"k1", "k2", "k3", "k4"}) CHECK(ask(asking(verb::set, key)).hit());
  CHECK(b.heard.size() == 4);
  CHECK(!missed.any());
}

TEST_CASE_METHOD(with_account,
                 "for as long as stand-ins may have what was done there, changes at the first remove it") {
  a.always = b.always = model::response();
  CHECK(ask(asking(verb::set)).hit());
  CHECK(ask(asking(verb::remove)).hit());
  CHECK(b.heard.empty());
  a.always = failure();
  CHECK(ask(asking(verb::set, "other")).hit());
  b.heard.clear();
  a.always = model::response();
  for (verb const command : {verb::set, verb::increment, verb::remove}) {
    INFO(model::traits(command).name);
    CHECK(ask(asking(command)).hit());
    CHECK(b.asked() == "delete k");
    b.heard.clear();
  }
  CHECK(ask(asking(verb::get)).hit());
  CHECK(b.heard.empty());
  loop.pass(options.ttl + 2s);
  CHECK(ask(asking(verb::set)).hit());
  CHECK(ask(asking(verb::remove)).hit());
  CHECK(b.heard.empty());

  for (verb const command : {verb::touch, verb::get_and_touch}) {
    INFO(model::traits(command).name);
    loop.pass(options.ttl + 2s);
    a.always = failure();
    CHECK(ask(asking(command)).hit());
    a.always = model::response();
    b.heard.clear();
    CHECK(ask(asking(verb::set)).hit());
    CHECK(b.asked() == "delete k");
  }
}

TEST_CASE_METHOD(with_account,
                 "a delete that the first has missed goes to stand-ins, whoever has stored there") {
  a.always = failure();
  b.always = model::response();
  CHECK(ask(asking(verb::remove)).hit());
  CHECK(b.asked() == "delete k");
  b.always = failure();
  CHECK(ask(asking(verb::remove)).failed());
}

TEST_CASE_METHOD(failover_fixture, "it is said once that others stand in, and once when they do no more") {
  a.always = failure();
  b.always = item("v");
  for (int each = 0; each < 3; ++each) ask(asking(verb::get));
  CHECK(said == std::vector<std::string>{"backend f: others stand in for its first: down"});
  a.always = item("v");
  ask(asking(verb::get));
  loop.pass(4s);
  a.always = failure();
  ask(asking(verb::get));
  a.always = item("v");
  loop.pass(4s);
  ask(asking(verb::get));
  CHECK(said.size() == 1);
  loop.pass(1s);
  for (int each = 0; each < 3; ++each) ask(asking(verb::get));
  CHECK(said.size() == 2);
  CHECK(said.back() == "backend f: its first answers again");
}

TEST_CASE_METHOD(failover_fixture, "a key is where the first has it, or else with the next") {
  model::explanation where;
  route.explain("k", where);
  CHECK(where.backend == "f");
  CHECK(where.destination == "a, there; else b, there");
  CHECK(route.children().size() == 2);
}

TEST_CASE("of those in order the one that takes a key now is told, unless it is the first") {
  struct row {
    bool a, b;
    bool goes_on;  // on errors
    std::string told;
    bool serves;
  };
  for (row const& each : std::vector<row>{{true, true, true, "a, there; else b, there", true},
                                          {true, false, true, "a, there; else b, away", true},
                                          {false, true, true, "a, away; else b, there (takes it now)", true},
                                          {false, true, false, "a, away; else b, there", false},
                                          {false, false, true, "a, away; else b, away", false}}) {
    INFO(each.a << each.b << each.goes_on);
    failover_fixture of({.on_error = each.goes_on});
    of.a.serves = each.a;
    of.b.serves = each.b;
    model::explanation now;
    now.of = model::explanation::scope::now;
    of.route.explain("k", now);
    CHECK(now.destination == each.told);
    CHECK(now.serves == each.serves);
    model::explanation configured;
    of.route.explain("k", configured);
    CHECK(configured.destination == "a, there; else b, there");
    CHECK(configured.serves);
  }
}

TEST_CASE_METHOD(
    failover_fixture,
    "what the first has of a key that was changed elsewhere is removed before it is asked again") {
  for (verb const command : {verb::set, verb::add, verb::increment, verb::append, verb::remove}) {
    INFO(traits(command).name);
    a.always = failure();
    b.always = model::response();
    ask(asking(command));
    CHECK(missed.any());
    a.always = model::response();
    a.heard.clear();
    b.heard.clear();
    CHECK(ask(asking(verb::get)).status == status::ok);
    CHECK(a.asked() == "delete k; get k");
    CHECK(b.asked() == "delete k");
    CHECK_FALSE(missed.any());
    a.heard.clear();
    ask(asking(verb::get));
    CHECK(a.asked() == "get k");
  }
}

TEST_CASE_METHOD(failover_fixture, "what changed nothing elsewhere leaves the first as it is") {
  for (verb const command : {verb::get, verb::get_and_touch, verb::touch, verb::debug}) {
    a.always = failure();
    b.always = model::response();
    ask(asking(command));
    CHECK_FALSE(missed.any());
  }
  b.always = model::response::of(status::not_stored);
  ask(asking(verb::add));
  b.always = failure();
  ask(asking(verb::set));
  CHECK_FALSE(missed.any());
}

TEST_CASE_METHOD(failover_fixture,
                 "until the removal is confirmed stand-ins go on, also with what cannot be done twice") {
  a.always = failure();
  b.always = model::response();
  ask(asking(verb::set));
  a.always = failure(error_kind::timeout, fate::maybe);
  a.heard.clear();
  b.heard.clear();
  CHECK(ask(asking(verb::increment)).status == status::ok);
  CHECK(a.asked() == "delete k");
  CHECK(b.heard.size() == 1);
  CHECK(missed.any());
}

TEST_CASE_METHOD(failover_fixture, "no removal that another is at comes after what was stored since") {
  missed.remember("k");
  client_of one(route, asking(verb::set), context);
  client_of other(route, asking(verb::set), context);
  route.start();
  loop.pass(20ms);
  CHECK(a.asked() == "delete k");
  b.always = model::response();
  a.answer(model::response());
  CHECK(a.asked() == "set k v");
  a.always = model::response();
  loop.pass(20ms);
  CHECK(a.asked() == "set k v");
  CHECK(other.told);
  CHECK_FALSE(missed.any());
}

TEST_CASE_METHOD(failover_fixture,
                 "who has waited for another's removal for too long is answered by a stand-in") {
  missed.remember("k");
  client_of const one(route, asking(verb::get), context);
  context.deadline = loop.now() + 100ms;
  client_of other(route, asking(verb::get), context);
  b.always = item("v");
  loop.pass(49ms);
  CHECK_FALSE(other.told);
  loop.pass(5ms);
  REQUIRE(other.told);
  CHECK(other.told->value.view() == "v");
}

TEST_CASE_METHOD(failover_fixture,
                 "what was changed elsewhere is removed from all when the first lets it, asked for or not") {
  a.always = failure();
  b.always = model::response();
  ask(asking(verb::set));
  loop.pass(1s);
  CHECK(missed.any());
  a.always = model::response();
  a.heard.clear();
  b.heard.clear();
  loop.pass(1s);
  CHECK(a.asked() == "delete k");
  CHECK(b.asked() == "delete k");
  CHECK_FALSE(missed.any());
}

TEST_CASE_METHOD(failover_fixture, "a route goes on with what another has noted, and ends with its tree") {
  missed.remember("k");
  a.always = failure();
  route.start();
  loop.pass(1s);
  CHECK_FALSE(a.heard.empty());
  route.stop();
  a.heard.clear();
  loop.pass(5s);
  CHECK(a.heard.empty());
}

TEST_CASE_METHOD(failover_fixture, "where too many keys were changed elsewhere, others are not") {
  a.always = failure();
  b.always = model::response();
  auto const stored = [&](char const* key) {
    model::request one = asking(verb::set);
    one.key = base::slice::of_static(key);
    return ask(one).status;
  };
  CHECK(stored("k1") == status::ok);
  CHECK(stored("k2") == status::ok);
  CHECK(stored("k3") == status::server_error);
  CHECK(stored("k1") == status::ok);
  CHECK(ask(asking(verb::remove)).status == status::server_error);
  CHECK(ask(asking(verb::get)).status == status::ok);
}

TEST_CASE_METHOD(failover_fixture,
                 "what a stand-in may have done is noted, also if nobody waits for it any more") {
  a.always = failure();
  b.always = failure(error_kind::timeout, fate::maybe);
  CHECK(ask(asking(verb::set)).status == status::server_error);
  CHECK(missed.blocks("k"));
  forget_missed();
  b.always.reset();
  { client_of const leaving(route, asking(verb::set), context); }
  CHECK(missed.blocks("k"));
}

}  // namespace tandem::routing
