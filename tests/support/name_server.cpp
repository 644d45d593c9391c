#include "support/name_server.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <utility>

namespace tandem::test {
namespace {

// The form of messages is that of RFC 1035, section 4.
constexpr std::size_t header_size = 12;
constexpr char no_such_name = 3;
constexpr char address_type = 1;

int bound_to(std::string const& address) {
  int const made = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(53);
  ::inet_pton(AF_INET, address.c_str(), &where.sin_addr);
  if (made >= 0 && ::bind(made, reinterpret_cast<sockaddr const*>(&where), sizeof where) == 0) return made;
  throw std::runtime_error("cannot be a name server at " + address + ": " + std::strerror(errno));
}

/// The name behind the header, with dots; `end` is where it ends.
std::string name_in(std::string_view question, std::size_t& end) {
  std::string name;
  for (end = header_size; end < question.size() && question[end] != 0;) {
    auto const length = static_cast<unsigned char>(question[end]);
    if (!name.empty()) name += '.';
    name += question.substr(end + 1, length);
    end += 1U + length;
  }
  ++end;
  return name;
}

}  // namespace

std::vector<std::string> addresses_of_name_servers() {
  std::vector<std::string> found;
  std::ifstream file("/etc/resolv.conf");
  for (std::string word; file >> word;) {
    if (word == "nameserver" && file >> word && word.find(':') == std::string::npos) found.push_back(word);
  }
  return found.empty() ? std::vector<std::string>{"127.0.0.1"} : found;
}

std::vector<int> open_name_servers(network_namespace const& here) {
  std::vector<int> made;
  for (std::string const& each : addresses_of_name_servers()) {
    if (!each.starts_with("127.")) here.ip("address add " + each + "/32 dev lo");
    made.push_back(bound_to(each));
  }
  return made;
}

name_server::name_server(network_namespace const& here)
    : sockets_(open_name_servers(here)), thread_([this] { serve(); }) {}

name_server::~name_server() {
  over_ = true;
  thread_.join();
  for (int const each : sockets_) ::close(each);
}

void name_server::has(std::string const& name, std::vector<std::string> addresses) {
  std::lock_guard const lock(mutex_);
  names_[name] = std::move(addresses);
}

void name_server::serve() {
  std::vector<pollfd> waits;
  for (int const each : sockets_) waits.push_back({each, POLLIN, 0});
  while (!over_) {
    constexpr int glance_ms = 20;
    if (::poll(waits.data(), waits.size(), glance_ms) <= 0) continue;
    for (pollfd const& each : waits) {
      if ((each.revents & POLLIN) == 0) continue;
      std::array<char, 1500> room{};
      sockaddr_in from{};
      socklen_t length = sizeof from;
      ssize_t const size =
          ::recvfrom(each.fd, room.data(), room.size(), 0, reinterpret_cast<sockaddr*>(&from), &length);
      if (silent_ || size <= static_cast<ssize_t>(header_size)) continue;
      std::string const told = answer({room.data(), static_cast<std::size_t>(size)});
      ::sendto(each.fd, told.data(), told.size(), 0, reinterpret_cast<sockaddr const*>(&from), length);
    }
  }
}

/// A name that exists has no other records than addresses of IPv4.
std::string name_server::answer(std::string_view question) {
  std::size_t end = 0;
  std::string const name = name_in(question, end);
  std::lock_guard const lock(mutex_);
  auto const known = names_.find(name);
  bool const exists = known != names_.end() && !known->second.empty();
  bool const asks_for_address = end + 1 < question.size() && question[end + 1] == address_type;
  std::string told(question.substr(0, end + 4));
  told[2] = static_cast<char>(0x81);
  told[3] = static_cast<char>(0x80 | (exists ? 0 : no_such_name));
  for (std::size_t at = 6; at < header_size; ++at) told[at] = 0;
  if (!exists || !asks_for_address) return told;
  told[7] = static_cast<char>(known->second.size());
  for (std::string const& each : known->second) {
    std::array<char, 4> address{};
    ::inet_pton(AF_INET, each.c_str(), address.data());
    told.append("\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x00\x00\x04", 12);
    told.append(address.data(), address.size());
  }
  return told;
}

}  // namespace tandem::test
