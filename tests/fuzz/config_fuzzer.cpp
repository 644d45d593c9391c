// A configuration file: read twice, with the same result, and with every error inside the file.
#include "config/load.hpp"
#include "fuzz/harness.hpp"

#include <algorithm>

namespace {

namespace config = tandem::config;
namespace fuzz = tandem::fuzz;

std::optional<std::string> variable(std::string const& name) {
  if (name == "PORT") return "11211";
  if (name == "EMPTY") return "";
  return std::nullopt;
}

/// A file that the text names is read: it must not be one that never ends.
bool names_device(std::string_view text) {
  return text.find("/dev") != std::string_view::npos || text.find("/proc") != std::string_view::npos ||
         text.find("/sys") != std::string_view::npos;
}

void add(config::diagnostics const& found, std::size_t lines, fuzz::transcript& told) {
  for (config::diagnostic const& each : found) {
    if (each.message.empty()) fuzz::fail("an error without words");
    if (each.line == 0 || each.column == 0) fuzz::fail("an error without a place: " + each.str());
    if (each.line > lines + 1) fuzz::fail("an error behind the file: " + each.str());
    told.push_back(each.str());
  }
}

fuzz::transcript load(std::string_view text) {
  config::load_result const loaded = config::load_text(text, "/nonexistent/fuzz.yaml", variable);
  auto const lines = static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1;
  fuzz::transcript told;
  if (!loaded) {
    if (loaded.error().empty()) fuzz::fail("refused for no reason");
    add(loaded.error(), lines, told);
    return told;
  }
  if (loaded->listen.empty() || loaded->backends.empty() || loaded->routes.empty())
    fuzz::fail("loaded in part");
  add(loaded->warnings, lines, told);
  for (config::backend_options const& each : loaded->backends) told.push_back(each.name);
  for (auto const& each : loaded->routes) told.push_back(each.to);
  return told;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const text(reinterpret_cast<char const*>(data), size);
  if (names_device(text)) return 0;
  fuzz::compare(load(text), load(text), "again");
  return 0;
}
