// A Redis of a test's own on a free loopback port, without persistence. It keeps its port when it is killed
// and started again. Constructed when it answers.
#pragma once

#include "support/process.hpp"
#include "support/redis_connection.hpp"
#include "support/temporary_directory.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tandem::test {

class redis_server {
 public:
  /// `options` are redis-server's own, such as "--requirepass", "secret"; `host` is a loopback address.
  explicit redis_server(std::vector<std::string> options = {}, std::string host = "127.0.0.1");

  std::uint16_t port() const { return port_; }
  std::string const& host() const { return host_; }
  std::string address() const { return host_ + ":" + std::to_string(port_); }

  /// Over a connection that is opened again after a failure.
  redis_reply command(std::vector<std::string> const& words);

  [[nodiscard]] bool running() { return process_->running(); }
  void kill() { process_->kill(); }
  void start();
  void suspend() { process_->suspend(); }
  void resume() { process_->resume(); }

 private:
  bool answers();

  temporary_directory directory_;
  std::string const host_;
  std::uint16_t port_;
  std::vector<std::string> options_;
  std::optional<process> process_;
  std::optional<redis_connection> connection_;
};

}  // namespace tandem::test
