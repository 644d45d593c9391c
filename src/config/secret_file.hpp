// Secrets that stand in files of their own, such as password_file.
#pragma once

#include "base/secret.hpp"
#include "config/node.hpp"

namespace tandem::config {

/// The file that `named` names, relative to the configuration's directory: its content without the line end that editors
/// leave, read again when the secret is to be renewed. None, and an error at its place, if it cannot be read or is empty.
base::secret read_secret_file(node const& named);

}  // namespace tandem::config
