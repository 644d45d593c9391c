#include "support/redis_server.hpp"

#include "support/free_port.hpp"
#include "support/wait_until.hpp"

#include <stdexcept>
#include <utility>

namespace tandem::test {

redis_server::redis_server(std::vector<std::string> options, std::string host)
    : host_(std::move(host)), port_(free_port()), options_(std::move(options)) {
  start();
}

redis_reply redis_server::command(std::vector<std::string> const& words) {
  if (!connection_) connection_.emplace(port_, host_);
  try {
    return connection_->command(words);
  } catch (std::runtime_error const&) {
    connection_.reset();
    throw;
  }
}

void redis_server::start() {
  std::vector<std::string> arguments{"redis-server",
                                     "--bind",
                                     host_,
                                     "--replica-announce-ip",
                                     host_,
                                     "--port",
                                     std::to_string(port_),
                                     "--save",
                                     "",
                                     "--appendonly",
                                     "no",
                                     "--dir",
                                     directory_.path().string(),
                                     "--databases",
                                     "16",
                                     "--daemonize",
                                     "no",
                                     "--enable-debug-command",
                                     "yes"};
  arguments.insert(arguments.end(), options_.begin(), options_.end());
  connection_.reset();
  process_.emplace(arguments);
  if (!wait_until([this] { return answers(); })) {
    throw std::runtime_error("redis-server did not start: " + process_->output());
  }
}

bool redis_server::answers() {
  try {
    redis_reply const reply = command({"PING"});
    return reply.text == "PONG" || reply.text.starts_with("NOAUTH");
  } catch (std::runtime_error const&) {
    return false;
  }
}

}  // namespace tandem::test
