// The key `announce` of a listener: the servers that its clients are told to use.
#pragma once

#include "config/section_reader.hpp"
#include "net/options.hpp"

#include <vector>

namespace tandem::config {

/// One HOST:PORT, or a sequence of them. Reports what no client could connect to, and what is there twice.
void read_announce(section_reader const& keys, std::vector<net::endpoint>& announced);

}  // namespace tandem::config
