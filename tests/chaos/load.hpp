// Clients that read, write and delete keys of their own, one request after another, and know what each may hold: what was
// acknowledged last, or what may have been done by what failed since. Anything else that they read is wrong.
#pragma once

#include "chaos/house.hpp"
#include "support/dice.hpp"
#include "support/text_client.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

namespace tandem::chaos {

using clock = std::chrono::steady_clock;

/// Whose trouble a key would feel.
enum class place : std::uint8_t { healthy, victim, redis, covered_victim };

struct request_record {
  clock::time_point asked;
  clock::duration took;
  place where;
  bool failed;
};

struct account {
  std::vector<request_record> requests;
  std::size_t wrong = 0;
  std::string first_wrong;
};

class client {
 public:
  /// Stores its keys, while all is well.
  client(house& at, std::size_t number);

  void run(std::stop_token const& over);

  /// Since the last time.
  account take();

 private:
  struct key {
    std::string name;
    place where;
    std::set<std::uint64_t> possible;  // versions; 0: none
  };

  void step();
  void get(key& which);
  void set(key& which);
  void remove(key& which);
  void find_wrong(key const& which, std::string const& said);
  std::string ask(std::string const& words);

  house& at_;
  test::text_client connection_;
  test::dice dice_;
  std::vector<key> keys_;
  std::uint64_t versions_ = 0;
  bool failed_ = false;
  account account_;
};

}  // namespace tandem::chaos
