// soak: whether the daemon is after hours what it was: as large, with as many descriptors, and never wrong. Clients come and
// go, values have all sizes, and each minute a server dies and is started again, empty.
#include "bench/process_account.hpp"
#include "chaos/crowd.hpp"
#include "chaos/daemon_account.hpp"
#include "chaos/trend.hpp"
#include "support/wait_until.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdio>
#include <list>
#include <stdexcept>
#include <string>
#include <thread>

using namespace tandem::chaos;

namespace {

struct command_line {
  unsigned minutes = 60;
  double minute_s = 60;
  std::size_t clients = 6;
  std::size_t visitors = 200;
  double slope_max_kib = 32;
};

// Fewer say nothing of a trend.
constexpr unsigned minutes_to_judge = 9;
constexpr habits those_of_clients{256 * 1024, 100};

void sleep_s(double seconds) { std::this_thread::sleep_for(std::chrono::duration<double>(seconds)); }

class soaking {
 public:
  explicit soaking(command_line const& given)
      : given_(given), at_({}), descriptors_at_first_([this] {
          crowd{at_, given_.clients, those_of_clients};
          return settled();
        }()) {}

  /// Whether all was well.
  bool run();

 private:
  void play_minute(unsigned minute);
  void restart_one(unsigned minute);
  template <class Server>
  void start(Server& one);
  void visit();
  void observe(double seconds);
  std::size_t settled();
  bool judge();

  command_line const& given_;
  house at_;
  std::size_t descriptors_at_first_;  // with connections to servers, and no client
  trend resident_kib_;                // by seconds, after a third of the time
  clock::time_point const began_ = clock::now();
  std::size_t wrong_ = 0;
};

std::uint64_t resident_kib(house& of) { return tandem::bench::account_of(of.tandem().pid()).resident_kib; }

// Once no client is left: what it has open.
std::size_t soaking::settled() {
  bool const left =
      tandem::test::wait_until([this] { return at_.tandem().metric("tandem_client_connections") == 0; });
  if (!left) fmt::print("clients have left, and Tandem does not see it\n");
  return descriptors_of(at_.tandem().pid());
}

bool soaking::run() {
  fmt::print("{:>6} {:>9} {:>7} {:>6} {:>7} {:>11} {:>11}  {}\n", "minute", "requests", "errors", "wrong",
             "MiB", "descriptors", "connections", "restarted");
  {
    crowd clients(at_, given_.clients, those_of_clients);
    for (unsigned minute = 1; minute <= given_.minutes; ++minute) {
      account const came = clients.work([&] { play_minute(minute); });
      std::size_t failed = 0;
      for (request_record const& each : came.requests) failed += each.failed;
      wrong_ += came.wrong;
      fmt::print("{:6} {:9} {:7} {:6} {:7.1f} {:11} {:11}  {}\n", minute, came.requests.size(), failed,
                 came.wrong, static_cast<double>(resident_kib(at_)) / 1024,
                 descriptors_of(at_.tandem().pid()), at_.tandem().metric("tandem_client_connections"),
                 minute % 2 == 0 ? "Redis" : "memcached");
      if (came.wrong > 0) fmt::print("  wrong: {}\n", came.first_wrong);
      std::fflush(stdout);
    }
  }
  bool const well = judge();
  at_.tandem().stop();
  return well;
}

void soaking::play_minute(unsigned minute) {
  observe(given_.minute_s * 0.3);
  restart_one(minute);
  visit();
  observe(given_.minute_s * 0.6);
}

void soaking::restart_one(unsigned minute) {
  bool const redis = minute % 2 == 0;
  if (redis) {
    at_.redis().kill();
    at_.note_emptied(place::redis);
    at_.note_emptied(place::tiered);
  } else {
    at_.victim().kill();
    at_.note_emptied(place::victim);
  }
  sleep_s(given_.minute_s * 0.05);
  redis ? start(at_.redis()) : start(at_.victim());
}

// A busy machine may take longer than a start is waited for; hours are not to be lost by that.
template <class Server>
void soaking::start(Server& one) {
  try {
    one.start();
  } catch (std::runtime_error const&) {
    one.start();
  }
}

// Many at once, who leave in the middle of a value.
void soaking::visit() {
  std::list<tandem::test::text_client> visitors;
  for (std::size_t each = 0; each < given_.visitors; ++each) {
    visitors.emplace_back(at_.tandem().port());
    visitors.back().send("get p:0-1 r:0-1 t:0-1\r\nset p:never 0 0 10000\r\n" + std::string(5000, 'v'));
  }
  sleep_s(given_.minute_s * 0.05);
}

void soaking::observe(double seconds) {
  auto const part = std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(seconds));
  clock::time_point const until = clock::now() + part;
  while (clock::now() < until) {
    std::this_thread::sleep_for(std::min(part, clock::duration(std::chrono::seconds(1))));
    double const second = std::chrono::duration<double>(clock::now() - began_).count();
    bool const warm = second > given_.minutes * given_.minute_s / 3;
    if (warm) resident_kib_.add(second, static_cast<double>(resident_kib(at_)));
  }
}

bool soaking::judge() {
  std::size_t const left = settled();
  bool const closed = tandem::test::wait_until(
      [this] { return descriptors_of(at_.tandem().pid()) <= descriptors_at_first_; });
  double const slope = resident_kib_.slope() * 60;
  bool const judged = given_.minutes * given_.minute_s >= minutes_to_judge * 60;
  bool const flat = !judged || slope <= given_.slope_max_kib;
  fmt::print("wrong answers: {}\n", wrong_);
  fmt::print("bytes in Tandem's own store: {}\n", at_.tandem().metric("tandem_memory_bytes"));
  fmt::print("descriptors without clients: {} before, {} after{}\n", descriptors_at_first_, left,
             closed ? "" : ", and no fewer 10 s later: a leak");
  fmt::print("memory, after a third of the time: {:+.1f} KiB a minute, {}\n", slope,
             !judged ? "which was too short to judge"
                     : fmt::format("{} {:.0f}", flat ? "at most" : "more than", given_.slope_max_kib));
  bool const well = wrong_ == 0 && closed && flat;
  fmt::print("soak: {}\n", well ? "well" : "not well");
  return well;
}

}  // namespace

int main(int argc, char** argv) {
  command_line given;
  CLI::App app("Uses a Tandem for a long time, with churn, and tells whether it grows, leaks or is wrong.");
  app.add_option("minutes", given.minutes, "how long")->capture_default_str();
  app.add_option("--minute-s", given.minute_s, "seconds that count as a minute")->capture_default_str();
  app.add_option("--clients", given.clients, "who read, write and delete")->capture_default_str();
  app.add_option("--visitors", given.visitors, "who come and go once a minute")->capture_default_str();
  app.add_option("--slope-kib", given.slope_max_kib,
                 "that memory may grow in a minute, after a third of the time")
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    return soaking(given).run() ? 0 : 1;
  } catch (std::exception const& failed) {
    fmt::print(stderr, "soak: {}\n", failed.what());
    return 1;
  }
}
