#include "net/port_holder.hpp"

#include <fmt/core.h>
#include <netinet/in.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <vector>

namespace tandem::net {

namespace {

namespace files = std::filesystem;

/// Sockets as /proc numbers them. Whoever listens is a better answer than whoever merely has the port.
struct sockets_found {
  std::vector<std::string> listening;
  std::vector<std::string> others;
};

/// As /proc/net/tcp writes addresses: 32 bits at a time, as numbers of this machine.
std::string hexadecimal(sockaddr const& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in const& v4 = reinterpret_cast<sockaddr_in const&>(address);
    return fmt::format("{:08X}", v4.sin_addr.s_addr);
  }
  std::string text;
  sockaddr_in6 const& v6 = reinterpret_cast<sockaddr_in6 const&>(address);
  for (std::uint32_t const part : v6.sin6_addr.s6_addr32) text += fmt::format("{:08X}", part);
  return text;
}

bool any_address(std::string_view hexadecimal) {
  return hexadecimal.find_first_not_of('0') == std::string::npos;
}

/// Whether sockets of both addresses cannot have the same port. An IPv4 address is the end of the IPv6 address that stands
/// for it.
bool collide(std::string_view one, std::string_view other) {
  return any_address(one) || any_address(other) || one.ends_with(other) || other.ends_with(one);
}

/// Lines are `NUMBER: ADDRESS:PORT REMOTE STATE QUEUES TIMER RETRANSMITS USER TIMEOUT INODE ...`.
void find_tcp(char const* table, std::string const& address, std::string const& port, sockets_found& found) {
  constexpr std::string_view listens = "0A";
  std::ifstream file(table);
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string number, local, remote, state, queues, timer, retransmits, user, timeout, inode;
    words >> number >> local >> remote >> state >> queues >> timer >> retransmits >> user >> timeout >> inode;
    if (!words || inode == "0" || !local.ends_with(":" + port)) continue;
    if (!collide(local.substr(0, local.find(':')), address)) continue;
    (state == listens ? found.listening : found.others).push_back(inode);
  }
}

/// Lines are `NUMBER: REFERENCES PROTOCOL FLAGS TYPE STATE INODE PATH`.
void find_unix(std::string const& path, sockets_found& found) {
  constexpr std::string_view listens = "00010000";
  std::ifstream file("/proc/net/unix");
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string number, references, protocol, flags, type, state, inode, bound;
    words >> number >> references >> protocol >> flags >> type >> state >> inode >> std::ws;
    if (std::getline(words, bound) && bound == path && flags == listens) found.listening.push_back(inode);
  }
}

bool has_one_of(files::path const& process, std::vector<std::string> const& links) {
  std::error_code failed;
  for (files::directory_iterator each(process / "fd", failed), end; !failed && each != end;
       each.increment(failed)) {
    std::error_code gone;
    std::string const link = files::read_symlink(each->path(), gone).string();
    if (!gone && std::ranges::find(links, link) != links.end()) return true;
  }
  return false;
}

std::string name_of(files::path const& process) {
  std::string name;
  std::getline(std::ifstream(process / "comm"), name);
  return name.empty() ? "a process without a name" : name;
}

/// ", by NAME (process NUMBER)" for the first process that has one of these sockets.
std::optional<std::string> holder(std::vector<std::string> const& inodes) {
  if (inodes.empty()) return std::nullopt;
  std::vector<std::string> links;
  links.reserve(inodes.size());
  for (std::string const& each : inodes) links.push_back("socket:[" + each + "]");
  std::error_code failed;
  for (files::directory_iterator each("/proc", failed), end; !failed && each != end; each.increment(failed)) {
    std::string const process = each->path().filename().string();
    if (process.find_first_not_of("0123456789") != std::string::npos) continue;
    if (!has_one_of(each->path(), links)) continue;
    if (process == std::to_string(::getpid())) return ", by this process itself: it is listened on twice";
    return fmt::format(", by {} (process {})", name_of(each->path()), process);
  }
  return std::nullopt;
}

std::string hint(endpoint const& where) {
  std::string const filter = where.unix_socket() ? fmt::format("-lxp 'src = {}'", where.path)
                                                 : fmt::format("-tanp 'sport = :{}'", where.port);
  return fmt::format("; who has it tells, to root: ss {}", filter);
}

}  // namespace

std::string held_by(endpoint const& where, sockaddr const& address) {
  sockets_found found;
  if (where.unix_socket()) {
    find_unix(where.path, found);
  } else {
    std::string const port = fmt::format("{:04X}", where.port);
    find_tcp("/proc/net/tcp", hexadecimal(address), port, found);
    find_tcp("/proc/net/tcp6", hexadecimal(address), port, found);
  }
  std::optional<std::string> told = holder(found.listening);
  if (!told) told = holder(found.others);
  return told ? *told : hint(where);
}

}  // namespace tandem::net
