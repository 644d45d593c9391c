// attack: what one client, or a few, can do to the others, in figures.
#include "attack/bystander.hpp"
#include "attack/house.hpp"
#include "attack/urgency.hpp"
#include "support/wait_until.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <exception>
#include <thread>

using namespace tandem::attack;

namespace {

struct command_line {
  double seconds = 2;
  std::string only;
  double percentile = 99;       // of what the others wait, which is judged
  double ratio_max = 0;         // of that; 0: it is only told
  double allowance_ms = 0;      // added to that, for a machine with other work
  unsigned tries = 1;           // until one is as it should be
  double resident_max_mib = 0;  // 0: it is only told
  bool list = false;
};

/// The most that a figure comes to while this lives, looked at often.
class peak {
 public:
  explicit peak(house const& of) : thread_([this, &of](std::stop_token const& over) { watch(of, over); }) {}

  std::size_t resident_bytes() const { return resident_; }
  std::size_t descriptors() const { return descriptors_; }

 private:
  void watch(house const& of, std::stop_token const& over) {
    while (!over.stop_requested()) {
      resident_ = std::max(resident_.load(), of.resident_bytes());
      descriptors_ = std::max(descriptors_.load(), of.descriptors());
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }

  std::atomic<std::size_t> resident_{0};
  std::atomic<std::size_t> descriptors_{0};
  std::jthread thread_;
};

double milliseconds(tandem::bench::histogram const& of, double percent) {
  return static_cast<double>(of.percentile(percent)) / 1e6;
}

double mebibytes(std::size_t bytes) { return static_cast<double>(bytes) / 1024 / 1024; }

void attack_politely(attack const& played, target const& at, std::stop_token const& over) {
  run_as(urgency::last);
  try {
    played.play(at, over);
  } catch (std::exception const& failed) {
    fmt::print(stderr, "{}: {}\n", played.name, failed.what());
  }
}

/// An attacker has as many connections as the system gives it.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

/// Whether the others were served as they should be.
bool judge(command_line const& given, experience const& quiet, experience const& attacked,
           double resident_mib) {
  if (attacked.failed != 0) {
    fmt::print("  {} wrong answers to others, first: {}\n", attacked.failed, attacked.first_failure);
    return false;
  }
  double const bound = given.ratio_max * milliseconds(quiet.waited_ns, given.percentile) + given.allowance_ms;
  bool const waited = given.ratio_max > 0 && milliseconds(attacked.waited_ns, given.percentile) > bound;
  bool const swollen = given.resident_max_mib > 0 && resident_mib > given.resident_max_mib;
  if (waited)
    fmt::print("  the others waited too long: {:.2f} ms are allowed at p{:.0f}\n", bound, given.percentile);
  if (swollen) fmt::print("  too much memory: {:.0f} MiB are allowed\n", given.resident_max_mib);
  return !waited && !swollen;
}

bool play(command_line const& given, attack const& played, house& at, bystander& others) {
  std::chrono::milliseconds const time(static_cast<std::int64_t>(given.seconds * 1000));
  run_as(urgency::first);
  experience const quiet = others.ask_for(time / 2);
  peak const most(at);
  run_as(urgency::ordinary);  // of the threads that begin now
  std::jthread attacker([&](std::stop_token const& over) { attack_politely(played, at.aim(), over); });
  run_as(urgency::first);
  experience const attacked = others.ask_for(time);
  run_as(urgency::ordinary);
  attacker.request_stop();
  attacker.join();
  fmt::print("{:52} {:8.2f} {:8.2f} {:6.1f} {:8.1f} {:6.0f} {:5}\n", played.name,
             milliseconds(quiet.waited_ns, 99), milliseconds(attacked.waited_ns, 99),
             milliseconds(attacked.waited_ns, 99) / milliseconds(quiet.waited_ns, 99),
             static_cast<double>(attacked.waited_ns.max()) / 1e6, mebibytes(most.resident_bytes()),
             most.descriptors());
  std::fflush(stdout);
  bool const gone = tandem::test::wait_until([&] { return at.connections() == house::prefixes().size(); },
                                             std::chrono::seconds(60));
  if (!gone) fmt::print("  connections of the attackers are left\n");
  return judge(given, quiet, attacked, mebibytes(most.resident_bytes())) && gone;
}

bool survives(command_line const& given, attack const& played, house& at, bystander& others) {
  for (unsigned tried = 0; tried < given.tries; ++tried) {
    if (play(given, played, at, others)) return true;
  }
  return false;
}

int play_all(command_line const& given) {
  raise_descriptor_limit();
  house attacked;
  bystander others(attacked.aim().port, house::prefixes());
  fmt::print("{:52} {:>8} {:>8} {:>6} {:>8} {:>6} {:>5}\n", "", "quiet", "attacked", "", "", "", "");
  fmt::print("{:52} {:>8} {:>8} {:>6} {:>8} {:>6} {:>5}\n", "attack", "p99, ms", "p99, ms", "times",
             "max, ms", "MiB", "fds");
  std::size_t failed = 0;
  for (attack const& each : attacks()) {
    if (each.name.find(given.only) != std::string::npos)
      failed += survives(given, each, attacked, others) ? 0 : 1;
  }
  attacked.stop();
  if (failed != 0) fmt::print("{} attacks hurt the others more than is allowed\n", failed);
  return failed == 0 ? 0 : 1;
}

void define(CLI::App& app, command_line& into) {
  app.add_option("--seconds", into.seconds, "how long each attack lasts")->capture_default_str();
  app.add_option("--only", into.only, "those whose name has this in it");
  app.add_option("--percentile", into.percentile, "of what the others wait, for --times")
      ->capture_default_str();
  app.add_option("--times", into.ratio_max, "fail where what the others wait grows by more than this factor");
  app.add_option("--allow-ms", into.allowance_ms,
                 "added to what --times allows, for a machine that has other work");
  app.add_option("--tries", into.tries,
                 "play what fails again, for other work is a chance, and a fault is not")
      ->capture_default_str();
  app.add_option("--resident-mib", into.resident_max_mib,
                 "fail where the daemon takes more memory than this");
  app.add_flag("--list", into.list, "print the names of the attacks");
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Plays attacks of clients on Tandem, and tells what became of the others.");
  command_line given;
  define(app, given);
  CLI11_PARSE(app, argc, argv);
  if (given.list) {
    for (attack const& each : attacks()) fmt::print("{}\n", each.name);
    return 0;
  }
  try {
    return play_all(given);
  } catch (std::exception const& failed) {
    fmt::print(stderr, "attack: {}\n", failed.what());
    return 1;
  }
}
