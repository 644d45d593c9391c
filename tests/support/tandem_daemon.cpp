#include "support/tandem_daemon.hpp"

#include "support/built_daemon.hpp"
#include "support/catch.hpp"
#include "support/free_port.hpp"
#include "support/wait_until.hpp"
#include "support/wrapped.hpp"

#include <sstream>
#include <stdexcept>

namespace tandem::test {
namespace {

// Under AddressSanitizer, freed memory must not pile up, or its figures would say nothing.
std::vector<std::string> const environment{
    "ASAN_OPTIONS=quarantine_size_mb=8:detect_stack_use_after_return=0"};

std::string complete(std::string_view configuration, std::uint16_t port, std::uint16_t admin_port,
                     std::vector<std::string> const& listeners, std::string const& admin) {
  std::ostringstream made;
  made << "listen:\n  - address: 127.0.0.1:" << port << "\n";
  for (std::string const& each : listeners) made << "  - " << each << "\n";
  made << "admin: {address: 127.0.0.1:" << admin_port << (admin.empty() ? "" : ", ") << admin << "}\n";
  if (configuration.find("workers:") == std::string_view::npos) made << "workers: 2\n";
  made << (wraps_backends() ? each_wrapped(std::string(configuration)) : std::string(configuration));
  if (configuration.find("backends:") == std::string_view::npos) {
    made << "backends:\n  memory:\n    memory: {size: 64MiB}\nroutes:\n  - {to: memory}\n";
  }
  return made.str();
}

// Whether `name{labels} value` is of the family and has the labels.
bool matches(std::string_view line, std::string const& name,
             std::map<std::string, std::string> const& labels) {
  if (!line.starts_with(name)) return false;
  char const next = line.size() > name.size() ? line[name.size()] : ' ';
  if (next != '{' && next != ' ') return false;
  for (auto const& [label, value] : labels) {
    if (line.find(label + "=\"" + value + "\"") == std::string_view::npos) return false;
  }
  return true;
}

http_response read_response(text_client& client) {
  std::string const head = client.read_until("\r\n\r\n");
  return {std::stoi(head.substr(head.find(' ') + 1)), client.read_to_close()};
}

}  // namespace

http_response http_get(std::uint16_t port, std::string const& path) {
  text_client client(port);
  client.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  return read_response(client);
}

http_response http_post(std::uint16_t port, std::string const& path, std::string const& body) {
  text_client client(port);
  client.send("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: " +
              std::to_string(body.size()) + "\r\n\r\n" + body);
  return read_response(client);
}

tandem_daemon::tandem_daemon(std::string_view configuration, std::vector<std::string> const& listeners,
                             std::string const& admin)
    : port_(free_port()),
      admin_port_(free_port()),
      file_(directory_.write("tandem.yaml", complete(configuration, port_, admin_port_, listeners, admin))) {
  process_.emplace(std::vector<std::string>{tandem_binary(), "--config", file_.string()}, environment);
  // Both ports: the daemon opens the clients' first.
  bool const up =
      wait_until([this] { return !process_->running() || (accepts(port_) && accepts(admin_port_)); });
  if (!up || !process_->running()) throw std::runtime_error("tandem did not start: " + log());
}

tandem_daemon::~tandem_daemon() {
  if (!process_) return;
  int const status = stop();
  if (status != 0) UNSCOPED_INFO(log());
  CHECK(status == 0);
}

double tandem_daemon::metric(std::string const& name,
                             std::map<std::string, std::string> const& labels) const {
  std::istringstream scrape(http_get(admin_port_, "/metrics").body);
  double sum = 0;
  for (std::string line; std::getline(scrape, line);) {
    if (matches(line, name, labels)) sum += std::stod(line.substr(line.rfind(' ') + 1));
  }
  return sum;
}

/// Of /proc/PID/status, where they are in KiB.
std::size_t tandem_daemon::status_bytes(std::string const& name) const {
  std::string const status = content_of("/proc/" + std::to_string(process_->pid()) + "/status");
  std::size_t const at = status.find(name + ":");
  return at == std::string::npos ? 0 : std::stoul(status.substr(at + name.size() + 1)) * 1024;
}

finished run_tandem(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), tandem_binary());
  return run(std::move(arguments), environment);
}

}  // namespace tandem::test
