// chaos: what clients see while servers are in trouble, in figures.
#include "bench/histogram.hpp"
#include "chaos/troubles.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <list>
#include <thread>

using namespace tandem::chaos;

namespace {

using std::chrono::milliseconds;

struct command_line {
  double seconds = 3;  // of trouble
  std::string only;
  std::string breaker;
  unsigned flaps = 0;
  double detection_max_ms = 0;  // 0: it is only told
  double recovery_max_s = 0;
};

/// All clients, at work for as long as this lives.
class crowd {
 public:
  explicit crowd(house& at) {
    for (std::size_t number = 0; number < 4; ++number) clients_.emplace_back(at, number);
  }

  /// What came of their work during `during()`.
  template <class Work>
  account work(Work during) {
    account all;
    {
      std::list<std::jthread> threads;
      for (client& each : clients_)
        threads.emplace_back([&each](std::stop_token const& over) { each.run(over); });
      during();
    }
    for (client& each : clients_) {
      account one = each.take();
      all.requests.insert(all.requests.end(), one.requests.begin(), one.requests.end());
      all.wrong += one.wrong;
      if (all.first_wrong.empty()) all.first_wrong = one.first_wrong;
    }
    return all;
  }

 private:
  std::list<client> clients_;
};

double in_ms(clock::duration time) { return std::chrono::duration<double, std::milli>(time).count(); }

double p99_ms(account const& of, place where) {
  tandem::bench::histogram took;
  for (request_record const& each : of.requests) {
    if (each.where == where) took.add(static_cast<std::uint64_t>(each.took.count()));
  }
  return static_cast<double>(took.percentile(99)) / 1e6;
}

/// What a trouble came to.
struct outcome {
  std::size_t asked = 0;  // of the keys that may fail
  std::size_t failed = 0;
  std::size_t failed_elsewhere = 0;
  double detected_ms = 0;   // after it began, the last request that waited for a time-out was answered
  double recovered_ms = 0;  // after it ended, the last request failed
};

outcome judge(account const& of, std::set<place> const& felt, clock::time_point began,
              clock::time_point ended) {
  outcome made;
  for (request_record const& each : of.requests) {
    clock::time_point const answered = each.asked + each.took;
    bool const may_fail = felt.contains(each.where);
    made.asked += may_fail;
    if (each.failed) ++(may_fail ? made.failed : made.failed_elsewhere);
    bool const waited = each.took >= milliseconds(house::timeout_ms * 3 / 4);
    if (may_fail && waited && answered < ended)
      made.detected_ms = std::max(made.detected_ms, in_ms(answered - began));
    if (may_fail && each.failed) made.recovered_ms = std::max(made.recovered_ms, in_ms(answered - ended));
  }
  return made;
}

bool play(command_line const& given, trouble const& played, house& at, crowd& clients) {
  account const quiet = clients.work([] { std::this_thread::sleep_for(milliseconds(500)); });
  clock::time_point began;
  clock::time_point ended;
  std::size_t resident = 0;
  account const troubled = clients.work([&] {
    began = clock::now();
    played.begin(at);
    std::this_thread::sleep_for(std::chrono::duration<double>(given.seconds));
    ended = clock::now();
    played.end(at);
    // Until it has all of its keys again, and a moment longer.
    clock::time_point const limit = ended + std::chrono::minutes(3);
    do {
      std::this_thread::sleep_for(milliseconds(500));
      resident = std::max(resident, at.resident_bytes());
    } while (at.tandem().metric("tandem_server_withheld_percent") > 0 && clock::now() < limit);
    std::this_thread::sleep_for(milliseconds(500));
  });
  outcome const came = judge(troubled, played.felt, began, ended);
  double const quiet_p99 = p99_ms(quiet, place::healthy);
  double const troubled_p99 = p99_ms(troubled, place::healthy);
  bool const all_feel = played.felt.contains(place::healthy);
  fmt::print("{:42} {:7} {:7} {:6} {:9.0f} {:9.0f} {:6} {:8.2f} {:8.2f} {:5.0f}\n", played.name, came.asked,
             came.failed, came.failed_elsewhere, came.detected_ms, came.recovered_ms, troubled.wrong,
             quiet_p99, troubled_p99, static_cast<double>(resident) / 1024 / 1024);
  std::fflush(stdout);
  if (troubled.wrong > 0) fmt::print("  wrong: {}\n", troubled.first_wrong);
  bool const detected = given.detection_max_ms == 0 || came.detected_ms <= given.detection_max_ms;
  bool const recovered = given.recovery_max_s == 0 || came.recovered_ms <= given.recovery_max_s * 1000;
  if (!detected) fmt::print("  requests waited for longer than {:.0f} ms\n", given.detection_max_ms);
  if (!recovered) fmt::print("  requests failed for longer than {:.0f} s\n", given.recovery_max_s);
  bool const spared = all_feel || came.failed_elsewhere == 0;
  if (!spared) fmt::print("  others' keys failed\n");
  return troubled.wrong == 0 && detected && recovered && spared;
}

/// Up for so long, and down for so long.
void flap(command_line const& given, house& at, crowd& clients) {
  clock::time_point const began = clock::now();
  account const all = clients.work([&] {
    for (unsigned each = 0; each < given.flaps; ++each) {
      at.victim().suspend();
      std::this_thread::sleep_for(std::chrono::duration<double>(given.seconds));
      at.victim().resume();
      std::this_thread::sleep_for(std::chrono::duration<double>(given.seconds));
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
  if (all.wrong > 0) fmt::print("  wrong: {}\n", all.first_wrong);
}

bool play_all(command_line const& given) {
  house at(given.breaker);
  crowd clients(at);
  if (given.flaps > 0) {
    flap(given, at, clients);
    at.tandem().stop();
    return true;
  }
  fmt::print("{:42} {:>7} {:>7} {:>6} {:>9} {:>9} {:>6} {:>8} {:>8} {:>5}\n", "", "its", "", "others",
             "detected,", "normal", "", "others'", "p99, ms", "");
  fmt::print("{:42} {:>7} {:>7} {:>6} {:>9} {:>9} {:>6} {:>8} {:>8} {:>5}\n", "trouble", "keys", "errors",
             "errors", "ms", "after, ms", "wrong", "quiet", "trouble", "MiB");
  bool fine = true;
  for (trouble const& each : troubles()) {
    if (each.name.find(given.only) != std::string::npos) fine = play(given, each, at, clients) && fine;
  }
  at.tandem().stop();
  return fine;
}

}  // namespace

int main(int argc, char** argv) {
  command_line given;
  CLI::App app("Gets servers into trouble under a checked load, and prints what clients see of it.");
  app.add_option("--seconds", given.seconds, "how long each trouble lasts")->capture_default_str();
  app.add_option("--only", given.only, "those whose name has this in it");
  app.add_option("--breaker", given.breaker, "what stands in circuit_breaker, such as \"open: 200ms\"");
  app.add_option("--flaps", given.flaps, "instead: one memcached stopped and resumed so often");
  app.add_option("--detected-ms", given.detection_max_ms,
                 "fail where requests waited for time-outs for longer");
  app.add_option("--normal-s", given.recovery_max_s, "fail where requests failed for longer after a trouble");
  CLI11_PARSE(app, argc, argv);
  try {
    return play_all(given) ? 0 : 1;
  } catch (std::exception const& failed) {
    fmt::print(stderr, "chaos: {}\n", failed.what());
    return 1;
  }
}
