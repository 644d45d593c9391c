// Backends that are made of others, by name: who asks whom.
#pragma once

#include "config/configuration.hpp"

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace tandem::config {

/// Whether it has servers or a store of its own, and is not made of others alone.
bool has_store(backend_options const& of);

/// The names of those that this backend asks itself, each once.
std::vector<std::string_view> parts_of(backend_options const& backend);

/// Refers to the backends that it is made with.
class composition {
 public:
  explicit composition(std::vector<backend_options> const& all);

  /// The backend of that name, or null.
  backend_options const* find(std::string_view name) const;

  /// That backend and all that it asks, directly or through others, each once. Names that are not there are left out.
  std::vector<backend_options const*> behind(std::string_view name) const;

  /// Whether requests to it come, not through tiers, to what other tiers keep their copies in.
  bool holds_copies(std::string_view name) const;

  /// Whether any tiers keep copies there of what is in `far`.
  bool holds_copies_of(std::string_view name, std::string_view far) const;

 private:
  /// What is behind the name; of those that it `enters` also what is behind them.
  template <class Enters>
  std::vector<backend_options const*> walk(std::string_view name, Enters enters) const;

  std::unordered_map<std::string_view, backend_options const*> by_name_;
  std::unordered_set<std::string_view> near_;  // what is behind the l1 of any tiers
};

}  // namespace tandem::config
