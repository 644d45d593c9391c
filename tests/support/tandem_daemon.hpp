// The daemon under test, with a configuration in a temporary file, on free loopback ports. Constructed when
// it accepts clients. Destroying it stops it gracefully, and fails the test if it did not exit with 0, which
// is how crashes and what sanitizers found become failures.
#pragma once

#include "support/process.hpp"
#include "support/temporary_directory.hpp"
#include "support/text_client.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::test {

struct http_response {
  int status = 0;
  std::string body;
};

[[nodiscard]] http_response http_get(std::uint16_t port, std::string const& path);
[[nodiscard]] http_response http_post(std::uint16_t port, std::string const& path, std::string const& body);

class tandem_daemon {
 public:
  /// `configuration` is YAML without `listen` and `admin`, which are added, and so is `workers: 2` where it
  /// says nothing of workers. `listeners` are lines of the listen list, added to the one on port(); `admin` are further
  /// keys of that section.
  explicit tandem_daemon(std::string_view configuration, std::vector<std::string> const& listeners = {},
                         std::string const& admin = {});
  ~tandem_daemon();
  tandem_daemon(tandem_daemon const&) = delete;
  tandem_daemon& operator=(tandem_daemon const&) = delete;

  std::uint16_t port() const { return port_; }
  std::uint16_t admin_port() const { return admin_port_; }
  std::filesystem::path const& configuration_file() const { return file_; }

  text_client connect() const { return text_client(port_); }
  /// Converses over a connection of its own; see text_client::converse.
  std::string converse(std::string_view commands) const { return connect().converse(commands); }

  /// The sum of a metric over those of its labels that contain `labels`.
  double metric(std::string const& name, std::map<std::string, std::string> const& labels = {}) const;
  std::size_t resident_bytes() const { return status_bytes("VmRSS"); }
  /// The most that it has had resident so far.
  std::size_t peak_resident_bytes() const { return status_bytes("VmHWM"); }
  std::string log() const { return process_->output(); }

  [[nodiscard]] bool running() { return process_->running(); }
  void signal(int number) const { process_->signal(number); }
  /// The exit status, once it has ended by itself or after a signal.
  [[nodiscard]] std::optional<int> wait(std::chrono::milliseconds timeout = std::chrono::seconds(10)) {
    return process_->wait(timeout);
  }
  /// SIGKILL; the object may then only be destroyed.
  void kill() {
    process_->kill();
    process_.reset();
  }
  int stop() { return process_->stop(std::chrono::seconds(20)); }

 private:
  std::size_t status_bytes(std::string const& name) const;

  temporary_directory directory_;
  std::uint16_t port_;
  std::uint16_t admin_port_;
  std::filesystem::path file_;
  std::optional<process> process_;
};

/// Runs the daemon's program with these arguments to its end.
[[nodiscard]] finished run_tandem(std::vector<std::string> arguments);

}  // namespace tandem::test
