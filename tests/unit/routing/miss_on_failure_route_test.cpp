#include "routing/miss_on_failure_route.hpp"

#include "support/catch.hpp"

using namespace tandem;
using namespace tandem::routing;
using model::status;
using model::verb;

namespace {

struct answering_route final : model::route {
  base::task<model::response> handle(model::request const&, model::request_context&) override {
    return base::ready_task(answer);
  }
  void explain(std::string_view, model::explanation& where) const override {
    where.backend = "inner";
    where.destination = "there";
    where.serves = serves;
  }

  model::response answer;
  bool serves = true;
};

struct fixture {
  answering_route inner;
  metrics::registry registry;
  metrics::worker_metrics& worker = registry.add_worker();
  base::manual_clock clock;
  model::request_context context{clock};
  miss_on_failure_route route{"pool", inner, worker};

  model::response ask(verb command, model::response answer) {
    inner.answer = std::move(answer);
    model::request asked;
    asked.command = command;
    auto task = route.handle(asked, context);
    REQUIRE(task.start([](void*) {}, nullptr));
    return task.take();
  }

  double counted() const { return registry.total(metrics::failures_as_misses_total, {{"backend", "pool"}}); }
};

}  // namespace

TEST_CASE_METHOD(fixture, "reads and deletes of a backend that has failed find nothing, all else fails") {
  std::array<status, model::verb_count> const expected{
      status::not_found,     // get
      status::not_found,     // gat
      status::server_error,  // touch
      status::server_error,  // set
      status::server_error,  // add
      status::server_error,  // replace
      status::server_error,  // append
      status::server_error,  // prepend
      status::server_error,  // cas
      status::server_error,  // incr
      status::server_error,  // decr
      status::not_found,     // delete
      status::server_error,  // me
      status::server_error,  // flush_all
  };
  auto const failure = model::response::server_error(base::error_kind::timeout, "backend pool: no");
  double misses = 0;
  for (std::size_t command = 0; command < model::verb_count; ++command) {
    INFO(traits(static_cast<verb>(command)).name);
    model::response const answer = ask(static_cast<verb>(command), failure);
    CHECK(answer.status == expected[command]);
    bool const told = expected[command] == status::server_error;
    CHECK(answer.message.view() == (told ? "backend pool: no" : ""));
    misses += told ? 0 : 1;
    CHECK(counted() == misses);
  }
}

TEST_CASE_METHOD(fixture, "what is no failure of the backend stays as it is, whatever the verb") {
  for (std::size_t each = 0; each < model::status_count; ++each) {
    auto const given = static_cast<status>(each);
    if (given == status::server_error) continue;
    for (verb const command : {verb::get, verb::get_and_touch, verb::remove, verb::set}) {
      model::response answer = model::response::of(given);
      answer.flags = 7;
      CHECK(ask(command, answer).status == given);
      CHECK(ask(command, answer).flags == 7);
    }
  }
  CHECK(counted() == 0);
}

TEST_CASE_METHOD(fixture, "nobody wins the right to store an item that could not be looked for") {
  model::response failure = model::response::server_error(base::error_kind::connect, "no");
  failure.won = true;
  CHECK_FALSE(ask(verb::get, failure).won);
}

TEST_CASE_METHOD(fixture, "where a key goes is what the backend says") {
  model::explanation where;
  route.explain("k", where);
  CHECK(where.backend == "inner");
  CHECK(where.destination == "there");
  inner.serves = false;
  route.explain("k", where);
  CHECK(where.destination == "there; a get is answered as a miss");
  CHECK_FALSE(where.serves);
}
