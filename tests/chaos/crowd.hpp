// All clients of a house, at work for as long as asked, and what came of it.
#pragma once

#include "chaos/load.hpp"

#include <cstddef>
#include <functional>
#include <list>
#include <set>

namespace tandem::chaos {

class crowd {
 public:
  explicit crowd(house& at, std::size_t clients = 4, habits of_each = {});

  /// What came of their work while `during` ran.
  account work(std::function<void()> const& during);

 private:
  std::list<client> clients_;
};

/// The 99th percentile of how long requests of keys of this kind took.
double p99_ms(account const& of, place where);

/// What a trouble came to.
struct outcome {
  std::size_t asked = 0;  // of the keys that may fail
  std::size_t failed = 0;
  std::size_t failed_elsewhere = 0;
  double detected_ms = 0;   // after it began, the last request was asked that waited for a time-out
  double recovered_ms = 0;  // after it ended, the last request failed
};

/// `timeout`: of requests to the backends.
outcome judge(account const& of, std::set<place> const& felt, clock::time_point began,
              clock::time_point ended, clock::duration timeout);

}  // namespace tandem::chaos
