// One client of a run: asks a Tandem at random, one command after the other, on few keys that all clients share, and
// records each answer. An error, a time-out or a closed connection is an unknown outcome, and the client connects again.
#pragma once

#include "consistency/history.hpp"
#include "differential/dice.hpp"
#include "support/text_client.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tandem::consistency {

struct client_options {
  unsigned number = 0;
  std::uint16_t port = 0;
  std::uint64_t seed = 1;
  unsigned keys = 8;
  unsigned counters = 2;
  bool failed_keys_are_misses = false;  // L2 is cut at times: a miss in a get of many keys may be a failure
};

std::string key_name(unsigned number);
std::string counter_name(unsigned number);

class client {
 public:
  client(client_options const& options, recorder& into)
      : options_(options), into_(into), dice_(options.seed) {}

  /// One command.
  void act();
  /// Reads every key and counter, one by one.
  void read_all();

 private:
  void read(std::vector<std::string> const& keys);
  void write(std::string const& verb);
  void compare_and_set();
  void remove();
  void count();
  /// The answer up to `end`, or to the line of an error; nothing if the connection failed.
  std::optional<std::string> ask(std::string const& command, std::string const& end);
  void record(operation what, std::optional<std::string> const& answer, std::string const& done);
  std::string some_key() { return key_name(static_cast<unsigned>(dice_.below(options_.keys))); }
  std::string new_value();

  client_options options_;
  recorder& into_;
  differential::dice dice_;
  std::optional<test::text_client> connection_;
  std::uint64_t written_ = 0;
};

}  // namespace tandem::consistency
