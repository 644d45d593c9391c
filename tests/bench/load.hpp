// The load: one thread, one epoll, all clients. Closed loop: a client whose requests are all answered sends the next
// ones at once. At a fixed rate: each request has a time at which it is due, whoever is free sends it, and its
// latency counts from that time, so that a server which stalls is charged for those that had to wait.
//
// run() once; it throws wrong_reply, or std::runtime_error when a connection or a process that is watched has ended.
#pragma once

#include "bench/client.hpp"
#include "bench/histogram.hpp"
#include "bench/options.hpp"
#include "bench/process_account.hpp"

#include <memory>
#include <random>
#include <vector>

namespace tandem::bench {

struct watched_process {
  process_account at_start;   // before the first connection
  process_account with_idle;  // when the idle connections stand
  process_account before;     // when measuring began
  process_account after;      // when it ended
};

struct figures {
  std::uint64_t requests = 0;  // answered while measuring
  std::uint64_t elapsed_ns = 0;
  std::uint64_t own_cpu_ns = 0;
  std::uint64_t babbled = 0;  // bytes taken from the client that does not read
  histogram latency_ns;
  std::vector<watched_process> watched;  // as options::watch
};

class load {
 public:
  explicit load(options const& wanted);
  ~load();
  load(load const&) = delete;
  load& operator=(load const&) = delete;

  figures const& run();

 private:
  void connect_idle();
  void connect();
  void watch(int socket, std::uint32_t events, std::size_t index, int operation) const;

  void begin();
  void end();
  bool finished();
  void wait();
  void on_event(std::size_t index, std::uint32_t events);
  void answered(request const& done);

  bool may_ask() const { return wanted_.requests == 0 || asked_ < wanted_.requests; }
  request next_request(std::uint64_t started_ns);
  void send_batch(std::size_t index);
  void send_due();
  std::uint64_t due_ns() const;

  options const& wanted_;
  item_set items_;
  std::unique_ptr<dialect> words_;
  int poll_;
  std::vector<std::unique_ptr<client>> idle_;
  std::vector<std::unique_ptr<client>> clients_;
  std::unique_ptr<client> stuck_;
  std::string babble_;
  std::vector<std::size_t> free_;  // clients without a request, at a fixed rate

  std::minstd_rand random_{1};
  std::uint64_t now_ns_ = 0;
  std::uint64_t start_ns_ = 0;
  std::uint64_t begin_ns_ = 0;
  bool measuring_ = false;
  std::uint64_t asked_ = 0;
  std::uint64_t answered_ = 0;
  std::uint64_t own_cpu_before_ns_ = 0;
  figures found_;
};

}  // namespace tandem::bench
