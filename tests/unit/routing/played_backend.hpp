// A backend of a composition that a test speaks for: it notes each request as a line, and answers as it was told to, or when the
// test says so.
#pragma once

#include "base/event.hpp"
#include "model/route.hpp"
#include "support/catch.hpp"

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tandem::routing {

/// A request in words: the verb, the key, and what compositions may change.
inline std::string in_words(model::request const& asked) {
  std::string line(traits(asked.command).name);
  if (!asked.key.empty()) line += " " + asked.key.str();
  if (!asked.value.empty()) line += " " + asked.value.str();
  if (!asked.expires.never()) line += " time=" + std::to_string(asked.expires.wire());
  if (asked.vivify) line += " vivify=" + std::to_string(asked.vivify->wire());
  if (asked.flags != 0) line += " flags=" + std::to_string(asked.flags);
  if (asked.compare_cas) line += " cas=" + std::to_string(*asked.compare_cas);
  if (asked.options != model::option::none) line += " options";
  return line;
}

/// How long it has, in words, if that is limited.
inline std::string time_left(model::request_context const& context) {
  if (!context.has_deadline()) return "";
  auto const left =
      std::chrono::duration_cast<std::chrono::milliseconds>(context.deadline - context.clock.now());
  return " within " + std::to_string(left.count()) + "ms";
}

inline model::response failure(base::error_kind kind = base::error_kind::connect,
                               model::fate fate = model::fate::never) {
  return model::response::server_error(kind, "down", fate);
}

inline model::response item(std::string const& value) {
  model::response made;
  made.value = base::slice::copy_of(value);
  return made;
}

class played_backend final : public model::route {
 public:
  explicit played_backend(std::string name) : name_(std::move(name)) {}

  base::task<model::response> handle(model::request const& asked, model::request_context& context) override {
    heard.push_back(in_words(asked) + time_left(context));
    if (always) co_return *always;
    auto const mine = std::make_shared<base::event<model::response>>();
    waiting_.push_back(mine);
    co_return co_await *mine;
  }
  void explain(std::string_view, model::explanation& where) const override {
    where.backend = name_;
    where.serves = serves || where.of == model::explanation::scope::configured;
    where.destination = where.serves ? "there" : "away";
  }

  /// The requests since the last call.
  std::string asked() {
    std::string line;
    for (std::string const& each : std::exchange(heard, {})) line += (line.empty() ? "" : "; ") + each;
    return line;
  }
  /// Of the request that has waited longest, or longest but for so many.
  void answer(model::response said, std::size_t at = 0) {
    REQUIRE(waiting_.size() > at);
    auto const place = waiting_.begin() + static_cast<std::ptrdiff_t>(at);
    auto const mine = *place;
    waiting_.erase(place);
    mine->set(std::move(said));
  }
  std::size_t waiting() const { return waiting_.size(); }

  bool serves = true;  // as it says of now
  std::vector<std::string> heard;
  std::optional<model::response> always;  // said at once

 private:
  std::string const name_;
  std::deque<std::shared_ptr<base::event<model::response>>> waiting_;  // who asks may go before the answer
};

/// A request of a client that a test follows.
class client_of {
 public:
  client_of(model::route& route, model::request asked, model::request_context context)
      : asked_(std::move(asked)), context_(context), task_(route.handle(asked_, context_)) {
    if (task_.start([](void* self) { static_cast<client_of*>(self)->done(); }, this)) done();
  }
  client_of(client_of const&) = delete;

  std::optional<model::response> told;

  /// Goes away.
  void leave() { task_.reset(); }

 private:
  void done() { told = task_.take(); }

  model::request const asked_;
  model::request_context context_;
  base::task<model::response> task_;
};

inline model::request asking(model::verb command, std::string const& key = "k") {
  model::request made;
  made.command = command;
  made.key = base::slice::copy_of(key);
  if (model::stores(command)) made.value = base::slice::copy_of("v");
  if (command == model::verb::cas) made.compare_cas = 5;
  return made;
}

}  // namespace tandem::routing
