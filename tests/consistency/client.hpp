// One client of a trial: a thread that asks at random, of either Tandem and now and then of Redis itself, and
// notes what it was told. Given its seed, it asks for the same in the same order; what it is told is up to the
// others.
#pragma once

#include "consistency/history.hpp"
#include "consistency/house.hpp"
#include "consistency/link.hpp"
#include "support/dice.hpp"

#include <array>
#include <atomic>
#include <string>
#include <vector>

namespace tandem::consistency {

/// What all clients of a trial have in common.
struct common {
  std::atomic<bool> ends = false;
  std::atomic<bool> calm = false;      // no more writes past Tandem, and nobody hangs up
  std::atomic<unsigned> appended = 0;  // so that they all go on to the next log at about the same time
  bool own_process = false;            // each key is used through one process only
  bool published = false;              // what is written past Tandem is told to it
};

/// The logs that so many appends went into.
std::string log_after(unsigned appended);

class client {
 public:
  client(unsigned number, std::uint64_t seed, house& asked, common& shared);

  /// Until the trial ends.
  void run();
  std::vector<operation> take() { return std::move(noted_); }

 private:
  void once();
  void on_register(std::size_t choice);
  void on_counter();
  void on_log();
  void past();
  void abandon();
  void read(std::string const& key);
  void store(verb what, std::string const& key);
  void read_many();
  void exchange(std::string const& key);

  operation begun(verb what, std::string const& key, unsigned way);
  void note(operation& one, told const& said);
  unsigned way_for(std::string const& key);
  std::string key_to_write();
  std::string key_to_read();
  std::string own_register();
  std::string fresh_name();
  std::string fresh_value(std::string const& name);
  link& by(unsigned way) { return links_[way]; }

  unsigned number_;
  test::dice random_;
  house& asked_;
  common& shared_;
  std::array<link, processes> links_;
  std::vector<operation> noted_;
  unsigned names_ = 0;
};

}  // namespace tandem::consistency
