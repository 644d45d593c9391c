#include "config/load.hpp"

#include "config/composition.hpp"
#include "config/document.hpp"
#include "config/file.hpp"
#include "config/section/sections.hpp"
#include "config/section_reader.hpp"

#include <algorithm>
#include <stdexcept>
#include <unordered_set>

namespace tandem::config {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t file_bytes_max = 1024 * 1024;

constexpr std::string_view backends_advice =
    "define one, such as backends: {scratch: {memory: {size: 64MiB}}}";
constexpr std::string_view routes_advice = "say where keys go; routes: [{to: NAME}] sends all to one backend";

void read_workers(section_reader const& root, std::size_t& workers) {
  constexpr std::size_t workers_max = 1024;
  node const* const value = root.find("workers");
  std::optional<std::string> const given = value ? value->text("auto, or a number") : std::nullopt;
  if (!given || *given == "auto") return;
  base::result<std::uint64_t> const count = parse_number(*given);
  if (count && *count >= 1 && *count <= workers_max) {
    workers = *count;
    return;
  }
  value->error(fmt::format("\"{}\" is not a number of workers; write auto, or 1 to {}", *given, workers_max));
}

/// Admin and clients speak different protocols, so they cannot share an address.
void check_admin_address(section_reader const& root, configuration const& read) {
  auto const taken = std::ranges::find(read.listen, read.admin.endpoint, &net::listener_options::endpoint);
  if (!read.admin.enabled || taken == read.listen.end()) return;
  root.find("admin")->error(
      fmt::format("clients are served on {} already; choose another port", read.admin.endpoint.str()));
}

using names = std::unordered_set<std::string_view>;

names targets_of_rules(configuration const& read) {
  names found;
  for (routing::rule_options const& each : read.routes) found.insert(each.to);
  return found;
}

names parts_of_backends(configuration const& read) {
  names found;
  for (backend_options const& each : read.backends) {
    for (std::string_view const part : parts_of(each)) found.insert(part);
  }
  return found;
}

void warn_of_unused_backends(configuration const& read, findings& found) {
  names const targets = targets_of_rules(read);
  names const parts = parts_of_backends(read);
  for (backend_options const& each : read.backends) {
    if (targets.contains(each.name) || parts.contains(each.name)) continue;
    found.warning(
        each.position,
        fmt::format("backends.{0}: no rule sends keys here; add one, or remove the backend", each.name));
  }
}

void warn_of_hidden_failures(configuration const& read, findings& found) {
  names const targets = targets_of_rules(read);
  for (backend_options const& each : read.backends) {
    if (each.on_failure == routing::on_failure::error || targets.contains(each.name)) continue;
    found.warning(each.position,
                  fmt::format("backends.{}: on_failure is about keys that a rule sends here, and none "
                              "does; write it in the backend that names this one",
                              each.name));
  }
}

configuration read_document(node const& document) {
  configuration read;
  section_reader const root(document,
                            {"listen", "admin", "workers", "limits", "drain", "zone", "zones", "backends",
                             "invalidation", "routes"},
                            {{"reload", "remove it, and restart tandem to apply a new file"}});
  read.listen = default_configuration().listen;
  if (node const* const listen = root.find("listen")) read.listen = read_listen(*listen);
  if (node const* const admin = root.find("admin")) read.admin = read_admin(*admin);
  if (node const* const limits = root.find("limits")) read.limits = read_limits(*limits);
  read_workers(root, read.workers);
  root.read_duration("drain", read.drain, {0ms, 1h});
  read.zones = read_zones(root);
  if (node const* const backends = root.require("backends", backends_advice)) {
    read.backends = read_backends(*backends, read.zones);
  }
  for (backend_options& each : read.backends) each.upstream.pending_max = read.limits.in_flight_per_server;
  if (node const* const invalidation = root.find("invalidation")) {
    read.invalidation = read_invalidation(*invalidation, read.backends);
  }
  if (node const* const routes = root.require("routes", routes_advice)) {
    read.routes = read_routes(*routes, read.backends);
  }
  check_admin_address(root, read);
  check_zones(root, read);
  warn_of_unused_backends(read, document.shared().found);
  warn_of_hidden_failures(read, document.shared().found);
  return read;
}

}  // namespace

load_result load_text(std::string_view text, std::string const& name, environment const& variables) {
  findings found(name);
  reading shared{found, variables, std::filesystem::path(name).parent_path()};
  std::optional<YAML::Node> const document = parse_document(text, found);
  if (!document) return found.take_errors();
  configuration read = read_document(node(*document, position_of(document->Mark()), "", shared));
  if (found.any_error()) return found.take_errors();
  read.warnings = found.take_warnings();
  return read;
}

load_result load_file(std::filesystem::path const& path, environment const& variables) {
  base::result<std::string> const text = read_file(path, file_bytes_max);
  if (!text) return diagnostics{{.file = path.string(), .message = text.error().message}};
  return load_text(*text, path.string(), variables);
}

void throw_exception_from_error(diagnostics const& errors, boost::source_location const&) {
  std::string message;
  for (diagnostic const& each : errors) message += (message.empty() ? "" : "\n") + each.str();
  throw std::runtime_error(message);
}

}  // namespace tandem::config
