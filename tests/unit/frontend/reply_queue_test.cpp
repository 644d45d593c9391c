#include "frontend/reply_queue.hpp"

#include "support/catch.hpp"

#include <coroutine>
#include <map>
#include <string>
#include <vector>

namespace tandem::frontend {
namespace {

/// Answers each key when the test says so.
class slow_route {
 public:
  base::task<model::response> ask(std::string key) {
    door closed{*this, key};  // named: g++ 12 destroys an aggregate made inside a co_await twice
    co_await closed;
    model::response answered;
    answered.value = base::slice::copy_of(key);
    co_return answered;
  }

  void answer(std::string const& key) { waiting_.extract(key).mapped().resume(); }

 private:
  struct door {
    slow_route& at;
    std::string key;

    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> waiting) { at.waiting_[key] = waiting; }
    void await_resume() const {}
  };

  std::map<std::string, std::coroutine_handle<>> waiting_;
};

void render_value(model::request const&, model::response const& answered, reply_form const&,
                  base::output_buffer& output) {
  output.append(answered.value.view());
  output.append(";");
}

/// A queue whose owner notes what it is told.
struct client final : reply_queue::owner {
  void on_reply() override { ++woken; }
  void on_answer(model::request const&, model::response&, command_origin) override { ++answered; }

  void ask(std::string const& key, render_function render = render_value) { ask(key, reply_form{render}); }

  void ask(std::string const& key, reply_form form) {
    reply_queue::slot& slot = queue.push_request(std::move(form), {});
    slot.answering = route.ask(key);
    queue.start(slot);
  }

  std::string sent() {
    base::output_buffer output;
    queue.render_ready(output);
    return output.str();
  }

  slow_route route;
  policy::shared_limit limit{20'000};
  reply_budget budget{limit};
  int woken = 0;
  int answered = 0;
  base::system_clock clock;
  reply_queue queue{*this, budget, clock};
};

}  // namespace

TEST_CASE("replies leave in the order of the requests, however they are answered") {
  client one;
  for (char const* key : {"a", "b", "c"}) one.ask(key);
  one.route.answer("c");
  one.route.answer("b");
  CHECK(one.sent().empty());
  one.route.answer("a");
  CHECK(one.woken == 3);
  CHECK(one.sent() == "a;b;c;");
  CHECK(one.queue.empty());
}

TEST_CASE("a line keeps its place between replies") {
  client one;
  one.ask("a");
  one.queue.push_line(base::slice::of_static("END;"));
  one.ask("b");
  one.route.answer("b");
  CHECK(one.sent().empty());
  one.route.answer("a");
  CHECK(one.sent() == "a;END;b;");
}

TEST_CASE("a late reply is made when its turn comes, not when it was asked for") {
  struct counting final : late_reply {
    explicit counting(client const& of) : of_(of) {}
    void render(base::output_buffer& output) override { output.append_number(of_.answered); }
    client const& of_;
  };
  client one;
  one.ask("a");
  one.queue.push_late(std::make_unique<counting>(one));
  one.ask("b");
  one.route.answer("b");
  CHECK(one.sent().empty());
  one.route.answer("a");
  CHECK(one.sent() == "a;1b;");
}

TEST_CASE("an answer is midway while more of it is awaited than was rendered") {
  client one;
  one.ask("a", {.render = render_value, .more_follows = true});
  one.ask("b", {.render = render_value, .more_follows = true});
  CHECK_FALSE(one.queue.midway());
  one.route.answer("a");
  CHECK(one.sent() == "a;");
  CHECK(one.queue.midway());
  one.queue.push_line(base::slice::of_static("END;"));
  one.route.answer("b");
  CHECK(one.sent() == "b;END;");
  CHECK_FALSE(one.queue.midway());
}

TEST_CASE("nothing is awaited between two keys of which the second was not read yet") {
  client one;
  one.ask("a", {.render = render_value, .more_follows = true});
  one.route.answer("a");
  CHECK(one.sent() == "a;");
  CHECK_FALSE(one.queue.midway());
}

TEST_CASE("a request that is not to be answered is counted, and sends nothing") {
  client one;
  one.ask("quiet", render_nothing);
  one.ask("a");
  one.route.answer("quiet");
  one.route.answer("a");
  CHECK(one.sent() == "a;");
  CHECK(one.answered == 2);
}

TEST_CASE("a slot's own line stands in the place of its response") {
  client one;
  reply_queue::slot& slot = one.queue.push_request({render_said, base::slice::of_static("too large;")}, {});
  slot.answering = one.route.ask("a");
  one.queue.start(slot);
  one.route.answer("a");
  CHECK(one.sent() == "too large;");
}

TEST_CASE("awaited replies count in the worker's budget until they have left") {
  client one;
  std::size_t const size = one.queue.expected_reply_size();
  one.ask("a");
  one.ask("b");
  CHECK(one.budget.in_flight == 2 * size);
  one.route.answer("a");
  CHECK(one.sent() == "a;");
  CHECK(one.budget.in_flight == size);
  one.route.answer("b");
  one.queue.drop_ready();
  CHECK(one.budget.in_flight == 0);
}

TEST_CASE("a large reply is expected again, on new connections too, and slowly forgotten") {
  client one;
  std::string const large(100000, 'x');
  one.ask(large);
  one.route.answer(large);
  CHECK(one.sent().size() == large.size() + 1);
  CHECK(one.queue.expected_reply_size() == large.size() + 1);
  reply_queue const another(one, one.budget, one.clock);
  CHECK(another.expected_reply_size() == large.size() + 1);
  for (int count = 0; count < 1000; ++count) {
    one.queue.push_line(base::slice::of_static("END;"));
    one.sent();
  }
  CHECK(one.queue.expected_reply_size() < 100);
}

TEST_CASE("a queue that ends gives its part of the budget back") {
  slow_route route;
  client survivor;
  {
    reply_queue ending(survivor, survivor.budget, survivor.clock);
    reply_queue::slot& slot = ending.push_request({render_value}, {});
    slot.answering = survivor.route.ask("a");
    ending.start(slot);
    CHECK(survivor.budget.in_flight > 0);
  }
  CHECK(survivor.budget.in_flight == 0);
}

}  // namespace tandem::frontend
