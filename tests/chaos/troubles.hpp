// What servers get into.
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
};

std::vector<trouble> troubles();

}  // namespace tandem::chaos
