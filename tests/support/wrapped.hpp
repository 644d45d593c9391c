// Configurations in which every backend stands behind a route that passes everything on.
#pragma once

#include <string>

namespace tandem::test {

/// The same, where rules and tiers name `split: {default: NAME}` instead of NAME. Only for backends in block style, two
/// spaces to the right.
std::string each_wrapped(std::string const& configuration);

/// Whether this run is to wrap all configurations: the environment has TANDEM_WRAP_BACKENDS.
bool wraps_backends();

}  // namespace tandem::test
