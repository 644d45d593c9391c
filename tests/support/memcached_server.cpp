#include "support/memcached_server.hpp"

#include "support/free_port.hpp"
#include "support/wait_until.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <utility>

namespace tandem::test {
namespace {

using release_numbers = std::array<unsigned, 3>;

release_numbers memcached_release() {
  release_numbers told{};
  std::string const said = run({memcached_program(), "-V"}).output;
  if (std::sscanf(said.c_str(), "memcached %u.%u.%u", &told[0], &told[1], &told[2]) < 2)
    throw std::runtime_error("no memcached, it says: " + said);
  return told;
}

}  // namespace

std::string memcached_program() {
  char const* const named = std::getenv("TANDEM_MEMCACHED");
  return named != nullptr && *named != '\0' ? named : "memcached";
}

bool memcached_knows_newer_flags() {
  static bool const knows = memcached_release() >= release_numbers{1, 6, 27};
  return knows;
}

memcached_server::memcached_server(std::vector<std::string> options)
    : port_(free_port()), options_(std::move(options)) {
  start();
}

memcached_server::memcached_server(on_unix_socket, std::vector<std::string> options)
    : socket_path_((directory_.path() / "memcached.sock").string()), options_(std::move(options)) {
  start();
}

memcached_server::memcached_server(on_host where, std::vector<std::string> options)
    : port_(free_port()), host_(std::move(where.address)), options_(std::move(options)) {
  start();
}

std::string memcached_server::address() const {
  return port_ == 0 ? "unix:" + socket_path_ : host_ + ":" + std::to_string(port_);
}

text_client memcached_server::connect() const {
  return port_ == 0 ? text_client(socket_path_) : text_client(host_, port_);
}

std::uint64_t memcached_server::stat(std::string const& name) const {
  text_client client = connect();
  client.send("stats\r\n");
  std::string const all = client.read_until("END\r\n");
  std::string const wanted = "STAT " + name + " ";
  std::size_t const at = all.find(wanted);
  return at == std::string::npos ? 0 : std::stoull(all.substr(at + wanted.size()));
}

void memcached_server::start() {
  // More than one thread would only make the machine busier. -u, since root must say whom to run as.
  std::vector<std::string> arguments{memcached_program(), "-u", "root", "-m", "64", "-t", "1"};
  if (port_ == 0) {
    arguments.insert(arguments.end(), {"-s", socket_path_});
  } else {
    arguments.insert(arguments.end(), {"-l", host_, "-p", std::to_string(port_), "-U", "0"});
  }
  arguments.insert(arguments.end(), options_.begin(), options_.end());
  process_.emplace(arguments);
  if (!wait_until([this] { return accepts(); })) {
    throw std::runtime_error("memcached did not start: " + process_->output());
  }
}

bool memcached_server::accepts() const {
  try {
    return connect().ask("version\r\n").starts_with("VERSION");
  } catch (std::runtime_error const&) {
    return false;
  }
}

}  // namespace tandem::test
