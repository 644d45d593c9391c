#include "routing/rule_route.hpp"

#include "support/catch.hpp"

#include <coroutine>
#include <deque>

using namespace tandem;
using namespace tandem::routing;
using model::verb;

namespace {

/// Keeps the requests that it gets, and answers what it is told, at once or when released.
class recording_route final : public model::route {
 public:
  explicit recording_route(std::string name) : name_(std::move(name)) {}

  base::task<model::response> handle(model::request const& asked, model::request_context& context) override {
    ++calls;
    deadline = context.deadline;
    received = &asked;
    last = asked;
    return hold ? answer_later() : base::ready_task(answer);
  }

  void explain(std::string_view key, model::explanation& where) const override {
    where.backend = name_;
    where.destination = "server of " + std::string(key);
  }

  void release() { std::exchange(waiting_, nullptr).resume(); }

  int calls = 0;
  bool hold = false;
  model::request const* received = nullptr;
  model::request last;
  base::time_point deadline{};
  model::response answer = model::response::of(model::status::ok);

 private:
  struct held {
    std::coroutine_handle<>& slot;
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> waiter) { slot = waiter; }
    void await_resume() const {}
  };

  base::task<model::response> answer_later() {
    co_await held{waiting_};
    co_return answer;
  }

  std::string name_;
  std::coroutine_handle<> waiting_;
};

rule_options prefix(std::string pattern) {
  rule_options made;
  made.kind = match_kind::prefix;
  made.pattern = std::move(pattern);
  return made;
}

model::request request(verb command, std::string_view key, std::int64_t expires = 0) {
  model::request made;
  made.command = command;
  made.key = base::slice::copy_of(key);
  made.expires = model::exptime(expires);
  return made;
}

struct fixture {
  recording_route near{"near"};
  recording_route far{"far"};
  metrics::registry registry;
  metrics::worker_metrics& worker = registry.add_worker();
  base::manual_clock clock;
  model::request_context context{clock};
  std::unique_ptr<rule_route> route;

  void rules(std::vector<bound_rule> const& bound) { route = *rule_route::make(bound, worker); }

  model::response ask(model::request const& asked) {
    auto task = route->handle(asked, context);
    bool const done = task.start([](void*) {}, nullptr);
    REQUIRE(done);
    return task.take();
  }

  std::int64_t stored_ttl(verb command, std::int64_t expires) {
    ask(request(command, "k", expires));
    return near.last.expires.wire();
  }

  std::int64_t unix_now() const { return clock.unix_ms() / 1000; }
};

}  // namespace

TEST_CASE_METHOD(fixture, "a request goes to the destination of the first rule that matches, as it is") {
  rules({{prefix("a:"), near}, {rule_options{}, far}});
  model::request const asked = request(verb::get, "a:1");
  near.answer.flags = 7;
  CHECK(ask(asked).flags == 7);
  CHECK(near.received == &asked);
  ask(request(verb::get, "b:1"));
  CHECK(far.calls == 1);
  CHECK(near.calls == 1);
}

TEST_CASE_METHOD(fixture, "a key that no rule matches is a server error") {
  rules({{prefix("a:"), near}});
  model::response const answer = ask(request(verb::get, "b:1"));
  CHECK(answer.status == model::status::server_error);
  CHECK(answer.failure == base::error_kind::configuration);
  CHECK(answer.message.view() == "no route for key");
  CHECK(near.calls == 0);
}

TEST_CASE_METHOD(fixture, "a rule strips and adds prefixes") {
  rule_options rewriting;
  rewriting.strip_prefix = "cart:";
  rewriting.add_prefix = "v2:";
  rules({{rewriting, near}});
  ask(request(verb::set, "cart:42"));
  CHECK(near.last.key.view() == "v2:42");
  ask(request(verb::get, "my:cart:42"));
  CHECK(near.last.key.view() == "v2:my:cart:42");
  ask(request(verb::get, "cart:"));
  CHECK(near.last.key.view() == "v2:");
}

TEST_CASE_METHOD(fixture, "stripping copies no bytes, and passes on keys without the prefix untouched") {
  rule_options stripping;
  stripping.strip_prefix = "cart:";
  rules({{stripping, near}});
  model::request const with = request(verb::get, "cart:42");
  ask(with);
  CHECK(near.last.key.data() == with.key.data() + 5);
  model::request const without = request(verb::get, "42");
  ask(without);
  CHECK(near.received == &without);
}

TEST_CASE_METHOD(fixture, "the rest of a request survives the rewriting of its key") {
  rule_options adding;
  adding.add_prefix = "p:";
  rules({{adding, near}});
  model::request asked = request(verb::cas, "k", 30);
  asked.value = base::slice::copy_of("value");
  asked.flags = 5;
  asked.compare_cas = 99;
  asked.wanted = model::want::cas;
  ask(asked);
  CHECK(near.last.command == verb::cas);
  CHECK(near.last.value.view() == "value");
  CHECK(near.last.flags == 5);
  CHECK(near.last.compare_cas == 99U);
  CHECK(near.last.wanted == model::want::cas);
  CHECK(near.last.expires.wire() == 30);
}

TEST_CASE_METHOD(fixture, "a key that its rule makes empty or too long is a client error") {
  rule_options stripping = prefix("gone");
  stripping.strip_prefix = "gone";
  rule_options adding;
  adding.add_prefix = "12345";
  rules({{stripping, near}, {adding, near}});
  auto const empty = ask(request(verb::get, "gone"));
  CHECK(empty.status == model::status::client_error);
  CHECK(empty.message.view().starts_with("bad key"));
  auto const too_long = ask(request(verb::get, std::string(246, 'k')));
  CHECK(too_long.status == model::status::client_error);
  CHECK(too_long.message.view().starts_with("bad key"));
  CHECK(near.calls == 0);
  ask(request(verb::get, std::string(245, 'k')));
  CHECK(near.last.key.size() == 250);
}

TEST_CASE_METHOD(fixture, "a rule bounds the time to live of what is stored or touched") {
  rule_options bounding;
  bounding.max_ttl = std::chrono::seconds(60);
  rules({{bounding, near}});
  auto const command =
      GENERATE(verb::set, verb::add, verb::replace, verb::cas, verb::touch, verb::get_and_touch);
  CHECK(stored_ttl(command, 0) == 60);
  CHECK(stored_ttl(command, 3600) == 60);
  CHECK(stored_ttl(command, unix_now() + 3600) == 60);
  CHECK(stored_ttl(command, unix_now() + 5) == unix_now() + 5);
  CHECK(stored_ttl(command, 5) == 5);
  CHECK(stored_ttl(command, -1) == -1);
}

TEST_CASE_METHOD(fixture, "a rule's default applies to items stored without a time") {
  rule_options defaulting;
  defaulting.default_ttl = std::chrono::seconds(30);
  rules({{defaulting, near}});
  CHECK(stored_ttl(verb::set, 0) == 30);
  CHECK(stored_ttl(verb::set, 100) == 100);
}

TEST_CASE_METHOD(fixture, "a counter is bounded where it may be made") {
  rule_options bounding;
  bounding.max_ttl = std::chrono::seconds(60);
  rules({{bounding, near}});
  model::request counting = request(GENERATE(verb::increment, verb::decrement), "k");
  ask(counting);
  CHECK(near.last.expires.never());
  counting.vivify = model::exptime(0);
  ask(counting);
  CHECK(near.last.vivify->wire() == 60);
}

TEST_CASE_METHOD(fixture, "verbs that set no time are passed on as they are") {
  rule_options bounding;
  bounding.max_ttl = std::chrono::seconds(60);
  bounding.default_ttl = std::chrono::seconds(30);
  rules({{bounding, near}});
  auto const command = GENERATE(verb::get, verb::append, verb::prepend, verb::remove);
  model::request const asked = request(command, "k");
  ask(asked);
  CHECK(near.received == &asked);
}

TEST_CASE_METHOD(fixture, "a changed request lives until its answer comes") {
  rule_options adding;
  adding.add_prefix = "p:";
  rules({{adding, near}});
  near.hold = true;
  model::request const asked = request(verb::get, "k");
  auto task = route->handle(asked, context);
  REQUIRE_FALSE(task.start([](void*) {}, nullptr));
  CHECK(near.received->key.view() == "p:k");
  near.release();
  REQUIRE(task.done());
  CHECK(task.take().hit());
}

TEST_CASE_METHOD(fixture, "flush goes to every destination once") {
  rules({{prefix("a"), near}, {prefix("b"), far}, {prefix("c"), near}});
  CHECK(ask(request(verb::flush, "")).hit());
  CHECK(near.calls == 1);
  CHECK(far.calls == 1);
}

TEST_CASE_METHOD(fixture,
                 "flush goes to who does it for a destination, once for all of them, and both are children") {
  recording_route first("first"), second("second");
  rules({{prefix("a"), first, {}, &near}, {prefix("b"), second, {}, &near}, {prefix("c"), near}});
  CHECK(ask(request(verb::flush, "")).hit());
  CHECK(near.calls == 1);
  CHECK(first.calls == 0);
  CHECK(second.calls == 0);
  CHECK(route->children() == std::vector<model::route*>{&near, &first, &second});
}

TEST_CASE_METHOD(fixture, "flush asks all destinations at once and answers the first failure") {
  recording_route last("last");
  rules({{prefix("a"), near}, {prefix("b"), far}, {prefix("c"), last}});
  near.hold = true;
  far.answer = model::response::server_error(base::error_kind::refused, "far is broken");
  last.answer = model::response::server_error(base::error_kind::refused, "last is broken");
  model::request const asked = request(verb::flush, "");
  auto task = route->handle(asked, context);
  REQUIRE_FALSE(task.start([](void*) {}, nullptr));
  CHECK(last.calls == 1);
  near.release();
  REQUIRE(task.done());
  CHECK(task.take().message.view() == "far is broken");
}

TEST_CASE_METHOD(fixture, "flush without any rule is a server error") {
  rules({});
  CHECK(ask(request(verb::flush, "")).status == model::status::server_error);
}

TEST_CASE_METHOD(fixture, "matches are counted by rule") {
  rules({{prefix("a:"), near}, {rule_options{}, far}});
  ask(request(verb::get, "a:1"));
  ask(request(verb::get, "a:2"));
  ask(request(verb::get, "b"));
  CHECK(worker.counter(metrics::rule_matches_total, {{"rule", "prefix \"a:\""}}).value() == 2);
  CHECK(worker.counter(metrics::rule_matches_total, {{"rule", "default"}}).value() == 1);
}

TEST_CASE_METHOD(fixture, "explain names the rule, the key as rewritten, and asks the destination") {
  rule_options rewriting = prefix("cart:");
  rewriting.strip_prefix = "cart:";
  rules({{rewriting, near}});
  model::explanation where;
  route->explain("cart:42", where);
  CHECK(where.rule == "prefix \"cart:\"");
  CHECK(where.key == "42");
  CHECK(where.backend == "near");
  CHECK(where.destination == "server of 42");
}

TEST_CASE_METHOD(fixture, "explain says when a key has no route or its rule spoils it") {
  rule_options rewriting = prefix("cart:");
  rewriting.strip_prefix = "cart:";
  rules({{rewriting, near}});
  model::explanation unmatched;
  route->explain("other", unmatched);
  CHECK(unmatched.rule.empty());
  CHECK(unmatched.destination == "no route for key");
  model::explanation spoilt;
  route->explain("cart:", spoilt);
  CHECK(spoilt.destination.starts_with("bad key"));
  CHECK(spoilt.backend.empty());
}

TEST_CASE_METHOD(fixture, "a rule that cannot be compiled is returned with its index") {
  rule_options broken;
  broken.kind = match_kind::regex;
  broken.pattern = "(";
  auto const made = rule_route::make({{prefix("a"), near}, {broken, near}}, worker);
  REQUIRE(made.has_error());
  CHECK(made.error().front().rule == 1);
}

TEST_CASE_METHOD(fixture, "a request has the time of its rule, or else what its destination may take") {
  using namespace std::chrono_literals;
  struct row {
    std::chrono::milliseconds rule;
    base::duration destination;
    std::optional<base::duration> has;
  };
  for (row const& each : {row{0ms, 0ms, std::nullopt}, row{0ms, 200ms, 200ms}, row{50ms, 200ms, 50ms},
                          row{1h, 200ms, 1h}, row{50ms, 0ms, 50ms}}) {
    rule_options timed = prefix("a:");
    timed.deadline = each.rule;
    rule_options rewriting = timed;
    rewriting.pattern = "b:";
    rewriting.add_prefix = "x:";
    rules({{timed, near, each.destination}, {rewriting, near, each.destination}});
    for (std::string_view const key : {"a:1", "b:1"}) {
      context.deadline = model::no_deadline;
      ask(request(verb::get, key));
      CHECK(near.deadline == (each.has ? clock.now() + *each.has : model::no_deadline));
    }
    context.deadline = model::no_deadline;
    ask(request(verb::flush, ""));
    CHECK(near.deadline == model::no_deadline);
  }
}
