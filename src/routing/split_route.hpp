// Sends each command where the configuration has it go: reads here and writes there, say.
//
// | verb | goes to |
// |---|---|
// | one that has a backend of its own | that |
// | flush | every backend, each once; the first failure is the answer |
// | debug | where get goes |
// | every other | the default |
//
// A cas is a number of the backend that was read. Where a command that compares one goes to another backend, it is refused;
// so is a get that is to be filled, where sets go to another one.
#pragma once

#include "model/route.hpp"

#include <array>
#include <string>
#include <vector>

namespace tandem::routing {

class split_route final : public model::route {
 public:
  /// By verb, each of them; the routes outlive this one.
  using destinations = std::array<model::route*, model::verb_count>;

  split_route(std::string name, destinations const& by_verb);

  base::task<model::response> handle(model::request const& asked, model::request_context& context) override;
  /// Where a get goes.
  void explain(std::string_view key, model::explanation& where) const override;
  std::vector<model::route*> children() const override { return all_; }

 private:
  model::route& of(model::verb command) const { return *by_verb_[static_cast<std::size_t>(command)]; }
  /// What of the request would be torn apart; empty: nothing.
  std::string_view torn(model::request const& asked) const;

  std::string const name_;
  destinations by_verb_;
  std::vector<model::route*> all_;  // each once
};

}  // namespace tandem::routing
