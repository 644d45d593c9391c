#include "support/tandem_program.hpp"

#include "support/built_daemon.hpp"
#include "support/free_port.hpp"
#include "support/text_client.hpp"
#include "support/wait_until.hpp"

#include <fmt/format.h>

#include <sstream>
#include <stdexcept>

namespace tandem::test {

tandem_program::tandem_program(std::string_view configuration)
    : port_(free_port()),
      admin_port_(free_port()),
      file_(directory_.write("tandem.yaml", complete(configuration)).string()) {
  start();
}

void tandem_program::start() {
  process_.emplace(std::vector<std::string>{tandem_binary(), "--config", file_});
  bool const up =
      wait_until([this] { return !process_->running() || (accepts(port_) && accepts(admin_port_)); });
  if (!up || !process_->running()) throw std::runtime_error("tandem did not start: " + log());
}

std::string tandem_program::complete(std::string_view configuration) const {
  bool const counted = configuration.find("workers:") != std::string_view::npos;
  return fmt::format("listen:\n  - address: 127.0.0.1:{}\nadmin: {{address: 127.0.0.1:{}}}\n{}{}", port_,
                     admin_port_, counted ? "" : "workers: 2\n", configuration);
}

std::string tandem_program::metrics() const {
  text_client client(admin_port_);
  client.send("GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  return client.read_to_close();
}

double tandem_program::sum_of(std::string const& metrics, std::string_view name, std::string_view label) {
  std::istringstream scrape(metrics);
  double sum = 0;
  for (std::string line; std::getline(scrape, line);) {
    bool const named = line.starts_with(name) && line.find_first_of("{ ", name.size()) == name.size();
    bool const meant = named && line.find(label) != std::string::npos;
    if (meant) sum += std::stod(line.substr(line.rfind(' ') + 1));
  }
  return sum;
}

void tandem_program::stop() {
  int const status = process_->running() ? process_->stop(std::chrono::seconds(20)) : *process_->wait();
  if (status != 0) throw std::runtime_error(fmt::format("tandem ended with {}:\n{}", status, log()));
}

void tandem_program::kill() {
  if (!process_->running()) throw std::runtime_error("tandem had ended:\n" + log());
  process_->kill();
}

}  // namespace tandem::test
