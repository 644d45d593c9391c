#include "net/flight_window.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <deque>
#include <functional>
#include <random>
#include <utility>

using namespace std::chrono_literals;
using tandem::base::duration;
using tandem::base::time_point;
using tandem::net::flight_window;

namespace {

/// A server behind a network, which always has somebody waiting for it: it answers in order, one at a time.
struct busy_server {
  busy_server(duration one, std::function<duration()> far) : service(one), network(std::move(far)) {}

  /// What it could have answered in that time.
  std::size_t most(duration time) const { return static_cast<std::size_t>(time / service); }

  duration service;                   // of one request
  std::function<duration()> network;  // there and back
  flight_window window;
  time_point now = time_point() + 1h;
  time_point free = now;                                    // of everything that was sent
  std::deque<std::pair<time_point, time_point>> under_way;  // when sent, and when answered
  std::size_t answers = 0;

  void run_for(duration time) {
    time_point const end = now + time;
    while (now < end) {
      while (!window.full(under_way.size())) {
        free = std::max(free, now) + service;
        under_way.emplace_back(now, free + network());
      }
      auto const [sent, answered] = under_way.front();
      under_way.pop_front();
      now = std::max(now, answered);
      ++answers;
      window.answered(sent, now, under_way.size() + 1, true);
    }
  }

  /// How long one more would wait for those that are before it.
  duration line() const { return free - now; }
};

std::function<duration()> always(duration time) {
  return [time] { return time; };
}

}  // namespace

TEST_CASE("without anybody who waits the window stays") {
  flight_window window;
  time_point now = time_point() + 1h;
  for (int count = 0; count < 1000; ++count) {
    time_point const sent = now;
    now += 5ms;
    window.answered(sent, now, 1, false);
  }
  CHECK(window.size() == flight_window::size_at_first);
}

TEST_CASE("a server that is near and slow has no long line") {
  busy_server redis{10us, always(40us)};
  redis.run_for(20s);
  CHECK(redis.line() < 800us);
  CHECK(redis.answers > redis.most(20s) * 95 / 100);
}

TEST_CASE("a server that is far is kept busy") {
  busy_server redis{2us, always(5ms)};
  redis.run_for(20s);
  CHECK(redis.line() < 12ms);
  CHECK(redis.window.size() > 2000);
  CHECK(redis.answers > redis.most(20s) * 85 / 100);
}

TEST_CASE("a network that delays some answers does not close the window") {
  std::mt19937 random(7);
  busy_server redis{5us, [&] { return random() % 10 == 0 ? duration(9ms) : duration(1ms); }};
  std::size_t sizes = 0;
  for (int count = 0; count < 200; ++count) {
    redis.run_for(100ms);
    sizes += redis.window.size();
  }
  CHECK(sizes / 200 > 200);
}

TEST_CASE("a server whose requests have become slow loses its line soon") {
  busy_server redis{2us, always(40us)};
  redis.run_for(3s);
  CHECK(redis.line() < 800us);
  redis.service = 200us;
  redis.run_for(3s);
  // As few as there are at least, or the one step more that is tried from time to time.
  CHECK(redis.line() <= (flight_window::size_min + flight_window::size_min / 8) * redis.service);
}

TEST_CASE("a server that has moved away is kept busy after a while") {
  busy_server redis{2us, always(40us)};
  redis.run_for(12s);
  redis.network = always(2ms);
  redis.run_for(15s);
  std::size_t const before = redis.answers;
  redis.run_for(10s);
  CHECK(redis.answers - before > redis.most(10s) / 2);
}

TEST_CASE("the slowest of servers is asked for a few at a time") {
  busy_server redis{10ms, always(100us)};
  redis.run_for(10min);
  CHECK(redis.window.size() <= 2 * flight_window::size_min);
}

TEST_CASE("one answer that is late says nothing, and several in a row do") {
  flight_window window;
  time_point now = time_point() + 1h;
  auto const round = [&](duration took) {
    time_point const sent = now;
    now += took;
    window.answered(sent, now, flight_window::size_at_first, true);
  };
  // The first round settles.
  for (int count = 0; count < 2; ++count) round(50us);
  std::size_t const grown = window.size();
  CHECK(grown == flight_window::size_at_first * 3 / 2);
  round(50us);
  for (unsigned count = 1; count < flight_window::late_max; ++count) round(20ms);
  CHECK(window.size() == grown);
  round(20ms);
  CHECK(window.size() == std::max(flight_window::size_at_first / 4, flight_window::size_min));
}

TEST_CASE("a line that nobody waits for any more because it holds all of them is found, too") {
  flight_window window;
  time_point now = time_point() + 1h;
  std::size_t const all = 4000;
  auto const round = [&](duration took, bool wanted) {
    time_point const sent = now;
    now += took;
    window.answered(sent, now, all, wanted);
  };
  while (window.size() < all) round(50us, true);
  for (unsigned count = 0; count < 3 * flight_window::late_max; ++count) round(40ms, false);
  CHECK(window.size() < all / 10);
}

TEST_CASE("a server that was crowded once is not closed to those who ask for little") {
  busy_server far{2us, always(70ms)};
  far.run_for(2s);
  // From now on there are so few that nobody waits.
  flight_window window = far.window;
  std::size_t smallest = window.size();
  time_point now = far.now;
  for (int count = 0; count < 2000; ++count) {
    time_point const sent = now;
    now += 70ms;
    window.answered(sent, now, 8, false);
    smallest = std::min(smallest, window.size());
  }
  CHECK(smallest >= flight_window::size_min);
}

TEST_CASE("a server that stays as near as it was is not looked for anew") {
  busy_server near{2us, always(500us)};
  near.run_for(1s);
  std::size_t smallest = near.window.size();
  for (int count = 0; count < 300; ++count) {
    near.run_for(100ms);
    smallest = std::min(smallest, near.window.size());
  }
  CHECK(smallest > flight_window::size_min);
}

TEST_CASE("another connection begins with the size of the last, and learns the times anew") {
  busy_server redis{2us, always(5ms)};
  redis.run_for(5s);
  std::size_t const grown = redis.window.size();
  redis.window.begin_anew();
  CHECK(redis.window.size() == grown);
  redis.under_way.clear();
  redis.free = redis.now;
  redis.network = always(40us);
  redis.run_for(2s);
  CHECK(redis.line() < 1ms);
}
