// The files under config/ that come with the program.
#include "unit/config/loading.hpp"

#include <filesystem>

namespace tandem::config {

namespace {

std::filesystem::path const examples = std::filesystem::path(TANDEM_SOURCE_DIR) / "config";

configuration example(std::string const& name) {
  load_result result = load_file(
      examples / name, [](std::string const&) -> std::optional<std::string> { return std::nullopt; });
  if (!result) {
    for (std::string const& line : as_text(result.error())) UNSCOPED_INFO(line);
    FAIL(name << " has errors");
  }
  return *std::move(result);
}

}  // namespace

TEST_CASE("every example loads without a diagnostic, in an empty environment") {
  std::size_t seen = 0;
  for (auto const& file : std::filesystem::directory_iterator(examples)) {
    if (file.path().extension() != ".yaml") continue;
    CAPTURE(file.path());
    CHECK(as_text(example(file.path().filename()).warnings).empty());
    ++seen;
  }
  CHECK(seen >= 3);
}

TEST_CASE("default.yaml says what holds without a file") {
  configuration const written = example("default.yaml");
  configuration const embedded = default_configuration();
  REQUIRE(written.listen.size() == embedded.listen.size());
  CHECK(written.listen[0].endpoint == embedded.listen[0].endpoint);
  CHECK(written.admin.enabled == embedded.admin.enabled);
  REQUIRE(written.backends.size() == embedded.backends.size());
  CHECK(written.backends[0].name == embedded.backends[0].name);
  CHECK(std::get<backend::memory::memory_options>(written.backends[0].kind).size ==
        std::get<backend::memory::memory_options>(embedded.backends[0].kind).size);
  REQUIRE(written.routes.size() == embedded.routes.size());
  CHECK(written.routes[0].kind == embedded.routes[0].kind);
  CHECK(written.routes[0].to == embedded.routes[0].to);
}

TEST_CASE("reference.yaml shows the defaults where it does not say otherwise") {
  configuration const shown = example("reference.yaml");
  configuration const standard = default_configuration();
  frontend::limits_options const& limits = standard.limits;
  CHECK(shown.workers == standard.workers);
  CHECK(shown.drain == standard.drain);
  CHECK(shown.limits.connections == limits.connections);
  CHECK(shown.limits.value == limits.value);
  CHECK(shown.limits.key == limits.key);
  CHECK(shown.limits.memory == limits.memory);
  CHECK(shown.limits.line == limits.line);
  CHECK(shown.limits.in_flight == limits.in_flight);
  CHECK(shown.limits.in_flight_per_client == limits.in_flight_per_client);
  CHECK(shown.limits.output == limits.output);
  net::upstream_options const upstream;
  CHECK(shown.backends.at(0).upstream.connect_timeout == upstream.connect_timeout);
  CHECK(shown.backends.at(0).upstream.timeout == upstream.timeout);
  CHECK(shown.backends.at(0).upstream.connections == upstream.connections);
}

TEST_CASE("demo.yaml has one backend of each kind and one rule of each kind") {
  configuration const demo = example("demo.yaml");
  REQUIRE(demo.backends.size() == 3);
  CHECK(std::get<backend::memcached::pool_options>(demo.backends[0].kind).servers.size() == 3);
  CHECK(std::get<backend::redis::redis_options>(demo.backends[1].kind).topology ==
        backend::redis::topology::cluster);
  CHECK(std::holds_alternative<backend::memory::memory_options>(demo.backends[2].kind));
  CHECK(demo.admin.endpoint.str() == "127.0.0.1:9150");
  CHECK(demo.routes.back().kind == routing::match_kind::everything);
}

}  // namespace tandem::config
