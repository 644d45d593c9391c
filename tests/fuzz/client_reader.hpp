// The event loop round a parser of a client dialect, as the session has it: for check_every_way(). Parsers have
// next(), request(), local() and arguments(); what else they tell is looked at where it is there.
#pragma once

#include "fuzz/describe.hpp"

#include <string>
#include <utility>

namespace tandem::fuzz {

/// `make()` gives a new parser; `with_arguments` is the local command that arguments() belongs to.
template <auto make, auto with_arguments>
class client_reader {
 public:
  bool read(base::input_buffer& input, transcript& events) {
    for (;;) {
      auto const found = parser_.next(input);
      using event = decltype(parser_.next(input));
      if (found == event::need_more) return true;
      events.push_back(describe_event(found));
      if (found == event::hang_up) return false;
    }
  }

 private:
  template <class Event>
  std::string describe_event(Event found) {
    std::string told = std::to_string(static_cast<unsigned>(found)) + " ";
    // Taken away, as the session does.
    model::request const asked = std::exchange(parser_.request(), model::request());
    bool const any = !asked.key.empty() || asked.command == model::verb::flush;
    if (found == Event::request && !any) fail("a request without a key");
    if (any) told += describe(asked);
    if (found == Event::local) told += describe_local();
    if constexpr (requires { parser_.noreply(); }) told += parser_.noreply() ? " quietly" : "";
    if constexpr (requires { parser_.error_line(); }) told.append(" ").append(parser_.error_line());
    if constexpr (requires { Event::meta; }) {
      if (found == Event::meta) {
        parser_.told().for_each(
            [&](auto each) { told.append(" ").append(std::to_string(static_cast<int>(each))); });
        told.append(" of ").append(parser_.opaque().view());
      }
    }
    if constexpr (requires { parser_.header(); }) told.append(" to ").append(parser_.header().view());
    return told;
  }

  std::string describe_local() const {
    std::string told = "local " + std::to_string(static_cast<unsigned>(parser_.local()));
    if (parser_.local() == with_arguments) told.append(" ").append(parser_.arguments());
    return told;
  }

  decltype(make()) parser_ = make();
};

}  // namespace tandem::fuzz
