#include "consistency/relay.hpp"

#include "support/free_port.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

namespace tandem::consistency {
namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

void send_at_once(int fd) {
  int const on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

int connected_to(std::uint16_t port) {
  int const fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in const address = loopback(port);
  if (connect(fd, reinterpret_cast<sockaddr const*>(&address), sizeof address) == 0) {
    send_at_once(fd);
    return fd;
  }
  close(fd);
  return -1;
}

int listening_on(std::uint16_t port) {
  int const fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int const on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in const address = loopback(port);
  if (bind(fd, reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0 || listen(fd, 64) != 0) {
    throw std::runtime_error("a relay cannot listen");
  }
  return fd;
}

bool send_all(int fd, char const* bytes, std::size_t count) {
  while (count > 0) {
    ssize_t const sent = send(fd, bytes, count, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes += sent;
    count -= static_cast<std::size_t>(sent);
  }
  return true;
}

}  // namespace

// Both sides of a connection. They are closed only when both threads have ended, so that no number is used twice.
class relay::link {
 public:
  link(relay const& owner, int client, int server, std::uint64_t seed)
      : client_(client),
        server_(server),
        there_([this, &owner, seed] { owner.pass(client_, server_, seed); }),
        back_([this, &owner, seed] { owner.pass(server_, client_, seed + 1); }) {}
  ~link() {
    cut();
    there_.join();
    back_.join();
    close(client_);
    close(server_);
  }
  link(link const&) = delete;
  link& operator=(link const&) = delete;

  void cut() const {
    shutdown(client_, SHUT_RDWR);
    shutdown(server_, SHUT_RDWR);
  }

 private:
  int client_;
  int server_;
  std::thread there_;
  std::thread back_;
};

relay::relay(std::uint16_t server, relay_options const& options)
    : server_(server),
      options_(options),
      port_(tandem::test::free_port()),
      listener_(listening_on(port_)),
      accepting_([this] { accept_all(); }) {}

relay::~relay() {
  stopping_ = true;
  shutdown(listener_, SHUT_RDWR);
  accepting_.join();
  links_.clear();
  close(listener_);
}

void relay::cut() {
  std::lock_guard const lock(mutex_);
  for (auto const& each : links_) each->cut();
  links_.clear();
}

void relay::accept_all() {
  std::uint64_t seed = options_.seed;
  while (!stopping_) {
    int const client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    std::lock_guard const lock(mutex_);
    int const server = refusing_ || stopping_ ? -1 : connected_to(server_);
    if (server < 0) {
      close(client);
      continue;
    }
    send_at_once(client);
    links_.push_back(std::make_unique<link>(*this, client, server, seed += 2));
  }
}

// A pause here is the fault that is injected, not a wait for anything.
void relay::pass(int from, int to, std::uint64_t seed) const {
  differential::dice dice(seed);
  std::array<char, 16384> bytes;
  for (;;) {
    ssize_t const count = recv(from, bytes.data(), bytes.size(), 0);
    if (count <= 0) break;
    auto const longest = static_cast<std::size_t>(options_.delay_max.count());
    if (longest > 0 && dice.one_in(options_.delayed_one_in)) {
      std::this_thread::sleep_for(std::chrono::microseconds(dice.below(longest)));
    }
    if (!send_all(to, bytes.data(), static_cast<std::size_t>(count))) break;
  }
  shutdown(from, SHUT_RDWR);
  shutdown(to, SHUT_RDWR);
}

}  // namespace tandem::consistency
