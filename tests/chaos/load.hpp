// Clients that read, write and delete keys of their own, one request after another, and know what each may hold: what was
// acknowledged last, or what may have been done by what failed since. Anything else that they read is wrong, and so is a miss
// where nothing was removed, no set has failed, and no server has lost its items.
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

struct habits {
  std::size_t value_max = 0;  // sizes differ up to there, small ones are more frequent; 0: as short as can be
  std::size_t leaves = 0;     // and comes back, once in so many requests; 0: never
};

class client {
 public:
  /// Stores its keys, while all is well.
  client(house& at, std::size_t number, habits has = {});

  void run(std::stop_token const& over);

  /// Since the last time.
  account take();

 private:
  struct key {
    std::string name;
    place where;
    std::set<std::uint64_t> possible;  // versions; 0: none
    unsigned emptied = 0;              // how often its server was before it was acknowledged
    clock::time_point failed = {};     // when a request for it last did
  };

  void step();
  void leave();
  bool may_be_missing(key const& which) const;
  void get(key& which);
  void set(key& which);
  void remove(key& which);
  void find_wrong(key const& which, std::string const& said);
  std::string ask(std::string const& words);
  /// Tells its version, and so its size.
  std::string value_of(std::uint64_t version) const;

  house& at_;
  habits has_;
  test::text_client connection_;
  test::dice dice_;
  std::vector<key> keys_;
  std::uint64_t versions_ = 0;
  bool failed_ = false;
  account account_;
};

}  // namespace tandem::chaos
