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
  unsigned between_faults_ms = 300;
  std::string checked_file;
  std::string history_file;
  bool violations_expected = false;
  unsigned trials = 1;
};

void print_counts(history const& whole, verdict const& found) {
  std::size_t unknown = 0;
  std::size_t changes = 0;
  moment longest = 0;
  for (operation const& each : whole.operations) {
    longest = std::max(longest, each.end - each.start);
    changes += writes(each.what) ? 1 : 0;
    unknown += each.how == outcome::unknown && writes(each.what) ? 1 : 0;
  }
  fmt::print(
      "{} operations, {} of them writes ({} of unknown outcome); the longest took {:.1f} s\n"
      "{} reads judged, {} of them right only inside a promised window; {} violations\n",
      whole.operations.size(), changes, unknown, static_cast<double>(longest) / 1e6, found.reads,
      found.excused, found.violations.size());
}

// All of the keys that show a violation, with the violations explained in front, and what went wrong.
void keep(std::string const& name, history const& whole, verdict const& found,
          std::vector<std::string> const& incidents) {
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
  for (std::string const& each : incidents) comments += "# " + each + "\n";
  std::ofstream(name) << comments << written(only(whole, keys));
  fmt::print("kept in {}; judge it again: scripts/consistency --check {}\n", name, name);
}

void show(verdict const& found, std::size_t count) {
  for (std::size_t i = 0; i < std::min(count, found.violations.size()); ++i)
    fmt::print("{}", explained(found.violations[i]));
}

constexpr std::size_t shown_max = 5;

int judge_again(std::string const& file) {
  history const whole = read_history(tandem::test::content_of(file));
  fmt::print("{}", in_words(whole.promised));
  verdict const found = judged(whole);
  print_counts(whole, found);
  show(found, shown_max);
  return found.violations.empty() ? 0 : 1;
}

// Counts of what went wrong, by name.
std::string summed(std::vector<std::string> const& incidents) {
  std::map<std::string, unsigned> counts;
  for (std::string const& each : incidents) ++counts[each.substr(each.rfind(' ') + 1)];
  std::string made;
  for (auto const& [what, count] : counts)
    made += fmt::format("{}{} {}", made.empty() ? "" : ", ", count, what);
  return made.empty() ? "nothing went wrong" : made;
}

// Whether there were violations.
bool hold(command_line const& given) {
  fmt::print("seed {}\n", given.plan.house.seed);
  std::fflush(stdout);
  trial held(given.plan);
  history const whole = held.run();
  fmt::print("{}{}\n{}\n", in_words(whole.promised), held.account(), summed(held.incidents()));
  if (!given.history_file.empty()) std::ofstream(given.history_file) << written(whole);
  verdict const found = judged(whole);
  print_counts(whole, found);
  show(found, given.violations_expected ? 1 : shown_max);
  if (!found.violations.empty() && !given.violations_expected) {
    keep(fmt::format("consistency-{}-{}.history", given.plan.house.write, given.plan.house.seed), whole,
         found, held.incidents());
  }
  std::fflush(stdout);
  return !found.violations.empty();
}

int hold_all(command_line given) {
  for (unsigned i = 0; i < given.trials; ++i, ++given.plan.house.seed) {
    if (hold(given)) return given.violations_expected ? 0 : 1;
  }
  if (given.violations_expected) fmt::print("Violations were expected, and none was found.\n");
  return given.violations_expected ? 1 : 0;
}

void define(CLI::App& app, command_line& into) {
  house_options& house = into.plan.house;
  app.add_option("--seed", house.seed, "of all that is random")->capture_default_str();
  app.add_option("--seconds", into.seconds, "how long clients ask")->capture_default_str();
  app.add_option("--write", house.write, "how L1 learns of a set")
      ->check(CLI::IsMember({"through", "around", "back"}))
      ->capture_default_str();
  app.add_option("--lease", house.lease, "a time, or off")->capture_default_str();
  app.add_option("--stale-for-s", house.stale_for_s, "for how long L1 answers what is old while L2 fails")
      ->capture_default_str();
  app.add_option("--negative-ttl-s", house.negative_ttl_s, "for how long L1 knows that L2 has nothing")
      ->capture_default_str();
  app.add_option("--backend", house.backend, "tiered, or redis: L2 alone")
      ->check(CLI::IsMember({"tiered", "redis"}))
      ->capture_default_str();
  app.add_option("--invalidation", house.invalidation, "how Tandem learns of writes past it")
      ->check(CLI::IsMember({"off", "channel", "tracking"}))
      ->capture_default_str();
  app.add_option("--l2", house.l2, "pair: a Redis and its replica; or a Redis Cluster")
      ->check(CLI::IsMember({"pair", "cluster"}))
      ->capture_default_str();
  app.add_option("--on-l2-failure", house.on_l2_failure, "what becomes of sets then")
      ->check(CLI::IsMember({"fail", "queue"}))
      ->capture_default_str();
  app.add_option("--journal", house.journal, "when the journal of the queue is synced; off: there is none")
      ->check(CLI::IsMember({"always", "interval", "never", "off"}))
      ->capture_default_str();
  app.add_option("--faults", into.plan.faults, "what goes wrong, or none; by default all")
      ->delimiter(',')
      ->check(CLI::IsMember(all_faults()) | CLI::IsMember({"none"}));
  app.add_option("--trials", into.trials, "how many, with a seed each, until one shows violations")
      ->capture_default_str();
  app.add_option("--clients", into.plan.clients, "at a time")->capture_default_str();
  app.add_option("--delay-ms", into.delay_ms, "the longest that bytes are held up")->capture_default_str();
  app.add_option("--between-faults-ms", into.between_faults_ms, "on average")->capture_default_str();
  app.add_option("--check", into.checked_file, "judge a history that was kept")->check(CLI::ExistingFile);
  app.add_option("--history", into.history_file, "where the whole history goes, in any case");
  app.add_flag("--expect-violations", into.violations_expected, "succeed only if there are some");
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
  if (given.plan.faults.empty()) given.plan.faults = all_faults();
  std::erase(given.plan.faults, "none");
  given.plan.house.links_last =
      std::ranges::all_of(given.plan.faults, [](std::string const& each) { return each.ends_with("_l1"); });
  // What is queued and in no journal is lost with the process, as it says.
  bool const forgets = has_queue(given.plan.house) && given.plan.house.journal == "off";
  if (forgets) std::erase(given.plan.faults, "kill_tandem");
  try {
    return given.checked_file.empty() ? hold_all(given) : judge_again(given.checked_file);
  } catch (std::exception const& error) {
    fmt::print(stderr, "consistency: {}\n", error.what());
    return 2;
  }
}
