// A memcached of a test's own, on a free loopback port or on a Unix socket. It keeps its address when it is
// killed and started again. Constructed when it accepts connections.
#pragma once

#include "support/process.hpp"
#include "support/temporary_directory.hpp"
#include "support/text_client.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tandem::test {

/// The program that tests start: memcached, or what the environment calls TANDEM_MEMCACHED.
std::string memcached_program();

/// Whether it has the flags E and x of the meta protocol, and N and s of ms: it has by 1.6.27. As it tells by -V.
bool memcached_knows_newer_flags();

struct on_unix_socket {};

struct on_host {
  std::string address;  // of the loopback interface
};

class memcached_server {
 public:
  /// `options` are memcached's own, such as "-I", "2m".
  explicit memcached_server(std::vector<std::string> options = {});
  memcached_server(on_unix_socket, std::vector<std::string> options);
  explicit memcached_server(on_host where, std::vector<std::string> options = {});

  /// As in Tandem's configuration: HOST:PORT or unix:PATH.
  std::string address() const;
  std::uint16_t port() const { return port_; }

  pid_t pid() const { return process_->pid(); }
  text_client connect() const;
  /// One statistic of its `stats`; 0 if there is no such.
  std::uint64_t stat(std::string const& name) const;

  void kill() { process_->kill(); }
  /// Starts it again, empty, after kill().
  void start();
  void suspend() { process_->suspend(); }
  void resume() { process_->resume(); }

 private:
  bool accepts() const;

  temporary_directory directory_;
  std::string socket_path_;  // empty on TCP
  std::uint16_t port_ = 0;   // 0 on a Unix socket
  std::string host_ = "127.0.0.1";
  std::vector<std::string> options_;
  std::optional<process> process_;
};

}  // namespace tandem::test
