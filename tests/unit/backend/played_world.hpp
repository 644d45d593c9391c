// What routes to servers are made with, and requests on their way through them, on one event loop with the servers that a
// test plays.
#pragma once

#include "backend/surroundings.hpp"
#include "model/route.hpp"
#include "unit/backend/played_server.hpp"
#include "unit/net/health_log.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tandem::test {

/// The status, and the value, number, cas or message where there is one.
inline std::string in_words(model::response const& answer) {
  constexpr std::string_view names[] = {"ok",          "not found", "not stored",   "exists",
                                        "non-numeric", "too large", "client error", "server error"};
  std::string said(names[static_cast<std::size_t>(answer.status)]);
  if (!answer.value.empty()) said += " '" + answer.value.str() + "'";
  if (answer.number != 0) said += " " + std::to_string(answer.number);
  if (answer.cas != 0) said += " c" + std::to_string(answer.cas);
  if (answer.stale) said += " stale";
  if (!answer.message.empty()) said += ": " + answer.message.str();
  return said;
}

/// One request on its way. Destroying it abandons it.
class under_way {
 public:
  using start = std::function<base::task<model::response>(model::request const&)>;

  under_way(model::request asked, start const& by) : asked_(std::move(asked)), running_(by(asked_)) {
    if (running_.start([](void* self) { static_cast<under_way*>(self)->finish(); }, this)) finish();
  }
  under_way(under_way const&) = delete;
  under_way& operator=(under_way const&) = delete;

  bool done() const { return done_; }
  model::response const& answer() const { return answer_; }
  /// As in_words() has it; empty while there is none.
  std::string words() const { return done_ ? in_words(answer_) : ""; }

 private:
  void finish() {
    answer_ = running_.take();
    done_ = true;
  }

  model::request asked_;
  bool done_ = false;
  model::response answer_;
  base::task<model::response> running_;
};

struct played_world {
  explicit played_world(take_command take) : take_(take) {}

  played_server& add_server(std::string const& address = "127.0.0.1") {
    return *servers.emplace_back(std::make_unique<played_server>(loop, take_, address));
  }

  template <class Condition>
  [[nodiscard]] bool until(Condition happened) {
    return loop.until([&] {
      for (auto const& each : servers) each->play();
      return happened();
    });
  }

  /// Sends the request, and gives what came of it in words.
  std::string told_by(model::route& through, model::request const& asked) {
    under_way one(asked, [&](model::request const& sent) { return through.handle(sent, context); });
    return until([&] { return one.done(); }) ? one.words() : "nothing came of it";
  }

  /// Whether everything behind it answers now.
  bool reaches(model::route& through) { return comes_of(through.reach(context)); }
  [[nodiscard]] bool comes_of(base::task<bool> asking) {
    bool over = false;
    over = asking.start([](void* flag) { *static_cast<bool*>(flag) = true; }, &over);
    return until([&] { return over; }) && asking.take();
  }

  event_loop loop;
  metrics::registry registry;
  metrics::worker_metrics& worker_metrics = registry.add_worker();
  health_log log;
  net::server_health health{log.writer()};
  net::link_registry links{loop.reactor()};
  backend::surroundings around{loop.reactor(), worker_metrics, health, links};
  model::request_context context{loop.reactor().running_clock()};
  std::vector<std::unique_ptr<played_server>> servers;

 private:
  take_command take_;
};

}  // namespace tandem::test
