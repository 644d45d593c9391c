// A trial: clients ask, things go wrong, and in the end all is calm and everything is read once more. Gives the
// history.
#pragma once

#include "consistency/client.hpp"
#include "consistency/history.hpp"
#include "consistency/house.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace tandem::consistency {

struct trial_plan {
  house_options house;
  std::chrono::seconds time{15};
  unsigned clients = 16;
  std::chrono::microseconds delay{20'000};        // the longest, of bytes on any way
  std::chrono::milliseconds between_faults{300};  // on average
  std::vector<std::string> faults;                // of those below; by default all
};

/// What can go wrong, by name.
std::vector<std::string> const& all_faults();

class trial {
 public:
  explicit trial(trial_plan plan);

  history run();
  /// What the tiers counted meanwhile, in words.
  std::string const& account() const { return account_; }
  /// What went wrong, with the moments of start and end: a line each.
  std::vector<std::string> const& incidents() const { return incidents_; }

 private:
  void take_account();
  void begin_counters();
  void ask_while_things_go_wrong();
  void disturb_until(std::chrono::steady_clock::time_point end);
  std::string next_fault();
  void go_wrong(std::string const& what);
  void go_wrong_in_l2(std::string const& what);
  std::function<void()> meanwhile();
  void read_everything();
  void read_past_tandem();
  std::vector<std::string> keys() const;

  trial_plan plan_;
  test::dice random_;
  house house_;
  common common_;
  history made_;
  std::string account_;
  std::vector<std::string> incidents_;
  std::vector<std::string> deck_;  // each fault once, before any comes again
};

}  // namespace tandem::consistency
