// differential: plays random sessions against a memcached and against Tandem, and compares every byte.
#include "differential/contest.hpp"
#include "differential/shrinker.hpp"
#include "support/temporary_directory.hpp"

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <cstdio>
#include <exception>
#include <stdexcept>

using namespace tandem::differential;

namespace {

struct command_line {
  contest_plan plan;
  std::uint64_t seconds = 0;
  std::string replayed_file;
  bool self_test = false;
};

int contested(command_line const& given) {
  contest held(given.plan);
  bool agree = false;
  if (given.replayed_file.empty()) {
    agree = held.run().empty();
    held.print_accepted();
  } else {
    agree = held.replay(read_session(tandem::test::content_of(given.replayed_file)));
  }
  held.stop();
  return agree ? 0 : 1;
}

std::size_t commands_in(session const& what) {
  std::size_t count = 0;
  for (step const& each : what.steps) count += each.commands.size();
  return count;
}

// A comparison that cannot fail is worth nothing, and one that fails by chance is worth little. A server that
// gives no cas numbers has to be found out in every dialect, and shown in a few commands; another memcached
// has to agree.
int self_tested(command_line const& given) {
  for (dialect const spoken : given.plan.dialects) {
    contest_plan plan = given.plan;
    plan.dialects = {spoken};
    plan.backends = {"liar"};
    std::vector<finding> const found = contest(plan).run();
    if (found.empty() || commands_in(found.front().shown) > 3) {
      fmt::print("the liar was not found out in {}, or not in three commands\n", name_of(spoken));
      return 1;
    }
    plan.backends = {"memcached"};
    if (!contest(plan).run().empty()) {
      fmt::print("two memcached servers do not agree in {}\n", name_of(spoken));
      return 1;
    }
  }
  fmt::print("the liar was found out, and memcached was not, in every dialect\n");
  return 0;
}

void define(CLI::App& app, command_line& into) {
  app.add_option("--seed", into.plan.seed, "of all that is random")->capture_default_str();
  app.add_option("--sessions", into.plan.sessions, "how many are played")->capture_default_str();
  app.add_option("--seconds", into.seconds, "how long to play, instead of a number of sessions");
  app.add_option("--dialect", into.plan.dialects, "text, meta or binary; by default all, in turn")
      ->transform(CLI::CheckedTransformer(
                      std::vector<std::pair<std::string, dialect>>{
                          {"text", dialect::text}, {"meta", dialect::meta}, {"binary", dialect::binary}})
                      .description(""))
      ->type_name("TEXT");
  app.add_option(
      "--backend", into.plan.backends,
      "pool, redis, cluster, memory or composed; by default all, in turn; memcached: another memcached");
  app.add_option("--differences", into.plan.differences_max, "how many are shown before it ends")
      ->capture_default_str();
  app.add_option("--replay", into.replayed_file, "a file with one session")->check(CLI::ExistingFile);
  app.add_flag("--self-test", into.self_test, "find out a server that differs");
}

}  // namespace

int main(int argc, char** argv) {
  command_line given;
  CLI::App app("Plays random sessions against a memcached and against Tandem, and compares every byte.");
  define(app, given);
  CLI11_PARSE(app, argc, argv);
  if (given.seconds > 0) given.plan.time = std::chrono::seconds(given.seconds);
  if (given.plan.dialects.empty()) given.plan.dialects = {dialect::text, dialect::meta, dialect::binary};
  if (given.plan.backends.empty()) given.plan.backends = backends_of_tandem();
  fmt::print("seed {}\n", given.plan.seed);
  std::fflush(stdout);
  try {
    return given.self_test ? self_tested(given) : contested(given);
  } catch (std::exception const& error) {
    fmt::print(stderr, "differential: {}\n", error.what());
    return 2;
  }
}
