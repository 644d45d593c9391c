// chaos: what clients see while servers are in trouble, in figures.
#include "bench/process_account.hpp"
#include "chaos/crowd.hpp"
#include "chaos/troubles.hpp"
#include "support/built_daemon.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <thread>

using namespace tandem::chaos;

namespace {

using std::chrono::milliseconds;

struct command_line {
  double seconds = 3;  // of trouble
  double quiet_seconds = 1;
  int timeout_ms = 200;
  std::string only;
  std::string breaker;
  unsigned flaps = 0;
  double detection_max_ms = 0;  // 0: it is only told
  double recovery_max_s = 0;
  double times_max = 0;
  bool tells_waits = false;
};

void sleep_s(double seconds) { std::this_thread::sleep_for(std::chrono::duration<double>(seconds)); }

/// The clients' quiet time, and that of a trouble.
struct course {
  account quiet;
  account troubled;
  clock::time_point began;
  clock::time_point ended;
};

// Until it has all of its keys again, and a moment longer.
void await_return(house& at, clock::time_point ended) {
  clock::time_point const limit = ended + std::chrono::minutes(3);
  do std::this_thread::sleep_for(milliseconds(150));
  while (at.tandem().metric("tandem_server_withheld_percent") > 0 && clock::now() < limit);
  std::this_thread::sleep_for(milliseconds(200));
}

course run(command_line const& given, trouble const& played, house& at) {
  crowd clients(at);
  course made;
  made.quiet = clients.work([&] { sleep_s(given.quiet_seconds); });
  made.troubled = clients.work([&] {
    made.began = clock::now();
    played.begin(at);
    if (played.meanwhile) {
      played.meanwhile(at, made.began + milliseconds(static_cast<int>(given.seconds * 1000)));
    } else {
      sleep_s(given.seconds);
    }
    made.ended = clock::now();
    played.end(at);
    await_return(at, made.ended);
  });
  return made;
}

bool complain(bool wrong, std::string const& about) {
  if (wrong) fmt::print("  {}\n", about);
  return wrong;
}

bool judge(command_line const& given, trouble const& played, course const& went, std::uint64_t peak_kib) {
  outcome const came =
      judge(went.troubled, played.felt, went.began, went.ended, milliseconds(given.timeout_ms));
  bool const all_feel = played.felt.contains(place::healthy);
  double const quiet = p99_ms(went.quiet, place::healthy);
  double const troubled = p99_ms(went.troubled, place::healthy);
  std::string const detected = played.detected ? fmt::format("{:.0f}", came.detected_ms) : "-";
  std::string const waited = all_feel ? "-" : fmt::format("{:.2f}", troubled);
  fmt::print("{:42} {:7} {:7} {:6} {:>9} {:9.0f} {:6} {:8.2f} {:>8} {:5}\n", played.name, came.asked,
             came.failed, came.failed_elsewhere, detected, came.recovered_ms, went.troubled.wrong, quiet,
             waited, peak_kib / 1024);
  bool failed = complain(went.troubled.wrong > 0, "wrong: " + went.troubled.first_wrong);
  failed |=
      complain(played.detected && given.detection_max_ms > 0 && came.detected_ms > given.detection_max_ms,
               fmt::format("requests waited for longer than {:.0f} ms", given.detection_max_ms));
  failed |= complain(given.recovery_max_s > 0 && came.recovered_ms > given.recovery_max_s * 1000,
                     fmt::format("requests failed for longer than {:.0f} s", given.recovery_max_s));
  failed |= complain(!all_feel && given.times_max > 0 && troubled > given.times_max * quiet,
                     fmt::format("others waited more than {:.1f} times as long", given.times_max));
  failed |= complain(!all_feel && came.failed_elsewhere > 0, "others' keys failed");
  std::fflush(stdout);
  return !failed;
}

double in_ms(clock::duration time) { return std::chrono::duration<double, std::milli>(time).count(); }

void tell_waits(course const& went, milliseconds timeout) {
  for (request_record const& each : went.troubled.requests) {
    if (each.took < timeout / 2) continue;
    fmt::print("  asked after {:.0f} ms, waited {:.0f} ms, place {}{}\n", in_ms(each.asked - went.began),
               in_ms(each.took), static_cast<int>(each.where), each.failed ? ", failed" : "");
  }
}

bool play(command_line const& given, trouble const& played, tandem::test::network_namespace const* network) {
  house at({milliseconds(given.timeout_ms), given.breaker, played.needs, network});
  course const went = run(given, played, at);
  std::uint64_t const peak_kib = tandem::bench::account_of(at.tandem().pid()).peak_kib;
  at.tandem().stop();
  bool const well = judge(given, played, went, peak_kib);
  if (given.tells_waits) tell_waits(went, at.timeout());
  return well;
}

/// Up for so long, and down for so long.
void flap(command_line const& given) {
  house at({milliseconds(given.timeout_ms), given.breaker, {}, nullptr});
  crowd clients(at);
  clock::time_point const began = clock::now();
  account const all = clients.work([&] {
    for (unsigned each = 0; each < given.flaps; ++each) {
      at.victim().suspend();
      sleep_s(given.seconds);
      at.victim().resume();
      sleep_s(given.seconds);
    }
  });
  std::string const log = at.tandem().log();
  std::size_t returns = 0;
  for (std::size_t found = log.find(" returns: "); found != std::string::npos;
       found = log.find(" returns: ", found + 1))
    ++returns;
  std::size_t asked = 0;
  std::size_t failed = 0;
  for (request_record const& each : all.requests) {
    if (each.where != place::covered_victim || each.asked - began < std::chrono::minutes(1)) continue;
    ++asked;
    failed += each.failed;
  }
  fmt::print(
      "flapping, {:.0f} s up and {:.0f} s down, {} times: {} returns; of {} requests for its keys after the "
      "first "
      "minute, where another stands in, {} failed; {} wrong\n",
      given.seconds, given.seconds, given.flaps, returns, asked, failed, all.wrong);
  complain(all.wrong > 0, "wrong: " + all.first_wrong);
  at.tandem().stop();
}

void print_heading() {
  fmt::print("{:42} {:>7} {:>7} {:>6} {:>9} {:>9} {:>6} {:>8} {:>8} {:>5}\n", "", "its", "", "others",
             "detected,", "normal", "", "others'", "p99, ms", "peak,");
  fmt::print("{:42} {:>7} {:>7} {:>6} {:>9} {:>9} {:>6} {:>8} {:>8} {:>5}\n", "trouble", "keys", "errors",
             "errors", "ms", "after, ms", "wrong", "quiet", "trouble", "MiB");
}

// In a network of its own, where there can be one: a host can be cut off there.
bool play_all(command_line const& given) {
  std::optional<std::string> const no_network = tandem::test::no_networks();
  std::optional<tandem::test::network_namespace> network;
  std::optional<tandem::test::network_namespace::visit> stay;
  if (!no_network) stay.emplace(network.emplace());
  print_heading();
  bool fine = true;
  for (trouble const& each : troubles()) {
    if (each.name.find(given.only) == std::string::npos) continue;
    if (each.only_plain && tandem::test::tandem_is_sanitized()) {
      fmt::print("{:42} not played, a sanitizer needs descriptors of its own\n", each.name);
      continue;
    }
    if (no_network && std::ranges::any_of(each.needs, needs_network)) {
      fmt::print("{:42} not played, no networks: {}\n", each.name, *no_network);
      continue;
    }
    fine = play(given, each, network ? &*network : nullptr) && fine;
  }
  return fine;
}

}  // namespace

int main(int argc, char** argv) {
  command_line given;
  CLI::App app("Gets servers into trouble under a checked load, and prints what clients see of it.");
  app.add_option("--seconds", given.seconds, "how long each trouble lasts")->capture_default_str();
  app.add_option("--quiet-seconds", given.quiet_seconds, "how long all is well before")
      ->capture_default_str();
  app.add_option("--timeout-ms", given.timeout_ms, "of requests to the backends")->capture_default_str();
  app.add_option("--only", given.only, "those whose name has this in it");
  app.add_option("--breaker", given.breaker, "what stands in circuit_breaker, such as \"open: 200ms\"");
  app.add_option("--flaps", given.flaps, "instead: one memcached stopped and resumed so often");
  app.add_option("--detected-ms", given.detection_max_ms,
                 "fail where requests waited for time-outs for longer");
  app.add_option("--normal-s", given.recovery_max_s, "fail where requests failed for longer after a trouble");
  app.add_option("--times", given.times_max,
                 "fail where others' p99 was more than so many times that of quiet");
  app.add_flag("--waits", given.tells_waits,
               "print each request that waited for half of the time-out or longer");
  CLI11_PARSE(app, argc, argv);
  try {
    if (given.flaps > 0) return flap(given), 0;
    return play_all(given) ? 0 : 1;
  } catch (std::exception const& failed) {
    fmt::print(stderr, "chaos: {}\n", failed.what());
    return 1;
  }
}
