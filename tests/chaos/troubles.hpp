// What servers get into, and Tandem itself. Each has a house of its own.
#pragma once

#include "chaos/house.hpp"
#include "chaos/load.hpp"

#include <functional>
#include <set>
#include <string>
#include <vector>

namespace tandem::chaos {

struct trouble {
  std::string name;
  std::set<place> felt;  // whose keys may fail
  std::function<void(house&)> begin;
  std::function<void(house&)> end;
  std::set<annex> needs = {};
  /// What goes on until then, or until it is over by itself; if there is none, nothing does until then.
  std::function<void(house&, clock::time_point until)> meanwhile = {};
  /// Whether requests soon wait for it no longer.
  bool detected = true;
  /// Whether a sanitizer in the daemon could not stand it.
  bool only_plain = false;
};

std::vector<trouble> troubles();

}  // namespace tandem::chaos
