// What the sessions and dialects of the tests serve their clients with: a root that answers at once or when the test says
// so, and the metrics that are counted meanwhile.
#pragma once

#include "frontend/entrance.hpp"
#include "frontend/service.hpp"
#include "unit/net/event_loop.hpp"

#include <coroutine>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tandem::test {

/// The command and the key, as "get k"; values behind them.
inline std::string in_words(model::request const& asked) {
  std::string said = std::string(model::traits(asked.command).name) + " " + asked.key.str();
  if (model::traits(asked.command).has_value) said += " '" + asked.value.str() + "'";
  return said;
}

/// Answers what a test puts into `answer`; a key that begins with "slow" only when let_go() is called.
class fake_root final : public model::route {
 public:
  base::task<model::response> handle(model::request const& asked, model::request_context&) override {
    seen.push_back(in_words(asked));
    last = asked;
    std::string key = asked.key.str();
    door closed{*this, key};  // named: g++ 12 destroys an aggregate made inside a co_await twice
    if (key.starts_with("slow")) co_await closed;
    co_return answer(key);
  }
  void explain(std::string_view, model::explanation&) const override {}

  /// Whether a request for the key waits.
  bool holds(std::string const& key) const { return waiting_.contains(key); }
  void let_go(std::string const& key) { waiting_.extract(key).mapped().resume(); }

  /// A hit whose value is the key, unless a test says otherwise.
  std::function<model::response(std::string const& key)> answer = [](std::string const& key) {
    model::response made;
    made.value = base::slice::copy_of(key);
    return made;
  };
  std::vector<std::string> seen;
  model::request last;

 private:
  struct door {
    fake_root& at;
    std::string key;

    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> waiting) { at.waiting_[key] = waiting; }
    void await_resume() const {}
    ~door() { at.waiting_.erase(key); }
  };

  std::map<std::string, std::coroutine_handle<>> waiting_;
};

/// A worker's frontend without its listeners.
struct serving {
  explicit serving(frontend::limits_options limits = {}, std::size_t buffer_bytes = 64 * 1024 * 1024)
      : in_flight(limits.in_flight), shared{loop.reactor(), first_tree, limits,   buffer_bytes,
                                            client_metrics, shown,      in_flight} {}

  double metric(metrics::family const& of, metrics::labels const& with = {}) const {
    return registry.total(of, with);
  }
  /// Clients that have ended for this reason.
  double ended(std::string const& why) const {
    return metric(metrics::client_connections_ended_total, {{"reason", why}});
  }
  std::string statistic(std::string_view name) {
    auto const rows = shown.rows(frontend::stats::group::general);
    for (frontend::stat_row const& row : *rows)
      if (row.name == name) return row.value;
    return "missing";
  }

  event_loop loop;
  base::manual_clock clock;
  metrics::registry registry;
  frontend::stats shown{registry, clock, {.version = "1.2.3", .workers = 1, .limits = {}, .listeners = {}}};
  frontend::client_metrics client_metrics{registry.add_worker(), shown.add_worker()};
  model::tree_pointer first_tree{new model::entered_tree(model::route_tree())};
  fake_root& root = first_tree->routes.add(std::make_unique<fake_root>());
  policy::shared_limit in_flight;  // of this worker and, where a test has a part of it, of another
  frontend::service shared;
};

}  // namespace tandem::test
