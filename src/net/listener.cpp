#include "net/listener.hpp"

#include "base/log.hpp"
#include "base/once_a_second.hpp"
#include "net/directory_lock.hpp"
#include "net/port_holder.hpp"
#include "net/reactor.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <fcntl.h>
#include <fmt/core.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>

namespace tandem::net {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

/// Connections accepted in a row before other sockets have their turn.
constexpr int accepts_max = 16;

/// How long to leave a listener alone when the process is out of descriptors.
constexpr auto exhaustion_pause = std::chrono::milliseconds(100);

base::error cannot_listen(endpoint const& where, std::string_view step, int reason) {
  return {base::error_kind::configuration,
          fmt::format("cannot {} {}: {}", step, where.str(), std::strerror(reason))};
}

/// Tells who has the address, if that is why.
base::error cannot_bind(endpoint const& where, sockaddr const& address, int reason) {
  base::error failed = cannot_listen(where, "bind", reason);
  if (reason == EADDRINUSE) failed.message += held_by(where, address);
  return failed;
}

struct resolved_addresses {
  addrinfo* first = nullptr;
  ~resolved_addresses() {
    if (first) ::freeaddrinfo(first);
  }
};

enum class sharing { exclusive, by_all_workers };

/// What is accepted from `listening` inherits all of it.
void set_keepalive(int listening, keepalive_options const& times) {
  auto const set = [listening](int level, int option, int value) {
    ::setsockopt(listening, level, option, &value, sizeof value);
  };
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, static_cast<int>(times.idle.count()));
  set(IPPROTO_TCP, TCP_KEEPINTVL, static_cast<int>(times.interval.count()));
  set(IPPROTO_TCP, TCP_KEEPCNT, static_cast<int>(times.probes));
  // While output is unacknowledged nothing is probed, and the kernel would repeat it for a quarter of an hour.
  set(IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(times.patience().count()));
}

base::result<listening_socket> open_tcp(listener_options const& options, addrinfo const& address,
                                        sharing shared) {
  endpoint const& where = options.endpoint;
  int const descriptor = ::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return cannot_listen(where, "make a socket for", errno);
  listening_socket made(descriptor);
  int const on = 1;
  ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (shared == sharing::by_all_workers) ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  if (::bind(descriptor, address.ai_addr, address.ai_addrlen) != 0)
    return cannot_bind(where, *address.ai_addr, errno);
  if (options.keepalive) set_keepalive(descriptor, *options.keepalive);
  // Two that allow each other to bind still cannot both listen.
  if (::listen(descriptor, listen_backlog) == 0) return made;
  if (errno == EADDRINUSE) return cannot_bind(where, *address.ai_addr, EADDRINUSE);
  return cannot_listen(where, "listen on", errno);
}

base::result<std::vector<listening_socket>> listen_tcp(listener_options const& options, std::size_t workers) {
  endpoint const& where = options.endpoint;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  resolved_addresses found;
  std::string const port = std::to_string(where.port);
  int const failed = ::getaddrinfo(where.host.c_str(), port.c_str(), &hints, &found.first);
  if (failed != 0) {
    return base::error{base::error_kind::configuration,
                       fmt::format("cannot resolve {}: {}", where.str(), ::gai_strerror(failed))};
  }
  // SO_REUSEPORT would let a second daemon of the same user share the port unseen: see first that it is free.
  {
    auto probe = open_tcp(options, *found.first, sharing::exclusive);
    if (!probe) return probe.error();
  }
  std::vector<listening_socket> opened;
  for (std::size_t worker = 0; worker < workers; ++worker) {
    auto one = open_tcp(options, *found.first, sharing::by_all_workers);
    if (!one) return one.error();
    opened.push_back(std::move(*one));
  }
  return opened;
}

/// Whether nobody listens on the socket file at `address` any more. One that cannot be told, because its
/// listener is busy or not ours to connect to, is not stale.
bool stale(sockaddr_un const& address) {
  int const descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return false;
  bool const refused =
      ::connect(descriptor, reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0 &&
      errno == ECONNREFUSED;
  ::close(descriptor);
  return refused;
}

/// Removes what a killed process has left at the address. An error if anybody or anything else is there.
base::result<void> clear_path(endpoint const& where, sockaddr_un const& address) {
  struct stat present {};
  if (::lstat(where.path.c_str(), &present) != 0) return {};
  if (!S_ISSOCK(present.st_mode)) return cannot_listen(where, "replace the file at", EEXIST);
  if (!stale(address)) return cannot_bind(where, reinterpret_cast<sockaddr const&>(address), EADDRINUSE);
  ::unlink(where.path.c_str());
  return {};
}

/// Gives the socket file to whom the options name, then the mode. The file was made with no permission at all, so
/// that there is no moment in which it has more than asked for, or has it for somebody else.
base::result<void> give_away(listener_options const& options) {
  char const* const path = options.endpoint.path.c_str();
  constexpr auto unchanged = static_cast<uid_t>(-1);
  bool const given = options.owner || options.group;
  if (given && ::lchown(path, options.owner.value_or(unchanged), options.group.value_or(unchanged)) != 0)
    return cannot_listen(options.endpoint, "set the owner and group of", errno);
  if (options.mode != 0 && ::chmod(path, options.mode) != 0)
    return cannot_listen(options.endpoint, "set the mode of", errno);
  return {};
}

base::result<int> bind_unix(listener_options const& options) {
  endpoint const& where = options.endpoint;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  auto const& generic = reinterpret_cast<sockaddr const&>(address);
  if (where.path.size() >= sizeof address.sun_path) return cannot_listen(where, "bind", ENAMETOOLONG);
  std::memcpy(address.sun_path, where.path.data(), where.path.size());
  // Until it listens, a socket looks like one that a killed process has left.
  directory_lock const others_wait(where.path);
  if (auto const cleared = clear_path(where, address); !cleared) return cleared.error();
  int const descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return cannot_listen(where, "make a socket for", errno);
  listening_socket made(descriptor);
  // The permissions of an unbound socket, less the umask, become those of its file.
  if (options.mode != 0 && ::fchmod(descriptor, 0) != 0)
    return cannot_listen(where, "set the mode of", errno);
  if (::bind(descriptor, &generic, sizeof address) != 0) return cannot_bind(where, generic, errno);
  auto const given = give_away(options);
  bool const listens = given && ::listen(descriptor, listen_backlog) == 0;
  if (listens) return made.release();
  base::error failed = given ? cannot_listen(where, "listen on", errno) : given.error();
  ::unlink(where.path.c_str());
  return failed;
}

base::result<std::vector<listening_socket>> listen_unix(listener_options const& options,
                                                        std::size_t workers) {
  auto bound = bind_unix(options);
  if (!bound) return bound.error();
  std::vector<listening_socket> opened;
  opened.emplace_back(*bound);
  while (opened.size() < workers) {
    int const duplicate = ::fcntl(*bound, F_DUPFD_CLOEXEC, 0);
    if (duplicate < 0) return cannot_listen(options.endpoint, "duplicate the socket of", errno);
    opened.emplace_back(duplicate);
  }
  return opened;
}

}  // namespace

listening_socket::~listening_socket() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

base::result<std::vector<listening_socket>> listen_on(listener_options const& where, std::size_t workers) {
  return where.endpoint.unix_socket() ? listen_unix(where, workers) : listen_tcp(where, workers);
}

void log_exhaustion(std::string_view who, std::string_view why, base::time_point now) {
  static base::once_a_second told;
  if (told.claim(now)) base::log_error("{} cannot accept a connection: {}", who, why);
}

struct listener::acceptor : std::enable_shared_from_this<acceptor>, base::timer {
  acceptor(net::reactor& on, int listening, accepted give)
      : reactor(on), descriptor(on.context(), listening), take(std::move(give)) {}

  void wait() {
    descriptor.async_wait(asio::posix::stream_descriptor::wait_read,
                          [self = shared_from_this()](error_code failed) {
                            if (!failed && !self->stopped) self->accept_some();
                          });
  }

  void accept_some() {
    for (int count = 0; count < accepts_max && !stopped; ++count) {
      int const client =
          ::accept4(descriptor.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (client < 0 && (errno == EMFILE || errno == ENFILE)) return pause();
      if (client < 0) break;
      int const on = 1;
      ::setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      take(client);
    }
    if (!stopped) wait();
  }

  void pause() {
    log_exhaustion("a listener", std::strerror(errno), reactor.now());
    reactor.arm(*this, reactor.now() + exhaustion_pause);
  }

  void on_deadline() override {
    if (!stopped) wait();
  }

  net::reactor& reactor;
  asio::posix::stream_descriptor descriptor;
  accepted take;
  bool stopped = false;
};

listener::listener(reactor& reactor, listening_socket socket, accepted take)
    : acceptor_(std::make_shared<acceptor>(reactor, socket.release(), std::move(take))) {}

listener::listener(listener&&) noexcept = default;

listener::~listener() {
  if (acceptor_) stop();
}

void listener::start() { acceptor_->wait(); }

void listener::stop() {
  acceptor_->stopped = true;
  acceptor_->disarm();
  error_code ignored;
  acceptor_->descriptor.close(ignored);
}

}  // namespace tandem::net
