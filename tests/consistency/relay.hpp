// Stands between a Tandem and one server, on a port of its own: passes bytes on in order, each portion after a
// random delay, so that delays fall between the steps of whatever Tandem does. It can break its connections off,
// losing what is under way, refuse new ones or leave them unanswered, spoil what the server answers, and lead to another
// server. A thread of its own moves the bytes; everything else may be called from any thread, and has happened when the call
// returns.
#pragma once

#include "support/dice.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

struct pollfd;

namespace tandem::consistency {

/// How a server's answers pass. `garbage` is as much as was answered, of any bytes.
enum class answering : std::uint8_t { as_they_are, byte_a_second, garbage };

class relay {
 public:
  /// To this port of the loopback address. The seed decides on the delays.
  relay(std::uint16_t target, std::uint64_t seed);
  ~relay();
  relay(relay const&) = delete;
  relay& operator=(relay const&) = delete;

  std::uint16_t port() const { return port_; }

  /// The longest delay; half of all portions have none, and short ones are more frequent. At first there is none.
  void delay(std::chrono::microseconds max);
  /// Each answer comes so much later, and others meanwhile as late.
  void delay_answers(std::chrono::microseconds by);
  /// Connections that are made from now on lead there.
  void target(std::uint16_t port);
  /// Resets all connections.
  void cut();
  /// Resets all connections, and refuses others until listen().
  void refuse();
  /// Resets all connections, and has a full queue of others until listen(): the kernel answers nobody who wants in.
  void fill_queue();
  void listen();
  /// Lets nothing pass, and loses nothing: what came meanwhile passes after release(), even from those who have hung up.
  void hold();
  void release();
  void answers(answering how);

 private:
  using clock = std::chrono::steady_clock;

  struct portion {
    clock::time_point due;
    std::string bytes;
  };
  struct direction {
    int from = -1;
    int to = -1;
    std::deque<portion> under_way;
    bool ended = false;    // no more will come
    bool blocked = false;  // the receiver does not read
    bool answers = false;  // is from the server
  };
  struct connection {
    direction up;
    direction down;
  };

  void run();
  int fill(std::vector<pollfd>& waiting) const;
  void serve(std::vector<pollfd> const& ready);
  void accept_one();
  void read(direction& one);
  void spoil(std::string& answer);
  void write(direction& one);
  void wake() const;
  void await_turn(std::unique_lock<std::mutex>& lock);
  void reset(connection& one);
  void reset_all();
  clock::duration random_delay();

  std::uint16_t port_;
  int wake_fd_;
  std::mutex mutex_;  // of all that follows
  std::uint16_t target_;
  int listener_ = -1;
  test::dice random_;
  std::chrono::microseconds delay_max_{0};
  std::chrono::microseconds answer_delay_{0};
  std::list<connection> connections_;
  std::uint64_t changes_ = 0;  // of the set of sockets
  std::uint64_t turns_ = 0;    // returns from poll
  std::condition_variable turned_;
  answering answering_ = answering::as_they_are;
  std::vector<int> queued_;  // what fills the listener's queue; it accepts nobody then
  bool held_ = false;
  bool ends_ = false;
  std::thread thread_;
};

}  // namespace tandem::consistency
