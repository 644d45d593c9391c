#include "routing/replicated_route.hpp"

#include "routing/foreign_cas.hpp"
#include "unit/base/played_executor.hpp"
#include "unit/routing/played_backend.hpp"

#include <memory>
#include <string>
#include <vector>

namespace tandem::routing {
namespace {

using base::error_kind;
using model::fate;
using model::status;
using model::verb;
using namespace std::chrono_literals;

struct replicas {
  explicit replicas(replicated_options const& with = {})
      : route("r", with, {{"a", &a}, {"b", &b}}, loop, registry.add_worker()) {}

  std::unique_ptr<client_of> begin(model::request const& asked) {
    return std::make_unique<client_of>(route, asked, model::request_context{loop.running_clock(), deadline});
  }
  model::response ask(model::request const& asked) {
    auto const client = begin(asked);
    REQUIRE(client->told);
    return *client->told;
  }
  double count(metrics::family const& of, std::string const& replica) const {
    return registry.total(of, {{"backend", "r"}, {"replica", replica}});
  }

  test::played_executor loop;
  base::time_point deadline = model::no_deadline;
  metrics::registry registry;
  played_backend a{"a"};
  played_backend b{"b"};
  replicated_route route;
};

struct write_one : replicas {
  write_one() : replicas({.write = replicated_write::one}) {}
};
struct read_fastest : replicas {
  read_fastest() : replicas({.read = replicated_read::fastest}) {}
};

model::response number(std::uint64_t told) {
  model::response made;
  made.number = told;
  return made;
}

model::response const absent = model::response::of(status::not_found);

}  // namespace

TEST_CASE("what follows at the others when the first has done it, by verb") {
  struct row {
    verb command;
    std::string all;  // what the other is asked with write: all
    std::string one;  // ... with write: one
  };
  for (row const& each :
       {row{verb::set, "set k v", "delete k"}, row{verb::add, "set k v", "delete k"},
        row{verb::replace, "set k v", "delete k"}, row{verb::cas, "set k v", "delete k"},
        row{verb::append, "delete k", "delete k"}, row{verb::prepend, "delete k", "delete k"},
        row{verb::increment, "incr k", "delete k"}, row{verb::decrement, "decr k", "delete k"},
        row{verb::touch, "touch k", "delete k"}, row{verb::get_and_touch, "touch k", "delete k"},
        row{verb::remove, "delete k", "delete k"}}) {
    for (replicated_write const how : {replicated_write::all, replicated_write::one}) {
      INFO(traits(each.command).name);
      replicas of({.write = how});
      of.a.always = of.b.always = model::response();
      CHECK(of.ask(asking(each.command)).status == status::ok);
      CHECK(of.a.heard.size() == 1);
      CHECK(of.b.asked() == (how == replicated_write::all ? each.all : each.one));
    }
  }
}

TEST_CASE_METHOD(replicas, "the others hear of a write when the first has done it, and the client then") {
  auto const client = begin(asking(verb::set));
  CHECK(a.asked() == "set k v");
  CHECK(b.heard.empty());
  a.answer(model::response());
  CHECK(b.asked() == "set k v");
  CHECK_FALSE(client->told);
  CHECK(route.busy());
  b.answer(model::response());
  REQUIRE(client->told);
  CHECK(client->told->hit());
  CHECK_FALSE(route.busy());
}

TEST_CASE_METHOD(replicas, "a write goes on to its end though its client has gone") {
  auto const client = begin(asking(verb::set));
  client->leave();
  a.answer(model::response());
  CHECK(b.asked() == "set k v");
}

TEST_CASE_METHOD(replicas, "what the first has not done is not done elsewhere") {
  for (status const came : {status::not_found, status::not_stored, status::exists, status::non_numeric,
                            status::client_error, status::server_error}) {
    a.always = model::response::of(came);
    for (verb const command : {verb::set, verb::add, verb::cas, verb::append, verb::increment, verb::touch}) {
      CHECK(ask(asking(command)).status == came);
    }
  }
  CHECK(b.heard.empty());
}

TEST_CASE_METHOD(replicas,
                 "a replica that has missed a write is told to remove the item, or the client told") {
  a.always = model::response();
  auto client = begin(asking(verb::set));
  b.answer(failure(error_kind::timeout, fate::maybe));
  CHECK(b.asked() == "set k v; delete k");
  b.answer(absent);
  REQUIRE(client->told);
  CHECK(client->told->hit());
  CHECK(count(metrics::replica_missed_total, "b") == 0);

  client = begin(asking(verb::set));
  b.answer(failure());
  b.answer(failure());
  REQUIRE(client->told);
  CHECK(client->told->status == status::server_error);
  CHECK(client->told->fate == fate::maybe);
  CHECK(count(metrics::replica_missed_total, "b") == 1);
}

TEST_CASE_METHOD(replicas,
                 "a number that comes out another is removed, and what is too large is removed elsewhere") {
  a.always = number(5);
  auto client = begin(asking(verb::increment));
  b.asked();
  b.answer(number(4));
  CHECK(b.asked() == "delete k");
  b.answer(model::response());
  CHECK(client->told->number == 5);
  client = begin(asking(verb::increment));
  b.asked();
  b.answer(number(5));
  CHECK(client->told->number == 5);
  CHECK(b.asked().empty());
  a.always = model::response::of(status::too_large);
  client = begin(asking(verb::set));
  CHECK(b.asked() == "delete k");
  b.answer(model::response());
  CHECK(client->told->status == status::too_large);
}

TEST_CASE_METHOD(replicas, "a delete goes to the last first, and all have to confirm it") {
  auto client = begin(asking(verb::remove));
  CHECK(b.asked() == "delete k");
  CHECK(a.heard.empty());
  b.answer(model::response());
  CHECK(a.asked() == "delete k");
  a.answer(absent);
  CHECK(client->told->status == status::ok);
  a.always = model::response();
  b.always = failure();
  model::response const told = ask(asking(verb::remove));
  CHECK(told.status == status::server_error);
  CHECK(told.fate == fate::maybe);
  CHECK(a.asked() == "delete k");
  a.always = b.always = absent;
  CHECK(ask(asking(verb::remove)).status == status::not_found);
}

TEST_CASE_METHOD(replicas, "a delete that compares or leaves something is the first's, and plain elsewhere") {
  b.always = model::response();
  model::request asked = asking(verb::remove);
  asked.compare_cas = 5;
  a.always = model::response::of(status::exists);
  CHECK(ask(asked).status == status::exists);
  a.always = absent;
  CHECK(ask(asked).status == status::not_found);
  CHECK(b.heard.empty());
  a.always = model::response();
  CHECK(ask(asked).hit());
  CHECK(b.asked() == "delete k");
  model::request hollow = asking(verb::remove);
  hollow.options = model::option::hollow;
  a.always = absent;
  CHECK(ask(hollow).status == status::not_found);
  CHECK(b.asked() == "delete k");
  b.always = failure();
  CHECK(ask(hollow).status == status::server_error);
}

TEST_CASE_METHOD(replicas, "a flush goes to every replica, and any failure is told") {
  a.always = model::response();
  b.always = failure();
  model::request all;
  all.command = verb::flush;
  CHECK(ask(all).status == status::server_error);
  CHECK(a.asked() == "flush_all");
}

TEST_CASE_METHOD(write_one, "the next takes a write that the first has failed, if it may") {
  a.always = failure(error_kind::timeout, fate::maybe);
  model::response stored;
  stored.cas = 7;
  b.always = stored;
  model::response const told = ask(asking(verb::set));
  CHECK(told.hit());
  CHECK(told.cas == no_items_cas);
  CHECK(a.asked() == "set k v; delete k");
  CHECK(b.asked() == "set k v");
  CHECK(count(metrics::replica_missed_total, "a") == 1);
  CHECK(ask(asking(verb::increment)).status == status::server_error);
  CHECK(ask(asking(verb::cas)).status == status::server_error);
  CHECK(b.heard.empty());
  a.always = failure();
  CHECK(ask(asking(verb::cas)).status == status::server_error);
  CHECK(b.heard.empty());
  CHECK(ask(asking(verb::increment)).hit());
  CHECK(b.asked() == "incr k");
  CHECK(ask(asking(verb::remove)).status == status::server_error);
  model::request hollow = asking(verb::remove);
  hollow.options = model::option::hollow;
  a.always = model::response();
  b.always = failure();
  CHECK(ask(hollow).status == status::server_error);
}

TEST_CASE_METHOD(replicas, "reads go in order, and a miss tells more than a failure") {
  a.always = item("v");
  CHECK(ask(asking(verb::get)).value.view() == "v");
  CHECK(b.heard.empty());
  a.always = failure(error_kind::timeout);
  model::response found = item("w");
  found.cas = 7;
  b.always = found;
  model::response told = ask(asking(verb::get));
  CHECK(told.value.view() == "w");
  CHECK(told.cas == no_items_cas);
  b.always = absent;
  CHECK(ask(asking(verb::get)).status == status::not_found);
  b.always = failure(error_kind::connect);
  CHECK(ask(asking(verb::get)).failure == error_kind::timeout);
  a.always = model::response::client_error("no");
  b.heard.clear();
  CHECK(ask(asking(verb::get)).status == status::client_error);
  CHECK(b.heard.empty());
  model::request compared = asking(verb::get);
  compared.compare_cas = 7;
  a.always = absent;
  CHECK(ask(compared).status == status::not_found);
  CHECK(b.heard.empty());
}

TEST_CASE_METHOD(replicas, "those who are asked one after another share the time") {
  deadline = loop.now() + 400ms;
  auto const client = begin(asking(verb::get));
  CHECK(a.asked() == "get k within 200ms");
  loop.pass(200ms);
  a.answer(failure());
  CHECK(b.asked() == "get k within 200ms");
}

TEST_CASE_METHOD(
    replicas, "what the first has not is added there, with the time that it has left, and looked at again") {
  a.always = absent;
  model::response found = item("w");
  found.ttl = 30;
  found.flags = 9;
  found.cas = 7;
  auto const client = begin(asking(verb::get));
  b.answer(found);
  CHECK(client->told->value.view() == "w");
  CHECK(a.asked() == "get k");
  CHECK(b.asked() == "get k; get k");
  a.always = model::response();
  SECTION("the same still") {
    b.answer(found);
    CHECK(a.asked() == "add k w time=30 flags=9");
    CHECK(b.asked() == "get k");
    b.answer(found);
    CHECK(a.heard.empty());
    CHECK(count(metrics::replica_refills_total, "a") == 1);
  }
  SECTION("changed meanwhile") {
    b.answer(found);
    a.asked();
    found.cas = 8;
    b.answer(found);
    CHECK(a.asked() == "delete k");
  }
  SECTION("gone meanwhile") {
    b.answer(found);
    a.asked();
    b.answer(absent);
    CHECK(a.asked() == "delete k");
  }
  SECTION("not to be seen any more, nor to be removed") {
    b.answer(found);
    a.asked();
    a.always = failure();
    b.answer(failure());
    CHECK(a.asked() == "delete k");
    CHECK(count(metrics::replica_missed_total, "a") == 1);
  }
  SECTION("stored by somebody else meanwhile") {
    a.always = model::response::of(status::not_stored);
    b.answer(found);
    b.asked();
    CHECK(b.waiting() == 0);
    CHECK(count(metrics::replica_refills_total, "a") == 0);
  }
  SECTION("gone before it was read again") {
    b.answer(absent);
    CHECK(a.heard.empty());
  }
  SECTION("one that stays") {
    found.ttl = -1;
    b.answer(found);
    CHECK(a.asked() == "add k w flags=9");
  }
  SECTION("one that somebody is to renew") {
    found.stale = true;
    b.answer(found);
    CHECK(a.heard.empty());
  }
}

TEST_CASE_METHOD(replicas, "a key is refilled once at a time, and nobody who failed or renews is refilled") {
  a.always = absent;
  auto const one = begin(asking(verb::get));
  auto const two = begin(asking(verb::get));
  b.answer(item("v"));
  b.answer(item("v"));
  CHECK(b.heard.size() == 3);
  model::request leased = asking(verb::get, "other");
  leased.vivify = model::exptime(30);
  auto const three = begin(leased);
  b.answer(item("v"), 1);
  CHECK(b.heard.size() == 4);
  a.always = failure();
  auto const four = begin(asking(verb::get, "third"));
  b.answer(item("v"), 1);
  CHECK(b.heard.size() == 5);
  a.always = absent;
  auto const five = begin(asking(verb::get, "fourth"));
  model::response stale = item("v");
  stale.claimed = true;
  b.answer(stale, 1);
  CHECK(b.heard.size() == 6);
}

TEST_CASE_METHOD(read_fastest, "all are asked at once, and the first who has the item answers") {
  auto one = begin(asking(verb::get));
  CHECK(a.asked() == "get k");
  CHECK(b.asked() == "get k");
  b.answer(item("w"));
  REQUIRE(one->told);
  CHECK(one->told->value.view() == "w");
  CHECK(route.busy());
  a.answer(item("v"));
  CHECK_FALSE(route.busy());
  one = begin(asking(verb::get));
  a.answer(absent);
  CHECK_FALSE(one->told);
  b.answer(failure());
  CHECK(one->told->status == status::not_found);
  CHECK_FALSE(route.busy());
}

TEST_CASE_METHOD(read_fastest, "whoever had nothing gets the item when all have answered") {
  auto const one = begin(asking(verb::get));
  a.answer(item("v"));
  CHECK(one->told->value.view() == "v");
  a.asked();
  b.answer(absent);
  CHECK(a.asked() == "get k");
  b.asked();
  a.answer(item("v"));
  CHECK(b.asked() == "add k v");
  auto const two = begin(asking(verb::get, "other"));
  model::response renewed = item("v");
  renewed.claimed = true;
  a.answer(renewed);
  a.asked();
  b.answer(absent, 1);
  CHECK(a.heard.empty());
}

TEST_CASE_METHOD(read_fastest,
                 "a removal goes to all and back, and to none twice where another one keeps the item") {
  a.always = b.always = model::response();
  auto const client = begin(asking(verb::remove));
  CHECK(client->told->hit());
  CHECK(a.asked() == "delete k");
  CHECK(b.asked() == "delete k; delete k");
  CHECK(ask(asking(verb::append)).hit());
  CHECK(b.asked() == "delete k");
  played_backend c{"c"};
  c.always = model::response();
  replicated_route three("r", {.read = replicated_read::fastest}, {{"a", &a}, {"b", &b}, {"c", &c}}, loop,
                         registry.add_worker());
  client_of const appends(three, asking(verb::append), model::request_context{loop.running_clock()});
  CHECK(appends.told->hit());
  CHECK(b.asked() == "delete k; delete k");
  CHECK(c.asked() == "delete k; delete k");
}

TEST_CASE_METHOD(read_fastest,
                 "a write waits for what is being added under its key, and nothing is meanwhile") {
  auto const reader = begin(asking(verb::get));
  a.answer(item("v"));
  b.answer(absent);
  auto const writer = begin(asking(verb::set));
  auto const other = begin(asking(verb::set, "other"));
  CHECK(a.asked() == "get k; get k; set other v");
  a.answer(item("v"));
  b.answer(model::response());
  CHECK_FALSE(writer->told);
  a.asked();
  a.answer(item("v"), 1);
  CHECK(a.asked() == "set k v");
  b.asked();
  auto const late = begin(asking(verb::get));
  a.answer(item("v"), 2);
  b.answer(absent);
  CHECK(late->told);
  CHECK(a.asked() == "get k");
  CHECK(b.asked() == "get k");
}

TEST_CASE_METHOD(read_fastest,
                 "a write waits no longer for what is being added than it has time, and is not done then") {
  auto const reader = begin(asking(verb::get));
  a.answer(item("v"));
  b.answer(absent);
  deadline = loop.now() + 400ms;
  auto const writer = begin(asking(verb::set));
  loop.pass(399ms);
  CHECK_FALSE(writer->told);
  loop.pass(1ms);
  REQUIRE(writer->told);
  CHECK(writer->told->failure == error_kind::timeout);
  CHECK(writer->told->fate == fate::never);
  CHECK(a.asked() == "get k; get k");
  a.answer(absent);
  CHECK(a.asked().empty());
}

TEST_CASE_METHOD(read_fastest, "what each replica would tell otherwise is read in order") {
  a.always = item("v");
  model::request asked = asking(verb::get);
  for (model::want const each :
       {model::want::cas, model::want::fetched, model::want::idle, model::want::marks}) {
    asked.wanted = model::want::value | each;
    CHECK(ask(asked).value.view() == "v");
  }
  ask(asking(verb::debug));
  CHECK(b.heard.empty());
}

TEST_CASE_METHOD(read_fastest, "a client that goes away, and a stop, leave nothing behind") {
  auto const one = begin(asking(verb::get));
  one->leave();
  a.answer(item("v"));
  CHECK(route.busy());
  auto const two = begin(asking(verb::set));
  route.stop();
  CHECK_FALSE(route.busy());
  CHECK_FALSE(two->told);
  CHECK(begin(asking(verb::set))->told->failure == error_kind::overload);
}

TEST_CASE_METHOD(replicas, "a key is with each of them") {
  model::explanation where;
  route.explain("k", where);
  CHECK(where.backend == "r");
  CHECK(where.destination == "a, there; and b, there");
  CHECK(route.children().size() == 2);
  where.of = model::explanation::scope::now;
  a.serves = false;
  route.explain("k", where);
  CHECK(where.serves);
  b.serves = false;
  route.explain("k", where);
  CHECK_FALSE(where.serves);
}

}  // namespace tandem::routing
