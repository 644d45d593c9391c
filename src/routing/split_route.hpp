// Sends each command where the configuration has it go: reads here and writes there, say.
//
// | verb | goes to |
// |---|---|
// | one that has a backend of its own | that |
// | flush | every backend, each once; the first failure is the answer |
// | debug | where get goes |
// | every other | the default |
#pragma once

#include "model/route.hpp"

#include <array>
#include <vector>

namespace tandem::routing {

class split_route final : public model::route {
 public:
  /// By verb, each of them; the routes outlive this one.
  using destinations = std::array<model::route*, model::verb_count>;

  explicit split_route(destinations const& by_verb);

  base::task<model::response> handle(model::request const& asked, model::request_context& context) override;
  /// Where a get goes.
  void explain(std::string_view key, model::explanation& where) const override;
  std::vector<model::route*> children() const override { return all_; }

 private:
  model::route& of(model::verb command) const { return *by_verb_[static_cast<std::size_t>(command)]; }

  destinations by_verb_;
  std::vector<model::route*> all_;  // each once
};

}  // namespace tandem::routing
