#include "server/command_line.hpp"

#include "config/load.hpp"
#include "config/scalars.hpp"
#include "server/daemon.hpp"
#include "server/explain.hpp"

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <optional>
#include <vector>

namespace tandem::server {
namespace {

struct arguments_given {
  std::string file;
  std::string listen;
  bool check = false;
  std::vector<std::string> keys;
};

/// What holds without a file, at `address` if that is not empty.
std::optional<config::configuration> default_at(std::string const& address) {
  config::configuration made = config::default_configuration();
  if (address.empty()) return made;
  auto where = config::parse_endpoint(address);
  if (!where) {
    fmt::print(stderr, "--listen: {}\n", where.error().message);
    return std::nullopt;
  }
  made.listen.front().endpoint = std::move(*where);
  return made;
}

/// The configuration, or none after its errors have been printed.
std::optional<config::configuration> load(std::string const& file, std::string const& address) {
  if (file.empty()) return default_at(address);
  auto loaded = config::load_file(file);
  if (!loaded) {
    for (config::diagnostic const& each : loaded.error()) fmt::print(stderr, "{}\n", each.str());
    return std::nullopt;
  }
  for (config::diagnostic const& each : loaded->warnings) fmt::print(stderr, "{} (warning)\n", each.str());
  if (std::string const refused = check_routes(*loaded); !refused.empty()) {
    fmt::print(stderr, "{}: {}\n", file, refused);
    return std::nullopt;
  }
  return std::move(*loaded);
}

/// Where masters are not in the file, a line for each that says who is asked.
std::string masters_in(config::configuration const& settings) {
  std::string lines;
  for (config::backend_options const& each : settings.backends) {
    auto const* const redis = std::get_if<backend::redis::redis_options>(&each.kind);
    if (!redis || redis->topology != backend::redis::topology::sentinel) continue;
    lines += fmt::format("backend {}: {}\n", each.name, redis->sentinel.str());
  }
  return lines;
}

}  // namespace

int run_command_line(int count, char const* const* arguments, std::string const& version) {
  arguments_given given;
  CLI::App app("Tandem: a caching proxy that speaks memcached to clients, and memcached or Redis to servers",
               "tandem");
  app.set_version_flag("--version", "tandem " + version);
  app.add_option("--config", given.file,
                 "Configuration file; without one, 127.0.0.1:11211 is served from memory")
      ->type_name("FILE");
  app.add_option("--listen", given.listen,
                 "Without a file: HOST:PORT or unix:PATH to serve instead. A file has its own `listen`")
      ->type_name("ADDRESS");
  app.add_flag("--check", given.check, "Check the configuration, print what is wrong, and exit with 0 or 1");
  CLI::App* const explain =
      app.add_subcommand("explain", "Show the rule, backend, and server or slot of each key");
  explain->add_option("--config", given.file, "Configuration file")->type_name("FILE");
  explain->add_option("KEY", given.keys, "Keys")->required();
  try {
    app.parse(count, arguments);
  } catch (CLI::ParseError const& refused) {
    return app.exit(refused) == 0 ? 0 : 2;
  }
  if (!given.file.empty() && !given.listen.empty()) {
    fmt::print(stderr, "--listen: {} has its own `listen`; remove --listen or --config\n", given.file);
    return 2;
  }
  auto const settings = load(given.file, given.listen);
  if (!settings) return 1;
  if (*explain) return explain_keys(*settings, given.keys);
  if (given.check) {
    fmt::print("{}: ok\n{}", given.file.empty() ? "the embedded default" : given.file, masters_in(*settings));
    return 0;
  }
  return run_daemon(*settings, version);
}

}  // namespace tandem::server
