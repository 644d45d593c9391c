#include "consistency/run.hpp"

#include "consistency/client.hpp"
#include "consistency/relay.hpp"
#include "support/free_port.hpp"
#include "support/memcached_server.hpp"
#include "support/process.hpp"
#include "support/redis_server.hpp"
#include "support/wait_until.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <stdexcept>
#include <thread>

namespace tandem::consistency {
namespace {

using namespace tandem::test;

constexpr std::int64_t counter_base = 1000000;
constexpr std::chrono::seconds l1_ttl{60};

// A Tandem with relays of its own to every server.
class participant {
 public:
  participant(run_options const& options, std::array<memcached_server, 2>& near, redis_server& far,
              std::uint64_t seed)
      : near_{std::make_unique<relay>(near[0].port(), delays(options, seed)),
              std::make_unique<relay>(near[1].port(), delays(options, seed + 1000))},
        far_(far.port(), delays(options, seed + 2000)),
        port_(free_port()),
        process_(
            {TANDEM_BINARY, "--config", directory_.write("tandem.yaml", configuration(options)).string()}) {
    bool const up = wait_until([this] { return !process_.running() || accepts(); });
    if (!up || !process_.running()) throw std::runtime_error("tandem did not start: " + process_.output());
  }

  std::uint16_t port() const { return port_; }
  relay& near(std::size_t server) { return *near_.at(server); }
  relay& far() { return far_; }

  void stop() {
    int const status = process_.running() ? process_.stop(std::chrono::seconds(20)) : *process_.wait();
    if (status != 0)
      throw std::runtime_error(fmt::format("tandem ended with {}:\n{}", status, process_.output()));
  }

 private:
  static relay_options delays(run_options const& options, std::uint64_t seed) {
    bool const delayed = std::ranges::count(options.faults, "delay") > 0;
    return {.seed = seed, .delay_max = delayed ? options.delay_max : std::chrono::milliseconds(0)};
  }

  bool accepts() const {
    try {
      text_client const tried(port_);
      return true;
    } catch (std::runtime_error const&) {
      return false;
    }
  }

  std::string configuration(run_options const& options) const {
    std::string const both = options.write == "plain"
                                 ? ""
                                 : fmt::format(
                                       "  both: {{tiered: {{l1: near, l2: far, write: {}, l1_ttl: {}s, "
                                       "lease: {}}}}}\n",
                                       options.write, l1_ttl.count(), options.lease);
    // By position: the servers have other addresses in the other process, and a ring would place keys by these.
    return fmt::format(
        "listen:\n  - address: 127.0.0.1:{}\nworkers: 2\nbackends:\n"
        "  near: {{memcached: {{servers: [\"{}\", \"{}\"], distribution: modula}}, timeout: 1s}}\n"
        "  far: {{redis: {{server: \"{}\"}}, timeout: 2s}}\n{}routes:\n  - {{to: {}}}\n",
        port_, near_[0]->address(), near_[1]->address(), far_.address(), both, both.empty() ? "far" : "both");
  }

  std::array<std::unique_ptr<relay>, 2> near_;
  relay far_;
  temporary_directory directory_;
  std::uint16_t port_;
  process process_;
};

class stage {
 public:
  explicit stage(run_options const& options)
      : options_(options),
        dice_(options.seed),
        tandems_{std::make_unique<participant>(options, near_, far_, options.seed * 10000),
                 std::make_unique<participant>(options, near_, far_, options.seed * 10000 + 5000)} {
    text_client maker(tandems_[0]->port());
    for (unsigned i = 0; i < client_options{}.counters; ++i) {
      if (maker.ask(fmt::format("set {} 0 0 7\r\n{}\r\n", counter_name(i), counter_base)) != "STORED") {
        throw std::runtime_error("a counter was not stored");
      }
    }
  }

  judged play() {
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < options_.clients; ++i) {
      threads.emplace_back([this, i] {
        client asking(options_of(i), recorder_);
        while (!stopping_) asking.act();
      });
    }
    auto const end = std::chrono::steady_clock::now() + options_.time;
    while (pause_until(end)) disturb();
    stopping_ = true;
    for (std::thread& each : threads) each.join();
    if (!result_.faults.empty())
      std::this_thread::sleep_for(options_.replay);  // the window itself, not an event
    for (unsigned i = 0; i < 2; ++i) client(options_of(options_.clients + i), recorder_).read_all();
    for (auto& each : tandems_) each->stop();
    return judge();
  }

 private:
  client_options options_of(unsigned number) const {
    return {.number = number,
            .port = tandems_[number % 2]->port(),
            .seed = options_.seed * 1000 + number,
            .failed_keys_are_misses = std::ranges::count(options_.faults, "cut_l2") > 0};
  }

  // False when the time is over.
  bool pause_until(std::chrono::steady_clock::time_point end) {
    auto const pause =
        options_.pause / 2 +
        std::chrono::milliseconds(dice_.below(static_cast<std::size_t>(options_.pause.count()) + 1));
    std::this_thread::sleep_until(std::min(end, std::chrono::steady_clock::now() + pause));
    return std::chrono::steady_clock::now() < end;
  }

  void disturb() {
    std::vector<std::string> possible = options_.faults;
    std::erase(possible, "delay");
    if (possible.empty()) return;
    std::string const what = possible[dice_.below(possible.size())];
    std::size_t const server = dice_.below(2);
    participant& one = *tandems_.at(dice_.below(2));
    moment const start = recorder_.now();
    if (what == "cut") one.near(server).cut();
    if (what == "cut_l2") one.far().cut();
    if (what == "refuse") refuse(one.near(server));
    if (what == "restart") restart(server);
    moment const end = recorder_.now();
    result_.said.push_back(fmt::format("{} {} {}", start, end, what));
    if (what != "cut_l2") result_.faults.push_back({start, end});
  }

  void refuse(relay& there) {
    there.refuse();
    there.cut();
    std::this_thread::sleep_for(std::chrono::milliseconds(100 + dice_.below(400)));
    there.open();
  }

  void restart(std::size_t server) {
    near_.at(server).kill();
    for (auto& each : tandems_) each->near(server).cut();
    near_.at(server).start();
  }

  judged judge() {
    result_.history = recorder_.history();
    promise const windows{
        .faults = result_.faults,
        .replay = std::chrono::duration_cast<std::chrono::microseconds>(options_.replay).count(),
        .l1_ttl = std::chrono::duration_cast<std::chrono::microseconds>(l1_ttl).count()};
    std::map<std::string, std::int64_t> counters;
    for (unsigned i = 0; i < client_options{}.counters; ++i) counters[counter_name(i)] = counter_base;
    result_.violations = check(result_.history, windows, counters);
    return std::move(result_);
  }

  run_options options_;
  differential::dice dice_;
  std::array<memcached_server, 2> near_;
  redis_server far_;
  std::array<std::unique_ptr<participant>, 2> tandems_;
  recorder recorder_;
  std::atomic<bool> stopping_{false};
  judged result_;
};

}  // namespace

judged run(run_options const& options) { return stage(options).play(); }

}  // namespace tandem::consistency
