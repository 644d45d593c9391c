// A tier that a test speaks for: it notes each request as a line, and answers when the test says so, or at once if it
// was told how. With `executes` it is a small memcached, whose cas numbers grow.
#pragma once

#include "base/event.hpp"
#include "model/route.hpp"
#include "support/catch.hpp"
#include "tier/near_item.hpp"

#include <chrono>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tandem::tier {

/// When the tests begin, by a manual clock.
inline constexpr std::int64_t epoch_ms = 1'700'003'600'000;

/// What is stored in L1 in words: <L2's cas>value, and <L2's cas, good for so many seconds>value.
inline std::string stored_words(base::slice const& value) {
  near_item const item = read_near_item(value);
  if (item.what == near_item::kind::nothing) return "<nothing>";
  if (item.what == near_item::kind::foreign) return value.str();
  std::string const time =
      item.old_at_ms == 0 ? "" : ", " + std::to_string((item.old_at_ms - epoch_ms) / 1000);
  return "<" + std::to_string(item.cas) + time + ">" + item.value.str();
}

/// A request in words: the verb, the key, and what matters to tiers.
inline std::string in_words(model::request const& asked) {
  std::string line(traits(asked.command).name);
  if (!asked.key.empty()) line += " " + asked.key.str();
  if (asked.vivify) line += " lease=" + std::to_string(asked.vivify->wire());
  if (traits(asked.command).has_value) {
    line += " " + stored_words(asked.value) + " time=" + std::to_string(asked.expires.wire());
  }
  if (includes(asked.options, model::option::invalidate)) line += " mark";
  if (includes(asked.options, model::option::renew)) line += " time=" + std::to_string(asked.expires.wire());
  if (asked.flags != 0) line += " flags=" + std::to_string(asked.flags);
  if (asked.compare_cas) line += " cas=" + std::to_string(*asked.compare_cas);
  if (asked.generation != 0) line += " generation=" + std::to_string(asked.generation);
  return line;
}

/// How long it has, in words, if that is limited.
inline std::string time_left(model::request_context const& context) {
  if (!context.has_deadline()) return "";
  auto const left =
      std::chrono::duration_cast<std::chrono::milliseconds>(context.deadline - context.clock.now());
  return " within " + std::to_string(left.count()) + "ms";
}

class fake_tier final : public model::route {
 public:
  base::task<model::response> handle(model::request const& asked, model::request_context& context) override {
    of_authority = context.of_authority;
    return note(in_words(asked) + time_left(context));
  }
  base::task<bool> reach(model::request_context& context) override {
    model::response const answer = co_await note("reach" + time_left(context));
    co_return !answer.failed();
  }
  void explain(std::string_view, model::explanation& where) const override {
    where.backend = "fake";
    where.destination = "nowhere";
  }

  /// The only request since the last call.
  std::string asked() {
    std::string line;
    for (std::string const& each : std::exchange(heard, {})) line += (line.empty() ? "" : "; ") + each;
    return line;
  }
  /// Of the request that has waited longest.
  void answer(model::response said) {
    REQUIRE(!waiting_.empty());
    auto const first = waiting_.front();
    waiting_.pop_front();
    first->set(std::move(said));
  }
  std::size_t waiting() const { return waiting_.size(); }

  std::vector<std::string> heard;
  std::deque<model::response> ready;
  bool of_authority = false;  // whether the last request wanted it

 private:
  base::task<model::response> note(std::string line) {
    heard.push_back(std::move(line));
    if (!ready.empty()) {
      model::response answer = std::move(ready.front());
      ready.pop_front();
      co_return answer;
    }
    auto const mine = std::make_shared<base::event<model::response>>();
    waiting_.push_back(mine);
    co_return co_await *mine;
  }

  std::deque<std::shared_ptr<base::event<model::response>>> waiting_;  // who asks may go before the answer
};

}  // namespace tandem::tier
