// Reads and checks a configuration. Called once by the program's start, and by `--check`; blocks on the files
// it reads.
#pragma once

#include "base/result.hpp"
#include "config/configuration.hpp"
#include "config/environment.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace tandem::config {

/// The configuration, with its warnings; or every error of the file, in the file's order.
using load_result = base::result<configuration, diagnostics>;

load_result load_file(std::filesystem::path const& path, environment const& variables = process_environment);

/// `name` stands for the file in diagnostics; relative names of other files start at its directory.
load_result load_text(std::string_view text, std::string const& name,
                      environment const& variables = process_environment);

/// Called by load_result::value() on an error.
[[noreturn]] void throw_exception_from_error(diagnostics const& errors, boost::source_location const&);

}  // namespace tandem::config
