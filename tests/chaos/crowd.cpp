#include "chaos/crowd.hpp"

#include "bench/histogram.hpp"

#include <algorithm>
#include <cstdint>
#include <stop_token>
#include <thread>

namespace tandem::chaos {
namespace {

double in_ms(clock::duration time) { return std::chrono::duration<double, std::milli>(time).count(); }

// Their keys wait for another master for as long as their requests have time.
bool waits_for_election(place where) { return where == place::cluster || where == place::sentinels; }

}  // namespace

crowd::crowd(house& at, std::size_t clients, habits of_each) {
  for (std::size_t number = 0; number < clients; ++number) clients_.emplace_back(at, number, of_each);
}

account crowd::work(std::function<void()> const& during) {
  {
    std::list<std::jthread> threads;
    for (client& each : clients_)
      threads.emplace_back([&each](std::stop_token const& over) { each.run(over); });
    during();
  }
  account all;
  for (client& each : clients_) {
    account one = each.take();
    all.requests.insert(all.requests.end(), one.requests.begin(), one.requests.end());
    all.wrong += one.wrong;
    if (all.first_wrong.empty()) all.first_wrong = one.first_wrong;
  }
  return all;
}

double p99_ms(account const& of, place where) {
  bench::histogram took;
  for (request_record const& each : of.requests) {
    if (each.where == where) took.add(static_cast<std::uint64_t>(each.took.count()));
  }
  return static_cast<double>(took.percentile(99)) / 1e6;
}

outcome judge(account const& of, std::set<place> const& felt, clock::time_point began,
              clock::time_point ended, clock::duration timeout) {
  outcome made;
  for (request_record const& each : of.requests) {
    clock::time_point const answered = each.asked + each.took;
    bool const may_fail = felt.contains(each.where);
    made.asked += may_fail;
    if (each.failed) ++(may_fail ? made.failed : made.failed_elsewhere);
    bool const waited = each.took >= timeout * 3 / 4;
    if (may_fail && waited && each.asked < ended && !waits_for_election(each.where))
      made.detected_ms = std::max(made.detected_ms, in_ms(each.asked - began));
    if (may_fail && each.failed) made.recovered_ms = std::max(made.recovered_ms, in_ms(answered - ended));
  }
  return made;
}

}  // namespace tandem::chaos
