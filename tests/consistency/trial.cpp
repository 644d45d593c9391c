#include "consistency/trial.hpp"

#include "consistency/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <iterator>
#include <stdexcept>
#include <thread>
#include <utility>

namespace tandem::consistency {
namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

// Raised when it goes, however that comes.
class flag_at_end {
 public:
  explicit flag_at_end(std::atomic<bool>& flag) : flag_(flag) {}
  ~flag_at_end() { flag_ = true; }
  flag_at_end(flag_at_end const&) = delete;
  flag_at_end& operator=(flag_at_end const&) = delete;

 private:
  std::atomic<bool>& flag_;
};

operation operation_by(unsigned way, verb what, std::string const& key) {
  operation made;
  made.client = onlooker;
  made.way = way;
  made.what = what;
  made.key = key;
  made.start = now();
  return made;
}

}  // namespace

std::vector<std::string> const& all_faults() {
  static std::vector<std::string> const made{"cut_l1",         "refuse_l1",  "restart_l1", "cut_l2",
                                             "refuse_l2",      "stall_l2",   "fail_over",  "lose_master",
                                             "restart_tandem", "kill_tandem"};
  return made;
}

trial::trial(trial_plan plan) : plan_(std::move(plan)), random_(plan_.house.seed), house_(plan_.house) {
  common_.own_process = has_queue(plan_.house);
  common_.published = plan_.house.invalidation == "channel";
}

history trial::run() {
  made_.promised = house_.promised();
  begin_counters();
  ask_while_things_go_wrong();
  read_everything();
  if (plan_.house.backend == "tiered") take_account();
  house_.stop_tandems();  // which writes what is still queued
  read_past_tandem();
  made_.outages = house_.outages();
  made_.killings = house_.killings();
  made_.calms = house_.calms();
  if (plan_.house.backend == "tiered") made_.server_of = house_.placed(keys());
  return std::move(made_);
}

// A trial in which L1 had no part would prove nothing.
void trial::take_account() {
  auto const count = [this](std::string_view name, std::string_view label = {}) {
    return static_cast<std::uint64_t>(house_.metric(name, label));
  };
  std::uint64_t const near_hits = count("tandem_tier_hits_total", "tier=\"l1\"");
  std::uint64_t const fills = count("tandem_tier_fills_total");
  account_ = fmt::format(
      "{} hits in L1, {} in L2, {} misses; {} fills, {} refused; {} waits for another's fill; {} removals "
      "missed, {} replayed",
      near_hits, count("tandem_tier_hits_total", "tier=\"l2\""), count("tandem_tier_misses_total"), fills,
      count("tandem_tier_fills_refused_total"), count("tandem_tier_lease_waits_total"),
      count("tandem_tier_removals_missed_total"), count("tandem_tier_removals_replayed_total"));
  if (plan_.house.stale_for_s > 0)
    account_ += fmt::format("; {} answered old", count("tandem_tier_stale_answers_total"));
  if (has_queue(plan_.house)) {
    account_ += fmt::format("; {} sets queued and written, {} overtaken by newer ones, {} from the journal",
                            count("tandem_tier_write_back_written_total"),
                            count("tandem_tier_write_back_coalesced_total"),
                            count("tandem_tier_write_back_replayed_total"));
  }
  if (near_hits == 0 || fills == 0) throw std::runtime_error("L1 was not used: " + account_);
}

void trial::begin_counters() {
  for (std::string const& key : counters()) {
    operation one = operation_by(static_cast<unsigned>(key.back()) % processes, verb::set, key);
    one.argument = std::to_string(counter_start);
    one.how = link(house_.port(one.way)).set(key, one.argument).how;
    one.end = now();
    if (one.how != outcome::done) throw std::runtime_error("a counter cannot be set");
    made_.operations.push_back(one);
  }
}

// Faults end, and so do writes past Tandem, early enough for every promised window to be over while clients still
// ask: then nothing is excused any more.
void trial::ask_while_things_go_wrong() {
  steady::time_point const end = steady::now() + plan_.time;
  bool const past = !common_.own_process && plan_.house.backend == "tiered";
  auto const windows = std::chrono::microseconds(past ? made_.promised.unseen : made_.promised.replay);
  house_.delay(plan_.delay);
  std::deque<client> clients;
  for (unsigned i = 0; i < plan_.clients; ++i)
    clients.emplace_back(i, plan_.house.seed * 1000 + i, house_, common_);
  {
    std::vector<std::jthread> threads;
    flag_at_end const ending(common_.ends);
    for (client& each : clients) threads.emplace_back([&each] { each.run(); });
    disturb_until(end - windows - 1s);
    common_.calm = true;
    std::this_thread::sleep_until(std::max<steady::time_point>(end, steady::now() + windows + 1s));
  }
  for (client& each : clients) {
    std::vector<operation> noted = each.take();
    std::move(noted.begin(), noted.end(), std::back_inserter(made_.operations));
  }
  house_.delay(0us);
}

void trial::disturb_until(steady::time_point end) {
  for (;;) {
    auto const pause = std::chrono::milliseconds(random_.below(2 * plan_.between_faults.count() + 1));
    std::this_thread::sleep_until(std::min<steady::time_point>(steady::now() + pause, end));
    if (steady::now() >= end || plan_.faults.empty()) break;
    std::string const what = next_fault();
    moment const start = now();
    go_wrong(what);
    incidents_.push_back(fmt::format("{} {} {}", start, now(), what));
  }
  std::this_thread::sleep_until(end);
}

std::string trial::next_fault() {
  if (deck_.empty()) deck_ = plan_.faults;
  std::swap(deck_[random_.below(deck_.size())], deck_.back());
  std::string const drawn = deck_.back();
  deck_.pop_back();
  return drawn;
}

void trial::go_wrong(std::string const& what) {
  auto const process = static_cast<unsigned>(random_.below(processes));
  auto const server = static_cast<unsigned>(random_.below(l1_servers));
  if (what == "cut_l1") return house_.cut_l1(process, server);
  if (what == "refuse_l1") return house_.refuse_l1(process, server, meanwhile());
  if (what == "restart_l1") return house_.restart_l1(server, meanwhile());
  if (what == "restart_tandem") return house_.restart_tandem(process);
  if (what == "kill_tandem")
    return house_.kill_tandem(process, std::chrono::milliseconds(random_.below(400)));
  go_wrong_in_l2(what);
  house_.await_replays();
}

void trial::go_wrong_in_l2(std::string const& what) {
  auto const process = static_cast<unsigned>(random_.below(processes));
  if (what == "cut_l2") return house_.l2().cut(process);
  if (what == "refuse_l2") {
    auto const time = std::chrono::milliseconds(random_.below(500));
    return house_.l2().refuse(process, [time] { std::this_thread::sleep_for(time); });
  }
  if (what == "stall_l2") {
    auto const time = std::chrono::milliseconds(l2_timeout_s * 1000 + 300 + random_.below(700));
    return house_.l2().stall(process, time);
  }
  if (what == "fail_over") return house_.l2().fail_over();
  if (what == "lose_master") return house_.l2().lose_master();
  throw std::runtime_error("what is " + what + "?");
}

// While L1 is away: nothing else, or something of L2's.
std::function<void()> trial::meanwhile() {
  std::string const also = random_.of(plan_.faults);
  bool const of_l2 = also.ends_with("_l2") || also == "fail_over";
  auto const time = std::chrono::milliseconds(random_.below(random_.one_in(4) ? 1000 : 300));
  return [this, also, of_l2, time] {
    if (of_l2) go_wrong_in_l2(also);
    std::this_thread::sleep_for(time);
  };
}

std::vector<std::string> trial::keys() const {
  std::vector<std::string> made;
  for (auto const* each : {&own_registers(), &foreign_registers(), &counters()})
    made.insert(made.end(), each->begin(), each->end());
  std::string const last = log_after(common_.appended);
  for (unsigned i = 0; made.back() != last; i += 1) {
    std::string const log = log_after(i);
    if (log != made.back()) made.push_back(log);
  }
  return made;
}

void trial::read_everything() {
  std::vector<link> links;
  for (unsigned way = 0; way < processes; ++way) links.emplace_back(house_.port(way));
  for (std::string const& key : keys()) {
    for (unsigned way = 0; way < processes; ++way) {
      if (common_.own_process && way != static_cast<unsigned>(key.back()) % processes) continue;
      operation one = operation_by(way, verb::read, key);
      told const said = links[way].read(key);
      one.end = now();
      one.how = said.how;
      bool const named = kind_of(key) == key_kind::unique_register && said.how == outcome::done;
      one.answer = named ? name_of(said.answer) : said.answer;
      made_.operations.push_back(one);
    }
  }
}

void trial::read_past_tandem() {
  for (std::string const& key : keys()) {
    operation one = operation_by(past_tandem, verb::read, key);
    test::redis_reply const said = house_.direct(key, {"GET", key});
    one.end = now();
    one.how = said.is_nil() ? outcome::absent : outcome::done;
    bool const named = kind_of(key) == key_kind::unique_register && !said.is_nil();
    one.answer = named ? name_of(unframed(said.text)) : unframed(said.text);
    made_.operations.push_back(one);
  }
}

}  // namespace tandem::consistency
