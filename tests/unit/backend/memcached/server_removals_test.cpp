#include "backend/memcached/server.hpp"
#include "support/catch.hpp"
#include "unit/backend/played_world.hpp"
#include "unit/model/requests.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

using namespace std::chrono_literals;

namespace tandem::backend::memcached {
namespace {

using model::request;
using model::verb;
using model::tests::ask;
using model::tests::with_cas;
using test::under_way;

net::upstream_options quick() {
  net::upstream_options options;
  options.timeout = 2000ms;
  options.connect_timeout = 2000ms;
  options.backoff_min = options.backoff_max = 1ms;
  return options;
}

std::string answer_of_well(std::string const& command) {
  if (command == "flush_all") return "OK\r\n";
  return command[1] == 'g' ? "VA 1 f0\r\nv\r\n" : "HD\r\n";
}
std::string silence(std::string const&) { return ""; }

/// A memcached that a test plays, and what two workers know of it.
struct stand : test::played_world {
  explicit stand(std::size_t bound = 100, bool stand_ins = false)
      : played_world(test::take_memcached_command),
        played(add_server()),
        missed(std::make_shared<model::missed_removals>(bound)),
        asked_of(around, {"pool", "s"}, link_terms{played.where(), quick(), 100}, {missed, stand_ins}) {
    played.greeting = test::memcached_greeting();
    played.answer = answer_of_well;
  }

  under_way::start asking(base::duration patience = 2000ms) {
    return [this, patience](request const& sent) {
      return asked_of.ask(sent, context, {patience, &metrics});
    };
  }
  std::string told(request const& what, base::duration patience = 2000ms) {
    under_way one(what, asking(patience));
    return until([&] { return one.done(); }) ? one.words() : "nothing came of it";
  }
  void connect() {
    played.listen();
    CHECK(told(ask(verb::get, "other")) == "ok 'v'");
    played.heard.clear();
  }
  /// Not answered by the server in time.
  void lose(request const& what) {
    played.answer = silence;
    CHECK(told(what, 20ms).starts_with("server error"));
  }
  std::string noted() const {
    std::string all;
    for (auto const& each : missed->next("", 10)) all += (each.key.empty() ? "everything" : each.key) + " ";
    return all;
  }

  test::played_server& played;
  std::shared_ptr<model::missed_removals> missed;
  backend::request_metrics metrics{worker_metrics, "pool"};
  server asked_of;
};

}  // namespace

TEST_CASE("what a server has of a key is outdated when a change of it did not get there") {
  struct row {
    request asked;
    std::string alone, with_stand_ins, perhaps_done;
  };
  request const later = [] {
    request made = ask(verb::flush, "");
    made.expires = model::exptime(30);
    return made;
  }();
  std::vector<row> const rows{
      {ask(verb::remove, "k"), "k ", "k ", "k "},
      {with_cas(ask(verb::remove, "k"), 7), "k ", "k ", "k "},
      {ask(verb::set, "k", "v"), "k ", "k ", "k "},
      {ask(verb::replace, "k", "v"), "k ", "k ", "k "},
      {with_cas(ask(verb::cas, "k", "v"), 7), "k ", "k ", "k "},
      {ask(verb::add, "k", "v"), "", "k ", ""},
      {ask(verb::append, "k", "v"), "", "k ", ""},
      {ask(verb::increment, "k"), "", "k ", ""},
      {with_cas(ask(verb::increment, "k"), 7), "", "", ""},
      {ask(verb::get, "k"), "", "", ""},
      {ask(verb::get_and_touch, "k"), "", "", ""},
      {ask(verb::touch, "k"), "", "", ""},
      {ask(verb::flush, ""), "everything ", "everything ", "everything "},
      {later, "", "", ""},
  };
  for (row const& each : rows) {
    INFO(model::traits(each.asked.command).name << (each.asked.compare_cas ? " with a cas" : ""));
    for (bool const stand_ins : {false, true}) {
      stand unreachable(100, stand_ins);
      CHECK(unreachable.told(each.asked).starts_with("server error"));
      CHECK(unreachable.noted() == (stand_ins ? each.with_stand_ins : each.alone));

      stand silent(100, stand_ins);
      silent.connect();
      silent.lose(each.asked);
      CHECK(silent.noted() == each.perhaps_done);
    }
  }
}

TEST_CASE("what the server itself refuses outdates nothing") {
  stand test;
  test.connect();
  test.played.answer = [](std::string const&) { return "SERVER_ERROR out of memory storing object\r\n"; };
  CHECK(test.told(ask(verb::set, "k", "v")).starts_with("server error"));
  CHECK(test.noted().empty());
}

TEST_CASE("what was missed of a key is removed before the server is asked for the key again") {
  for (request const& next : {ask(verb::get, "k"), ask(verb::set, "k", "w"), ask(verb::add, "k", "w")}) {
    INFO(model::traits(next.command).name);
    stand test;
    test.connect();
    test.lose(ask(verb::set, "k", "v"));
    test.played.heard.clear();
    test.played.answer = answer_of_well;
    test.played.connection(0).say("HD\r\n");  // to what was lost
    std::string said;
    do {  // while the removal is under way without anybody asking
      said = test.told(next);
    } while (said.starts_with("server error"));
    CHECK(said.starts_with("ok"));
    REQUIRE(test.played.heard.size() == 2);
    CHECK(test.played.heard.front() == "md k");
    CHECK(test.played.last().substr(0, 4) == (next.command == verb::get ? "mg k" : "ms k"));
    CHECK(test.noted().empty());
    CHECK(test.registry.total(metrics::pool_removals_replayed_total) == 1);
  }
}

TEST_CASE(
    "while the removal is under way, what is asked of the key fails at once, and all else is answered") {
  stand test;
  test.connect();
  test.lose(ask(verb::set, "k", "v"));
  test.played.heard.clear();
  REQUIRE(test.until([&] { return !test.played.heard.empty(); }));
  CHECK(test.played.last() == "md k");
  std::string const being_removed =
      "server error: backend pool server s: what it has of the key is outdated, and is being removed at the "
      "moment";
  CHECK(test.told(ask(verb::set, "k", "w")) == being_removed);
  CHECK(test.told(ask(verb::get, "k")) == being_removed);
  test.played.answer = answer_of_well;
  test.played.connection(0).say("HD\r\nHD\r\n");
  CHECK(test.told(ask(verb::get, "other")) == "ok 'v'");
  // What failed meanwhile was not done either.
  CHECK(test.until([&] { return test.noted().empty(); }));
  CHECK(std::ranges::count(test.played.heard, "md k") == 2);
}

TEST_CASE("a server that is still to be flushed is not reached, and its flush is one that may come yet") {
  stand test;
  under_way flush(ask(verb::flush, ""), test.asking());
  REQUIRE(test.until([&] { return flush.done(); }));
  CHECK(flush.answer().fate == model::fate::maybe);
  auto const reached = [&] { return test.comes_of(test.asked_of.reach(test.context, 2000ms)); };
  test.played.answer = [](std::string const&) { return "SERVER_ERROR busy\r\n"; };
  test.played.listen();
  REQUIRE(test.until([&] { return test.asked_of.admits(""); }));
  CHECK_FALSE(reached());
  test.missed->claimed(*test.missed->blocking("")).confirm();
  CHECK(reached());
}

TEST_CASE("while the removal fails, nothing of the key is told") {
  stand test;
  test.connect();
  test.lose(ask(verb::remove, "k"));
  CHECK(test.told(ask(verb::get, "k"), 20ms).starts_with("server error: backend pool server s: "));
  CHECK(test.noted() == "k ");
  for (std::string const& each : test.played.heard) CHECK(!each.starts_with("mg k"));
}

TEST_CASE("what was missed is removed without anybody asking for it") {
  stand test;
  test.connect();
  test.lose(ask(verb::remove, "k"));
  test.played.answer = answer_of_well;
  test.played.connection(0).say("HD\r\n");
  REQUIRE(test.until([&] { return test.noted().empty(); }));
  CHECK(test.played.last() == "md k");
}

TEST_CASE("of more keys than are told apart the server is flushed before it is asked again") {
  stand test(2);
  test.connect();
  for (char const* const key : {"a", "b", "c"}) test.lose(ask(verb::remove, key));
  CHECK(test.noted() == "everything ");
  test.played.answer = answer_of_well;
  test.played.connection(0).close();
  CHECK(test.told(ask(verb::get, "other")) == "ok 'v'");
  REQUIRE(test.played.heard.size() >= 2);
  CHECK(test.played.heard[test.played.heard.size() - 2] == "flush_all");
  CHECK(test.noted().empty());
}

TEST_CASE("one that does not let itself be flushed serves on, and that is said") {
  stand test;
  test.connect();
  test.lose(ask(verb::flush, ""));
  CHECK(test.noted() == "everything ");
  test.played.answer = [](std::string const& command) -> std::string {
    return command == "flush_all" ? "CLIENT_ERROR flush_all not allowed\r\n" : answer_of_well(command);
  };
  test.played.connection(0).close();
  CHECK(test.told(ask(verb::get, "k")) == "ok 'v'");
  CHECK(test.noted().empty());
}

TEST_CASE("whoever takes over from another goes on with what is missed") {
  stand test;
  test.missed->remember("k");
  test.played.listen();
  server const next(test.around, {"pool", "s"}, link_terms{test.played.where(), quick(), 100}, {test.missed});
  REQUIRE(test.until([&] { return test.noted().empty(); }));
  CHECK(test.played.heard == std::vector<std::string>{"md k"});
}

}  // namespace tandem::backend::memcached
