// In which zone a backend is.
#pragma once

#include "config/composition.hpp"
#include "net/zones/options.hpp"

#include <string>
#include <string_view>

namespace tandem::server {

/// What it says itself; else that of all servers behind it, if they are in one. Empty if they are not, or are not known: those of a cluster
/// and of Sentinels change while one serves.
std::string zone_of(config::composition const& all, net::zone_options const& zones, std::string_view name);

}  // namespace tandem::server
