// Small files read whole: the configuration itself, and secrets.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <filesystem>
#include <string>

namespace tandem::config {

/// The content; the error says why the file cannot be read, or that it has more than `bytes_max` bytes.
base::result<std::string> read_file(std::filesystem::path const& path, std::size_t bytes_max);

}  // namespace tandem::config
