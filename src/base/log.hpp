// The daemon's log: one line per event on standard error, through spdlog. For events, not for requests.
#pragma once

#include <fmt/core.h>

#include <string_view>

namespace tandem::base {

enum class log_level { debug, info, warning, error };

/// Lines below `level` are dropped. Info at start.
void set_log_level(log_level level);

void log_line(log_level level, std::string_view line);

template <class... Arguments>
void log_debug(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  log_line(log_level::debug, fmt::format(format, std::forward<Arguments>(arguments)...));
}
template <class... Arguments>
void log_info(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  log_line(log_level::info, fmt::format(format, std::forward<Arguments>(arguments)...));
}
template <class... Arguments>
void log_warning(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  log_line(log_level::warning, fmt::format(format, std::forward<Arguments>(arguments)...));
}
template <class... Arguments>
void log_error(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  log_line(log_level::error, fmt::format(format, std::forward<Arguments>(arguments)...));
}

}  // namespace tandem::base
