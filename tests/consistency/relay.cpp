#include "consistency/relay.hpp"

#include "support/free_port.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>
#include <utility>

namespace tandem::consistency {
namespace {

constexpr std::size_t portions_max = 64;  // under way in one direction, before reading pauses
constexpr int backlog = 64;
constexpr std::size_t queue_fill = 4;  // a queue for none takes one, and another is half-way in

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in made{};
  made.sin_family = AF_INET;
  made.sin_port = htons(port);
  made.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return made;
}

void prepare(int fd) {
  int const on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::fcntl(fd, F_SETFL, O_NONBLOCK);
}

int listening(std::uint16_t port) {
  int const fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  int const on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in const address = loopback(port);
  bool const bound = ::bind(fd, reinterpret_cast<sockaddr const*>(&address), sizeof address) == 0;
  if (bound && ::listen(fd, backlog) == 0) return fd;
  ::close(fd);
  throw std::runtime_error("a relay cannot listen on port " + std::to_string(port));
}

int queueing(std::uint16_t port) {
  int const fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sockaddr_in const address = loopback(port);
  ::connect(fd, reinterpret_cast<sockaddr const*>(&address), sizeof address);
  return fd;
}

// With a reset, so that what was sent and not yet read is lost.
void break_off(int fd) {
  linger const at_once{1, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::close(fd);
}

}  // namespace

relay::relay(std::uint16_t target, std::uint64_t seed)
    : port_(test::free_port()),
      wake_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      target_(target),
      listener_(listening(port_)),
      random_(seed),
      thread_([this] { run(); }) {}

relay::~relay() {
  {
    std::lock_guard const lock(mutex_);
    ends_ = true;
  }
  wake();
  thread_.join();
  reset_all();
  for (int const each : queued_) ::close(each);
  if (listener_ >= 0) ::close(listener_);
  ::close(wake_fd_);
}

void relay::delay(std::chrono::microseconds max) {
  std::lock_guard const lock(mutex_);
  delay_max_ = max;
}

void relay::delay_answers(std::chrono::microseconds by) {
  std::lock_guard const lock(mutex_);
  answer_delay_ = by;
}

void relay::target(std::uint16_t port) {
  std::lock_guard const lock(mutex_);
  target_ = port;
}

void relay::cut() {
  std::unique_lock lock(mutex_);
  reset_all();
  await_turn(lock);
}

void relay::refuse() {
  std::unique_lock lock(mutex_);
  reset_all();
  if (listener_ >= 0) ::close(std::exchange(listener_, -1));
  await_turn(lock);
}

void relay::fill_queue() {
  std::unique_lock lock(mutex_);
  reset_all();
  if (listener_ < 0) listener_ = listening(port_);
  ::listen(listener_, 0);
  while (queued_.size() < queue_fill) queued_.push_back(queueing(port_));
  await_turn(lock);
}

// A socket that is closed lives on as long as poll waits for it.
void relay::await_turn(std::unique_lock<std::mutex>& lock) {
  wake();
  turned_.wait(lock, [this, seen = turns_] { return turns_ != seen; });
}

void relay::listen() {
  std::lock_guard const lock(mutex_);
  if (listener_ < 0) listener_ = listening(port_);
  ::listen(listener_, backlog);
  for (int const each : queued_) break_off(each);
  queued_.clear();
  ++changes_;
  wake();
}

void relay::hold() {
  std::lock_guard const lock(mutex_);
  held_ = true;
}

void relay::release() {
  std::lock_guard const lock(mutex_);
  held_ = false;
  wake();
}

void relay::answers(answering how) {
  std::lock_guard const lock(mutex_);
  answering_ = how;
}

void relay::wake() const {
  std::uint64_t const one = 1;
  [[maybe_unused]] ssize_t const written = ::write(wake_fd_, &one, sizeof one);
}

void relay::reset(connection& one) {
  break_off(one.up.from);
  break_off(one.down.from);
  ++changes_;
}

void relay::reset_all() {
  for (connection& each : connections_) reset(each);
  connections_.clear();
  ++changes_;
}

// The sockets may be others by the time that poll returns: then what it says is of no use.
void relay::run() {
  std::vector<pollfd> waiting;
  std::unique_lock lock(mutex_);
  while (!ends_) {
    int const timeout = fill(waiting);
    std::uint64_t const seen = changes_;
    lock.unlock();
    ::poll(waiting.data(), waiting.size(), timeout);
    lock.lock();
    ++turns_;
    turned_.notify_all();
    std::uint64_t woken = 0;
    [[maybe_unused]] ssize_t const read = ::read(wake_fd_, &woken, sizeof woken);
    if (seen == changes_) serve(waiting);
  }
}

// Gives the time in milliseconds until the next portion is due; -1 if none is under way.
int relay::fill(std::vector<pollfd>& waiting) const {
  waiting.assign({{wake_fd_, POLLIN, 0}, {queued_.empty() ? listener_ : -1, POLLIN, 0}});
  clock::time_point next = clock::time_point::max();
  auto const interest = [&](direction const& in, direction const& out) {
    bool const reads = !in.ended && in.under_way.size() < portions_max;
    waiting.push_back({in.from, static_cast<short>((reads ? POLLIN : 0) | (out.blocked ? POLLOUT : 0)), 0});
    if (!in.under_way.empty() && !in.blocked && !held_) next = std::min(next, in.under_way.front().due);
  };
  for (connection const& each : connections_) {
    interest(each.up, each.down);
    interest(each.down, each.up);
  }
  if (next == clock::time_point::max()) return -1;
  auto const left = std::chrono::ceil<std::chrono::milliseconds>(next - clock::now()).count();
  return static_cast<int>(std::max<std::int64_t>(left, 0));
}

void relay::serve(std::vector<pollfd> const& ready) {
  std::size_t at = 2;
  for (auto each = connections_.begin(); each != connections_.end();) {
    short const near = ready[at++].revents;
    short const far = ready[at++].revents;
    if (near != 0) read(each->up);
    if (far != 0) read(each->down);
    write(each->up);
    write(each->down);
    bool const over =
        (each->up.ended && each->up.under_way.empty()) || (each->down.ended && each->down.under_way.empty());
    if (over) reset(*each);
    each = over ? connections_.erase(each) : std::next(each);
  }
  if (ready[1].revents != 0) accept_one();
}

void relay::accept_one() {
  int const near = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (near < 0) return;
  int const far = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in const address = loopback(target_);
  if (::connect(far, reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0) {
    break_off(near);
    ::close(far);
    return;
  }
  prepare(near);
  prepare(far);
  connection& made = connections_.emplace_back();
  made.up.from = made.down.to = near;
  made.up.to = made.down.from = far;
  made.down.answers = true;
  ++changes_;
}

void relay::read(direction& one) {
  if (one.ended || one.under_way.size() >= portions_max) return;
  std::array<char, 16384> block;
  ssize_t const count = ::recv(one.from, block.data(), block.size(), MSG_DONTWAIT);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0) {
    one.ended = true;
    return;
  }
  clock::time_point const earliest = one.under_way.empty() ? clock::time_point() : one.under_way.back().due;
  clock::time_point due = clock::now() + random_delay();
  if (one.answers) due += answer_delay_;
  one.under_way.push_back(
      {std::max(earliest, due), std::string(block.data(), static_cast<std::size_t>(count))});
  if (one.answers && answering_ == answering::garbage) spoil(one.under_way.back().bytes);
}

void relay::spoil(std::string& answer) {
  for (char& each : answer) each = static_cast<char>(random_.below(256));
}

void relay::write(direction& one) {
  one.blocked = false;
  if (held_) return;
  clock::time_point const now = clock::now();
  bool const trickles = one.answers && answering_ == answering::byte_a_second;
  while (!one.under_way.empty() && one.under_way.front().due <= now) {
    std::string& bytes = one.under_way.front().bytes;
    std::size_t const count = trickles ? 1 : bytes.size();
    ssize_t const sent = ::send(one.to, bytes.data(), count, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) {
      one.blocked = errno == EAGAIN || errno == EINTR;
      if (one.blocked) return;
      one.ended = true;
      one.under_way.clear();
      return;
    }
    bytes.erase(0, static_cast<std::size_t>(sent));
    if (bytes.empty()) one.under_way.pop_front();
    if (trickles && !one.under_way.empty()) one.under_way.front().due = now + std::chrono::seconds(1);
  }
}

relay::clock::duration relay::random_delay() {
  if (delay_max_.count() == 0 || random_.one_in(2)) return {};
  double const part = static_cast<double>(random_.below(1000)) / 1000;
  return std::chrono::duration_cast<clock::duration>(delay_max_ * (part * part));
}

}  // namespace tandem::consistency
