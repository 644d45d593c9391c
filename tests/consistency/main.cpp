// consistency: clients of two Tandem processes over the same two tiers, and what they were told, judged.
#include "consistency/checker.hpp"
#include "consistency/trial.hpp"
#include "support/temporary_directory.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <fstream>
#include <map>

using namespace tandem::consistency;

namespace {

struct command_line {
  trial_plan plan;
  unsigned seconds = 15;
  unsigned delay_ms = 20;
  unsigned between_faults_ms = 1500;
  std::string checked_file;
  bool violations_expected = false;
};

void print_counts(history const& whole, verdict const& found) {
  std::size_t unknown = 0;
  std::size_t writes = 0;
  for (operation const& each : whole.operations) {
    writes += each.what != verb::read ? 1 : 0;
    unknown += each.how == outcome::unknown && each.what != verb::read ? 1 : 0;
  }
  fmt::print(
      "{} operations, {} of them writes ({} of unknown outcome); {} outages of L1\n"
      "{} reads judged, {} of them right only inside a promised window; {} violations\n",
      whole.operations.size(), writes, unknown, whole.outages.size(), found.reads, found.excused,
      found.violations.size());
}

// All of the keys that show a violation, with the violations explained in front.
void keep(std::string const& name, history const& whole, verdict const& found) {
  std::vector<std::string> keys;
  std::string comments;
  for (violation const& each : found.violations) {
    if (std::find(keys.begin(), keys.end(), each.judged.key) == keys.end()) keys.push_back(each.judged.key);
    std::string const words = explained(each);
    std::size_t at = 0;
    for (std::size_t end = words.find('\n'); end != std::string::npos; end = words.find('\n', at)) {
      comments += "# " + words.substr(at, end - at) + "\n";
      at = end + 1;
    }
  }
  std::ofstream(name) << comments << written(only(whole, keys));
  fmt::print("kept in {}; judge it again: scripts/consistency --check {}\n", name, name);
}

int judge(history const& whole, command_line const& given) {
  verdict const found = judged(whole);
  print_counts(whole, found);
  constexpr std::size_t shown_max = 5;
  std::size_t const shown = given.violations_expected ? 1 : shown_max;
  for (std::size_t i = 0; i < std::min(shown, found.violations.size()); ++i)
    fmt::print("{}", explained(found.violations[i]));
  if (given.violations_expected) {
    fmt::print("{}\n", found.violations.empty() ? "Violations were expected, and none was found."
                                                : "Violations were expected, and found.");
    return found.violations.empty() ? 1 : 0;
  }
  if (found.violations.empty()) return 0;
  if (given.checked_file.empty()) {
    keep(fmt::format("consistency-{}-{}.history", given.plan.house.write, given.plan.house.seed), whole,
         found);
  }
  return 1;
}

void define(CLI::App& app, command_line& into) {
  house_options& house = into.plan.house;
  app.add_option("--seed", house.seed, "of all that is random")->capture_default_str();
  app.add_option("--seconds", into.seconds, "how long clients ask")->capture_default_str();
  app.add_option("--write", house.write, "how L1 learns of a set")
      ->check(CLI::IsMember({"through", "around", "back"}))
      ->capture_default_str();
  app.add_option("--lease", house.lease, "a time, or off")->capture_default_str();
  app.add_option("--negative-ttl-s", house.negative_ttl_s, "for how long L1 knows that L2 has nothing")
      ->capture_default_str();
  app.add_option("--backend", house.backend, "tiered, or redis: L2 alone")
      ->check(CLI::IsMember({"tiered", "redis"}))
      ->capture_default_str();
  app.add_option("--invalidation", house.invalidation, "how Tandem learns of writes past it")
      ->check(CLI::IsMember({"off", "channel", "tracking"}))
      ->capture_default_str();
  app.add_option("--clients", into.plan.clients, "at a time")->capture_default_str();
  app.add_option("--delay-ms", into.delay_ms, "the longest that bytes are held up")->capture_default_str();
  app.add_option("--between-faults-ms", into.between_faults_ms, "on average; 0: nothing goes wrong")
      ->capture_default_str();
  app.add_option("--check", into.checked_file, "judge a history that was kept")->check(CLI::ExistingFile);
  app.add_flag("--expect-violations", into.violations_expected, "fail if there are none");
}

}  // namespace

int main(int argc, char** argv) {
  command_line given;
  CLI::App app("Clients of two Tandem processes over the same two tiers, and what they were told, judged.");
  define(app, given);
  CLI11_PARSE(app, argc, argv);
  given.plan.time = std::chrono::seconds(given.seconds);
  given.plan.delay = std::chrono::milliseconds(given.delay_ms);
  given.plan.between_faults = std::chrono::milliseconds(given.between_faults_ms);
  try {
    if (!given.checked_file.empty())
      return judge(read_history(tandem::test::content_of(given.checked_file)), given);
    fmt::print("seed {}\n", given.plan.house.seed);
    std::fflush(stdout);
    trial held(given.plan);
    history const whole = held.run();
    if (!held.account().empty()) fmt::print("{}\n", held.account());
    return judge(whole, given);
  } catch (std::exception const& error) {
    fmt::print(stderr, "consistency: {}\n", error.what());
    return 2;
  }
}
