// Plays sessions against memcached and its rivals until a number of them, or a time, is over; and shows what
// it found.
#pragma once

#include "differential/accepted.hpp"
#include "differential/house.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tandem::differential {

struct contest_plan {
  std::uint64_t seed = 1;
  std::uint64_t sessions = 1000;
  std::optional<std::chrono::seconds> time;  // instead of the number
  std::vector<dialect> dialects;
  std::vector<std::string> backends;
  std::size_t differences_max = 1;  // then it ends
};

struct finding {
  session shown;  // shrunk
  std::string backend;
};

class contest {
 public:
  /// Starts the servers.
  explicit contest(contest_plan plan);

  std::vector<finding> run();
  /// One session, on the first backend: whether memcached and it agree. Prints both transcripts.
  bool replay(session const& again);
  /// How often each accepted difference was met.
  void print_accepted() const;
  /// Throws if a server has crashed.
  void stop();

 private:
  struct rival {
    std::string name;
    std::unique_ptr<subject> server;
  };

  struct outcome {
    transcript memcached;
    transcript tandem;
    bool agree = true;
  };

  outcome played(session const& held, rival const& against);
  bool goes_on(std::uint64_t done) const;
  void empty_servers();
  bool memcached_wavers(session const& held, rival const& against, outcome const& first);
  finding examine(session const& shown, rival const& against, outcome const& first);
  static void print(outcome const& result, std::string const& rival_name);

  contest_plan plan_;
  test::memcached_server memcached_{steady_memcached};
  std::vector<rival> rivals_;
  accepted_differences accepted_;
  std::uint64_t wavered_ = 0;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

}  // namespace tandem::differential
