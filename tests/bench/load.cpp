#include "bench/load.hpp"

#include <sys/epoll.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace tandem::bench {

namespace {

constexpr std::uint64_t second_ns = 1'000'000'000;
constexpr std::size_t stuck_index = ~std::size_t{0};
constexpr std::uint64_t silence_max_ns = 10 * second_ns;

std::uint64_t read_clock(clockid_t which) {
  timespec time{};
  ::clock_gettime(which, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * second_ns + static_cast<std::uint64_t>(time.tv_nsec);
}

std::uint64_t in_ns(double seconds) { return static_cast<std::uint64_t>(seconds * 1e9); }

}  // namespace

load::load(options const& wanted)
    : wanted_(wanted),
      items_(wanted.key_prefix, wanted.keys, wanted.value_size),
      words_(make_dialect(wanted.protocol, items_)),
      poll_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (poll_ < 0) throw std::system_error(errno, std::system_category(), "epoll_create1");
  // Timers otherwise come up to 50 us late.
  ::prctl(PR_SET_TIMERSLACK, 1);
  found_.watched.resize(wanted.watch.size());
}

load::~load() { ::close(poll_); }

figures const& load::run() {
  for (std::size_t i = 0; i < wanted_.watch.size(); ++i)
    found_.watched[i].at_start = account_of(wanted_.watch[i]);
  connect_idle();
  for (std::size_t i = 0; i < wanted_.watch.size(); ++i)
    found_.watched[i].with_idle = account_of(wanted_.watch[i]);
  connect();
  start_ns_ = now_ns_ = read_clock(CLOCK_MONOTONIC);
  begin_ns_ = start_ns_ + (wanted_.requests == 0 ? in_ns(wanted_.warm_up) : 0);
  if (wanted_.rate == 0) {
    for (std::size_t index = 0; index < clients_.size(); ++index) send_batch(index);
  }
  while (!finished()) wait();
  end();
  return found_;
}

void load::connect_idle() {
  idle_.reserve(wanted_.idle);
  for (std::size_t count = 0; count < wanted_.idle; ++count) {
    idle_.push_back(std::make_unique<client>(wanted_.address));
    idle_.back()->close_by_reset();
    idle_.back()->ask(*words_, request{action::get, static_cast<std::uint32_t>(count % wanted_.keys)});
    idle_.back()->await_replies(*words_);
  }
}

void load::connect() {
  for (std::size_t index = 0; index < wanted_.connections; ++index) {
    clients_.push_back(std::make_unique<client>(wanted_.address));
    watch(clients_.back()->socket(), EPOLLIN, index, EPOLL_CTL_ADD);
    if (wanted_.rate > 0) free_.push_back(index);
  }
  if (!wanted_.one_stuck) return;
  for (std::uint32_t number = 0; number < 100; ++number) {
    words_->write(request{action::get, static_cast<std::uint32_t>(number % wanted_.keys)}, babble_);
  }
  stuck_ = std::make_unique<client>(wanted_.address);
  stuck_->receive_little();
  watch(stuck_->socket(), EPOLLOUT, stuck_index, EPOLL_CTL_ADD);
}

void load::watch(int socket, std::uint32_t events, std::size_t index, int operation) const {
  epoll_event event{};
  event.events = events;
  event.data.u64 = index;
  if (::epoll_ctl(poll_, operation, socket, &event) != 0) {
    throw std::system_error(errno, std::system_category(), "epoll_ctl");
  }
}

void load::begin() {
  measuring_ = true;
  begin_ns_ = now_ns_;
  own_cpu_before_ns_ = read_clock(CLOCK_PROCESS_CPUTIME_ID);
  for (std::size_t i = 0; i < wanted_.watch.size(); ++i)
    found_.watched[i].before = account_of(wanted_.watch[i]);
}

void load::end() {
  found_.elapsed_ns = now_ns_ - begin_ns_;
  found_.own_cpu_ns = read_clock(CLOCK_PROCESS_CPUTIME_ID) - own_cpu_before_ns_;
  for (std::size_t i = 0; i < wanted_.watch.size(); ++i)
    found_.watched[i].after = account_of(wanted_.watch[i]);
}

bool load::finished() {
  if (!measuring_ && now_ns_ >= begin_ns_) begin();
  if (wanted_.requests != 0) return answered_ == wanted_.requests;
  return measuring_ && now_ns_ >= begin_ns_ + in_ns(wanted_.seconds);
}

void load::wait() {
  if (wanted_.rate > 0) send_due();
  std::uint64_t limit_ns = silence_max_ns;
  if (!free_.empty()) limit_ns = due_ns() > now_ns_ ? due_ns() - now_ns_ : 0;
  timespec const limit{static_cast<time_t>(limit_ns / second_ns), static_cast<long>(limit_ns % second_ns)};
  std::array<epoll_event, 256> events;
  int const count = ::epoll_pwait2(poll_, events.data(), static_cast<int>(events.size()), &limit, nullptr);
  if (count < 0 && errno != EINTR) throw std::system_error(errno, std::system_category(), "epoll_pwait2");
  if (count == 0 && limit_ns == silence_max_ns) throw std::runtime_error("no reply within ten seconds");
  now_ns_ = read_clock(CLOCK_MONOTONIC);
  for (int i = 0; i < count; ++i) {
    on_event(static_cast<std::size_t>(events[static_cast<std::size_t>(i)].data.u64),
             events[static_cast<std::size_t>(i)].events);
  }
}

void load::on_event(std::size_t index, std::uint32_t events) {
  if (index == stuck_index) {
    // Whoever hangs up on a client that does not read has its reasons.
    if ((events & (EPOLLHUP | EPOLLERR)) != 0) return watch(stuck_->socket(), 0, index, EPOLL_CTL_DEL);
    found_.babbled += stuck_->babble(babble_);
    return;
  }
  client& one = *clients_[index];
  if (one.sending()) {
    one.flush();
    if (!one.sending()) watch(one.socket(), EPOLLIN, index, EPOLL_CTL_MOD);
  }
  if ((events & ~EPOLLOUT) == 0) return;
  now_ns_ = read_clock(CLOCK_MONOTONIC);
  one.receive(*words_, [this](request const& done) { answered(done); });
  if (one.in_flight() > 0) return;
  if (wanted_.rate > 0) {
    free_.push_back(index);
  } else {
    send_batch(index);
  }
}

void load::answered(request const& done) {
  ++answered_;
  if (!measuring_) return;
  ++found_.requests;
  found_.latency_ns.add(now_ns_ > done.started_ns ? now_ns_ - done.started_ns : 0);
}

request load::next_request(std::uint64_t started_ns) {
  std::uint64_t const number = asked_++;
  if (wanted_.fill) return request{action::set, static_cast<std::uint32_t>(number), 1, started_ns};
  bool const get = random_() % (wanted_.gets + wanted_.sets) < wanted_.gets;
  auto const first = static_cast<std::uint32_t>(random_() % wanted_.keys);
  return request{get ? action::get : action::set, first, get ? wanted_.keys_per_get : 1, started_ns};
}

void load::send_batch(std::size_t index) {
  client& one = *clients_[index];
  for (std::size_t count = 0; count < wanted_.pipeline && may_ask(); ++count) {
    one.ask(*words_, next_request(now_ns_));
  }
  one.flush();
  if (one.sending()) watch(one.socket(), EPOLLIN | EPOLLOUT, index, EPOLL_CTL_MOD);
}

std::uint64_t load::due_ns() const {
  return start_ns_ + static_cast<std::uint64_t>(static_cast<double>(asked_) / wanted_.rate * 1e9);
}

void load::send_due() {
  while (!free_.empty() && may_ask() && due_ns() <= now_ns_) {
    client& one = *clients_[free_.back()];
    std::size_t const index = free_.back();
    free_.pop_back();
    one.ask(*words_, next_request(due_ns()));
    one.flush();
    if (one.sending()) watch(one.socket(), EPOLLIN | EPOLLOUT, index, EPOLL_CTL_MOD);
  }
}

}  // namespace tandem::bench
