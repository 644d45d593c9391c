// What readers of backends that are made of others have in common.
#pragma once

#include "config/section/sections.hpp"
#include "config/section_reader.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tandem::config {

/// Notes where a backend is named.
struct name_reader {
  section_reader const& keys;
  std::string const& owner;
  std::vector<reference>& references;

  /// The one that a required key names.
  void read(std::string_view key, std::string& into, reference::part as = reference::part::any) const;

  /// Those in the list `to`, at least two, each once.
  void read_to(std::vector<std::string>& into, reference::part as = reference::part::any) const;
};

/// Who has the keys of a server that fails.
routing::server_failure_options read_server_failure(node const& value, std::string const& owner,
                                                    std::vector<reference>& references);

}  // namespace tandem::config
