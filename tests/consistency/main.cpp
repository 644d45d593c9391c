// consistency: random clients over two Tandem processes with the same tiers, faults, and a judgement of what was read.
#include "consistency/run.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <fstream>

using namespace tandem::consistency;

namespace {

void keep(judged const& result, std::string const& file) {
  std::ofstream into(file);
  for (std::string const& each : result.said) into << "fault " << each << '\n';
  for (violation const& each : result.violations) {
    into << "\nviolation: " << each.why << '\n' << to_line(each.read) << "\nthe changes of this key:\n";
    for (operation const& other : result.history) {
      bool const near = other.end > each.read.start - 2000000 && other.start < each.read.end;
      if (other.key == each.read.key && other.what != kind::read && near) into << to_line(other) << '\n';
    }
  }
  into << "\nhistory\n";
  for (operation const& each : result.history) into << to_line(each) << '\n';
}

}  // namespace

int main(int argc, char** argv) {
  run_options options;
  std::uint64_t seconds = 10;
  std::string file = "consistency.failed";
  bool must_fail = false;
  CLI::App app(
      "Plays random clients over two Tandem processes with the same tiers, and judges what they read.");
  app.add_option("--seed", options.seed, "of all that is random")->capture_default_str();
  app.add_option("--seconds", seconds, "how long to play")->capture_default_str();
  app.add_option("--write", options.write, "through or around; plain: Redis alone")
      ->check(CLI::IsMember({"through", "around", "plain"}))
      ->capture_default_str();
  app.add_option("--lease", options.lease, "a time, or off")->capture_default_str();
  app.add_option("--faults", options.faults, "delay, cut, refuse, restart, cut_l2, or none; by default all")
      ->delimiter(',')
      ->check(CLI::IsMember({"delay", "cut", "refuse", "restart", "cut_l2", "none"}));
  app.add_option("--clients", options.clients, "half of them on each process")->capture_default_str();
  app.add_option("--keep", file, "where a failing history goes")->capture_default_str();
  app.add_flag("--must-fail", must_fail, "succeed only if violations were found");
  CLI11_PARSE(app, argc, argv);
  std::erase(options.faults, "none");
  options.time = std::chrono::seconds(seconds);
  fmt::print("seed {}\n", options.seed);
  std::fflush(stdout);
  try {
    judged const result = run(options);
    std::size_t unknown = 0;
    for (operation const& each : result.history) unknown += each.how == outcome::unknown ? 1 : 0;
    fmt::print("{} operations, {} of unknown outcome, {} faults, {} violations\n", result.history.size(),
               unknown, result.said.size(), result.violations.size());
    for (std::string const& each : result.said) fmt::print("fault {}\n", each);
    if (!result.violations.empty() && !must_fail) {
      keep(result, file);
      fmt::print("{}: {}\nkept in {}\n", to_line(result.violations.front().read),
                 result.violations.front().why, file);
    }
    return result.violations.empty() != must_fail ? 0 : 1;
  } catch (std::exception const& error) {
    fmt::print(stderr, "consistency: {}\n", error.what());
    return 2;
  }
}
