#include "support/network_namespace.hpp"

#include "support/process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <sstream>
#include <stdexcept>
#include <vector>

namespace tandem::test {
namespace {

[[noreturn]] void fail(std::string const& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

// Of the thread: it may be elsewhere than its program.
int present_namespace() {
  int const descriptor = ::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) fail("cannot tell the network namespace");
  return descriptor;
}

void enter(int descriptor) {
  if (::setns(descriptor, CLONE_NEWNET) != 0) fail("cannot enter a network namespace");
}

std::vector<std::string> split(std::string const& words) {
  std::istringstream in(words);
  std::vector<std::string> made;
  for (std::string word; in >> word;) made.push_back(word);
  return made;
}

}  // namespace

network_namespace::handle::~handle() {
  if (descriptor >= 0) ::close(descriptor);
}

network_namespace::network_namespace() {
  handle home;
  home.descriptor = present_namespace();
  if (::unshare(CLONE_NEWNET) != 0) fail("cannot make a network namespace");
  handle_.descriptor = present_namespace();
  enter(home.descriptor);
  ip("link set dev lo up");
}

std::string network_namespace::path() const {
  return fmt::format("/proc/{}/fd/{}", ::getpid(), handle_.descriptor);
}

void network_namespace::ip(std::string const& words) const {
  visit const here(*this);
  finished const ended = run(split("ip " + words));
  if (ended.status == 127) throw std::runtime_error("there is no `ip` (iproute2)");
  if (ended.status != 0) throw std::runtime_error(fmt::format("ip {}: {}", words, ended.output));
}

network_namespace::visit::visit(network_namespace const& where) : home_(present_namespace()) {
  enter(where.handle_.descriptor);
}

// A thread that cannot go back must not go on: hence no catch.
network_namespace::visit::~visit() {
  enter(home_);
  ::close(home_);
}

cable::cable(network_namespace const& near, std::uint8_t number) : number_(number) {
  std::string const device = fmt::format("cable{}", number);
  near.ip(fmt::format("link add {} type veth peer name {} netns {}", device, device, far_.path()));
  near.ip(fmt::format("address add {}/24 dev {}", near_address(), device));
  far_.ip(fmt::format("address add {}/24 dev {}", far_address(), device));
  far_.ip("link set dev " + device + " up");
  near.ip("link set dev " + device + " up");
}

std::string cable::near_address() const { return fmt::format("10.99.{}.1", number_); }

std::string cable::far_address() const { return fmt::format("10.99.{}.2", number_); }

void cable::cut() const { far_.ip(fmt::format("link set dev cable{} down", number_)); }

void cable::mend() const { far_.ip(fmt::format("link set dev cable{} up", number_)); }

std::optional<std::string> no_networks() {
  try {
    network_namespace const near;
    cable const tried(near, 1);
    return std::nullopt;
  } catch (std::runtime_error const& failed) {
    return failed.what();
  }
}

}  // namespace tandem::test
