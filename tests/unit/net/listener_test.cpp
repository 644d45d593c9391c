#include "net/listener.hpp"

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include "unit/net/event_loop.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <barrier>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

using tandem::net::endpoint;
using tandem::net::listen_on;
using tandem::net::listener;
using tandem::net::listener_options;
using tandem::net::listening_socket;
using tandem::test::event_loop;

namespace {

class descriptor {
 public:
  explicit descriptor(int number) : number_(number) {}
  descriptor(descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  ~descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }

 private:
  int number_;
};

std::uint16_t port_of(int socket) {
  sockaddr_in address{};
  socklen_t length = sizeof address;
  REQUIRE(::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length) == 0);
  return ntohs(address.sin_port);
}

/// A port that was free a moment ago.
std::uint16_t free_port() {
  descriptor const probe(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::bind(probe.number(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  return port_of(probe.number());
}

descriptor connect_to(std::uint16_t port) {
  descriptor made(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::connect(made.number(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  return made;
}

descriptor connect_to(std::string const& path) {
  descriptor made(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  REQUIRE(::connect(made.number(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  return made;
}

listener_options on_port(std::uint16_t port) { return {{"127.0.0.1", port, {}}, 0}; }

class directory {
 public:
  std::string file(std::string const& name) const { return (made_.path() / name).string(); }
  listener_options at(std::string const& name, unsigned mode = 0) const {
    return {{{}, 0, file(name)}, mode};
  }

 private:
  tandem::test::temporary_directory const made_;
};

/// Accepts and keeps the connections of one listening socket.
struct counting_listener {
  counting_listener(event_loop& loop, listening_socket socket)
      : one(loop.reactor(), std::move(socket), [this](int number) { taken.emplace_back(number); }) {
    one.start();
  }
  std::vector<descriptor> taken;
  listener one;
};

}  // namespace

TEST_CASE("a listener gives each connection, non-blocking, to its owner") {
  event_loop loop;
  std::uint16_t const port = free_port();
  auto sockets = listen_on(on_port(port), 1);
  REQUIRE(sockets.has_value());
  REQUIRE(sockets->size() == 1);
  counting_listener accepts(loop, std::move(sockets->front()));
  std::vector<descriptor> clients;
  for (int count = 0; count < 100; ++count) clients.push_back(connect_to(port));
  REQUIRE(loop.until([&] { return accepts.taken.size() == 100; }));
  char room = 0;
  CHECK(::recv(accepts.taken.front().number(), &room, 1, 0) == -1);
  CHECK(errno == EAGAIN);
}

TEST_CASE("workers share a port, each with a socket of its own") {
  event_loop loop;
  std::uint16_t const port = free_port();
  auto sockets = listen_on(on_port(port), 3);
  REQUIRE(sockets.has_value());
  REQUIRE(sockets->size() == 3);
  std::vector<std::unique_ptr<counting_listener>> workers;
  for (listening_socket& each : *sockets)
    workers.push_back(std::make_unique<counting_listener>(loop, std::move(each)));
  std::vector<descriptor> clients;
  for (int count = 0; count < 60; ++count) clients.push_back(connect_to(port));
  REQUIRE(loop.until([&] {
    std::size_t sum = 0;
    for (auto const& each : workers) sum += each->taken.size();
    return sum == 60;
  }));
}

TEST_CASE("a TCP address that is listened on already is an error that names it") {
  std::uint16_t const port = free_port();
  auto const first = listen_on(on_port(port), 2);
  REQUIRE(first.has_value());
  auto const second = listen_on(on_port(port), 2);
  REQUIRE_FALSE(second.has_value());
  std::string const address = "127.0.0.1:" + std::to_string(port);
  CHECK(second.error().kind == tandem::base::error_kind::configuration);
  CHECK(second.error().message ==
        "cannot bind " + address +
            ": Address already in use, by this process itself: it is listened on twice");
}

TEST_CASE("a TCP address is free again when its listeners are gone") {
  std::uint16_t const port = free_port();
  { REQUIRE(listen_on(on_port(port), 2).has_value()); }
  CHECK(listen_on(on_port(port), 1).has_value());
}

TEST_CASE("an address that is not ours, or no address, is an error that names it") {
  auto const foreign = listen_on({{"192.0.2.1", 1, {}}, 0}, 1);
  REQUIRE_FALSE(foreign.has_value());
  CHECK(foreign.error().message.find("192.0.2.1:1") != std::string::npos);
  auto const nonsense = listen_on({{"not an address", 1, {}}, 0}, 1);
  REQUIRE_FALSE(nonsense.has_value());
  CHECK(nonsense.error().message.find("cannot resolve not an address:1") == 0);
}

TEST_CASE("workers accept from duplicates of one Unix socket") {
  event_loop loop;
  directory const where;
  auto sockets = listen_on(where.at("socket"), 2);
  REQUIRE(sockets.has_value());
  REQUIRE(sockets->size() == 2);
  counting_listener first(loop, std::move((*sockets)[0]));
  counting_listener second(loop, std::move((*sockets)[1]));
  std::vector<descriptor> clients;
  for (int count = 0; count < 20; ++count) clients.push_back(connect_to(where.file("socket")));
  REQUIRE(loop.until([&] { return first.taken.size() + second.taken.size() == 20; }));
  first.one.stop();
  clients.push_back(connect_to(where.file("socket")));
  REQUIRE(loop.until([&] { return first.taken.size() + second.taken.size() == 21; }));
}

TEST_CASE("a Unix socket has the mode that was asked for") {
  directory const where;
  auto const mode = GENERATE(as<unsigned>{}, 0600U, 0660U, 0666U);
  auto const sockets = listen_on(where.at("socket", mode), 1);
  REQUIRE(sockets.has_value());
  struct stat present {};
  REQUIRE(::stat(where.file("socket").c_str(), &present) == 0);
  CHECK((present.st_mode & 0777) == mode);
}

TEST_CASE("a Unix socket has at no moment more permissions than asked for, nor any for another owner") {
  directory const where;
  listener_options options = where.at("socket", 0660);
  bool const privileged = ::geteuid() == 0;
  if (privileged) {
    options.owner = 65534;
    options.group = 1;
  }
  mode_t const mask = ::umask(0);
  std::atomic<bool> over{false};
  std::atomic<std::size_t> seen{0};
  std::atomic<std::size_t> wrong{0};
  std::thread watcher([&] {
    struct stat present {};
    auto const look = [&] { return ::lstat(options.endpoint.path.c_str(), &present) == 0; };
    auto const open_to_others = [&] {
      bool const given = !privileged || (present.st_uid == 65534 && present.st_gid == 1);
      return (present.st_mode & 0777) != 0 && !given;
    };
    while (!over) {
      if (!look()) continue;
      ++seen;
      if ((present.st_mode & 0777 & ~0660U) != 0) ++wrong;
      // The kernel may tell of an owner from before a change and of a mode from after it: what is so stays so.
      ino_t const file = present.st_ino;
      if (open_to_others() && look() && present.st_ino == file && open_to_others()) ++wrong;
    }
  });
  // On a busy machine the watcher has to come to look first.
  for (int round = 0; round < 2000 || (seen == 0 && round < 200'000); ++round) {
    REQUIRE(listen_on(options, 1).has_value());
    ::unlink(options.endpoint.path.c_str());
  }
  over = true;
  watcher.join();
  ::umask(mask);
  CHECK(seen > 0);
  CHECK(wrong == 0);
}

TEST_CASE("a Unix socket has the owner and the group that were asked for") {
  if (::geteuid() != 0) {
    WARN("skipped: only root gives files away");
    return;
  }
  directory const where;
  listener_options options = where.at("socket", 0640);
  options.owner = 65534;
  options.group = 1;
  REQUIRE(listen_on(options, 1).has_value());
  struct stat present {};
  REQUIRE(::stat(where.file("socket").c_str(), &present) == 0);
  CHECK(present.st_uid == 65534);
  CHECK(present.st_gid == 1);
  CHECK((present.st_mode & 0777) == 0640);
}

TEST_CASE("without the right to give the socket away there is an error that says so, and no socket") {
  directory const where;
  std::filesystem::permissions(where.file(""), std::filesystem::perms::all);
  bool const privileged = ::geteuid() == 0;
  listener_options options = where.at("socket", 0640);
  options.owner = 0;
  if (privileged) REQUIRE(::seteuid(65534) == 0);
  auto const refused = listen_on(options, 1);
  if (privileged) REQUIRE(::seteuid(0) == 0);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().message ==
        "cannot set the owner and group of unix:" + where.file("socket") + ": Operation not permitted");
  CHECK_FALSE(std::filesystem::exists(where.file("socket")));
}

TEST_CASE("accepted TCP connections are probed by the listener's times, or not at all") {
  event_loop loop;
  std::uint16_t const port = free_port();
  listener_options options = on_port(port);
  bool const probed = GENERATE(true, false);
  options.keepalive.reset();
  if (probed) options.keepalive = {std::chrono::seconds(7), std::chrono::seconds(3), 4};
  auto sockets = listen_on(options, 1);
  REQUIRE(sockets.has_value());
  counting_listener accepts(loop, std::move(sockets->front()));
  descriptor const client = connect_to(port);
  REQUIRE(loop.until([&] { return accepts.taken.size() == 1; }));
  auto const option = [&](int level, int name) {
    int value = -1;
    socklen_t size = sizeof value;
    REQUIRE(::getsockopt(accepts.taken.front().number(), level, name, &value, &size) == 0);
    return value;
  };
  CHECK((option(SOL_SOCKET, SO_KEEPALIVE) != 0) == probed);
  CHECK(option(IPPROTO_TCP, TCP_USER_TIMEOUT) == (probed ? 19000 : 0));
  if (!probed) return;
  CHECK(option(IPPROTO_TCP, TCP_KEEPIDLE) == 7);
  CHECK(option(IPPROTO_TCP, TCP_KEEPINTVL) == 3);
  CHECK(option(IPPROTO_TCP, TCP_KEEPCNT) == 4);
}

TEST_CASE("a Unix socket that nobody listens on any more is replaced") {
  directory const where;
  { REQUIRE(listen_on(where.at("socket"), 1).has_value()); }
  REQUIRE(std::filesystem::exists(where.file("socket")));
  auto const again = listen_on(where.at("socket"), 1);
  REQUIRE(again.has_value());
  connect_to(where.file("socket"));
}

TEST_CASE("a Unix socket that is listened on is left alone, and the error names it") {
  directory const where;
  auto const first = listen_on(where.at("socket"), 1);
  REQUIRE(first.has_value());
  auto const second = listen_on(where.at("socket"), 1);
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().message ==
        "cannot bind unix:" + where.file("socket") +
            ": Address already in use, by this process itself: it is listened on twice");
  connect_to(where.file("socket"));
}

TEST_CASE("of those that replace a Unix socket at the same moment, one gets it") {
  directory const where;
  for (int round = 0; round < 300; ++round) {
    // What a killed process has left.
    { REQUIRE(listen_on(where.at("socket"), 1).has_value()); }
    std::barrier together(3);
    std::array<std::optional<std::vector<listening_socket>>, 3> got;
    std::vector<std::thread> starting;
    for (auto& mine : got) {
      starting.emplace_back([&] {
        together.arrive_and_wait();
        if (auto opened = listen_on(where.at("socket"), 1)) mine = std::move(*opened);
      });
    }
    for (std::thread& each : starting) each.join();
    INFO("round " << round);
    REQUIRE(std::ranges::count_if(got, [](auto const& each) { return each.has_value(); }) == 1);
    connect_to(where.file("socket"));
  }
}

TEST_CASE(
    "who locks the directory of a Unix socket for other reasons does not keep it from being listened on") {
  directory const where;
  descriptor const other(::open(where.file("").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  REQUIRE(::flock(other.number(), LOCK_EX) == 0);
  auto const sockets = listen_on(where.at("socket"), 1);
  REQUIRE(sockets.has_value());
  connect_to(where.file("socket"));
}

TEST_CASE("a Unix socket whose listener is too busy to accept is live") {
  directory const where;
  descriptor const busy(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, where.file("socket").c_str(), sizeof address.sun_path - 1);
  REQUIRE(::bind(busy.number(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(::listen(busy.number(), 0) == 0);
  descriptor const waiting = connect_to(where.file("socket"));
  auto const second = listen_on(where.at("socket"), 1);
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().message.find("Address already in use") != std::string::npos);
  CHECK(std::filesystem::exists(where.file("socket")));
}

TEST_CASE("a file that is no socket is never replaced") {
  directory const where;
  std::ofstream(where.file("precious")) << "data";
  auto const refused = listen_on(where.at("precious"), 1);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().message.find("unix:" + where.file("precious")) != std::string::npos);
  std::string content;
  std::ifstream(where.file("precious")) >> content;
  CHECK(content == "data");
}

TEST_CASE("a Unix path that is too long, or in no directory, is an error that names it") {
  directory const where;
  std::string const name(200, 'x');
  auto const too_long = listen_on(where.at(name), 1);
  REQUIRE_FALSE(too_long.has_value());
  CHECK(too_long.error().message.find(name) != std::string::npos);
  auto const nowhere = listen_on(where.at("missing/socket"), 1);
  REQUIRE_FALSE(nowhere.has_value());
  CHECK(nowhere.error().message.find("No such file or directory") != std::string::npos);
}

TEST_CASE("descriptors of listeners are not handed on to programs that the process starts") {
  directory const where;
  auto const tcp = listen_on(on_port(free_port()), 2);
  auto local = listen_on(where.at("socket"), 3);
  REQUIRE(local.has_value());
  for (listening_socket& each : *local) {
    descriptor const one(each.release());
    CHECK((::fcntl(one.number(), F_GETFD) & FD_CLOEXEC) != 0);
  }
}

TEST_CASE("a stopped listener accepts no more") {
  event_loop loop;
  std::uint16_t const port = free_port();
  auto sockets = listen_on(on_port(port), 1);
  REQUIRE(sockets.has_value());
  counting_listener accepts(loop, std::move(sockets->front()));
  descriptor const before = connect_to(port);
  accepts.one.stop();
  accepts.one.stop();
  loop.settle();
  CHECK(accepts.taken.empty());
  CHECK(listen_on(on_port(port), 1).has_value());
}

TEST_CASE("a listener may be stopped or destroyed by what it calls") {
  event_loop loop;
  std::uint16_t const port = free_port();
  auto sockets = listen_on(on_port(port), 1);
  REQUIRE(sockets.has_value());
  int taken = 0;
  std::unique_ptr<listener> one;
  one = std::make_unique<listener>(loop.reactor(), std::move(sockets->front()), [&](int number) {
    ++taken;
    ::close(number);
    one.reset();
  });
  one->start();
  std::vector<descriptor> clients;
  for (int count = 0; count < 3; ++count) clients.push_back(connect_to(port));
  REQUIRE(loop.until([&] { return taken > 0; }));
  loop.settle();
  CHECK(taken == 1);
}
