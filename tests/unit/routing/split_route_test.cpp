#include "routing/split_route.hpp"

#include "support/catch.hpp"

#include <string>

using namespace tandem;
using model::verb;

namespace {

/// Answers with its name, and counts.
struct named_route final : model::route {
  explicit named_route(std::string called) : name(std::move(called)) {}

  base::task<model::response> handle(model::request const&, model::request_context&) override {
    ++asked;
    model::response answer =
        failing ? model::response::server_error(base::error_kind::connect, "down") : model::response();
    answer.value = base::slice::copy_of(name);
    return base::ready_task(std::move(answer));
  }
  void explain(std::string_view, model::explanation& where) const override { where.backend = name; }

  std::string const name;
  bool failing = false;
  int asked = 0;
};

struct fixture {
  named_route reads{"reads"};
  named_route writes{"writes"};
  named_route rest{"rest"};
  base::manual_clock clock;
  model::request_context context{clock};
  routing::split_route route{"both", destinations()};

  routing::split_route::destinations destinations() {
    routing::split_route::destinations to;
    to.fill(&rest);
    to[static_cast<std::size_t>(verb::get)] = &reads;
    to[static_cast<std::size_t>(verb::debug)] = &reads;
    to[static_cast<std::size_t>(verb::set)] = &writes;
    return to;
  }

  model::response ask(verb command) {
    model::request asked;
    asked.command = command;
    auto task = route.handle(asked, context);
    REQUIRE(task.start([](void*) {}, nullptr));
    return task.take();
  }
};

}  // namespace

TEST_CASE_METHOD(fixture, "each command goes where it is to go, and no other route is asked") {
  for (std::size_t each = 0; each < model::verb_count; ++each) {
    auto const command = static_cast<verb>(each);
    if (command == verb::flush) continue;
    INFO(model::traits(command).name);
    reads.asked = writes.asked = rest.asked = 0;
    std::string const expected = command == verb::get || command == verb::debug ? "reads"
                                 : command == verb::set                         ? "writes"
                                                                                : "rest";
    CHECK(ask(command).value.view() == expected);
    CHECK(reads.asked + writes.asked + rest.asked == 1);
  }
}

TEST_CASE_METHOD(fixture, "a flush goes to every route, once, and the first failure is its answer") {
  CHECK_FALSE(ask(verb::flush).failed());
  CHECK(reads.asked == 1);
  CHECK(writes.asked == 1);
  CHECK(rest.asked == 1);
  writes.failing = true;
  CHECK(ask(verb::flush).value.view() == "writes");
}

TEST_CASE_METHOD(fixture, "what is read in one backend is not compared or filled in another") {
  struct row {
    verb command;
    std::string what;  // is refused; empty: nothing is
    void (*say)(model::request&);
  };
  auto const compare = [](model::request& asked) { asked.compare_cas = 5; };
  auto const fill = [](model::request& asked) { asked.vivify = model::exptime(30); };
  auto const renew = [](model::request& asked) { asked.recache = model::exptime(30); };
  auto const nothing = [](model::request&) {};
  for (row const& each :
       {row{verb::cas, "cas", compare}, row{verb::set, "flag C", compare},
        row{verb::remove, "flag C", compare}, row{verb::get, "", compare}, row{verb::get, "flag N", fill},
        row{verb::get, "flag R", renew}, row{verb::increment, "", fill}, row{verb::set, "", nothing}}) {
    INFO(model::traits(each.command).name << " " << each.what);
    model::request asked;
    asked.command = each.command;
    each.say(asked);
    auto task = route.handle(asked, context);
    REQUIRE(task.start([](void*) {}, nullptr));
    model::response const answer = task.take();
    CHECK((answer.status == model::status::client_error) == !each.what.empty());
    if (each.what.empty()) continue;
    CHECK(answer.message.view() ==
          each.what + " is not possible for backend both: reads and writes go to different ones");
  }
}

TEST_CASE_METHOD(fixture, "a key is where it is read") {
  model::explanation where;
  route.explain("k", where);
  CHECK(where.backend == "reads");
  CHECK(route.children().size() == 3);
}
