// The daemon on a free loopback port, for programs without Catch2, which cannot have tandem_daemon.
// Constructed when it accepts clients.
#pragma once

#include "support/process.hpp"
#include "support/temporary_directory.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tandem::test {

class tandem_program {
 public:
  /// `configuration` is YAML without `listen` and `admin`, which are added, and so is `workers: 2` where it says nothing of
  /// workers.
  explicit tandem_program(std::string_view configuration);

  pid_t pid() const { return process_->pid(); }
  std::uint16_t port() const { return port_; }
  std::uint16_t admin_port() const { return admin_port_; }
  /// All metrics, as text.
  std::string metrics() const;
  /// The sum of a metric over those of its lines that have this label, given as NAME="VALUE".
  double metric(std::string_view name, std::string_view label = {}) const {
    return sum_of(metrics(), name, label);
  }
  static double sum_of(std::string const& metrics, std::string_view name, std::string_view label = {});
  std::string log() const { return process_->output(); }

  /// SIGTERM. Throws if it has crashed, or ends with anything but success.
  void stop();
  /// SIGKILL. Throws if it had ended before.
  void kill();
  /// Starts it again on its ports, after it was stopped or killed.
  void start();

 private:
  std::string complete(std::string_view configuration) const;

  temporary_directory directory_;
  std::uint16_t port_;
  std::uint16_t admin_port_;
  std::string file_;
  std::optional<process> process_;
};

}  // namespace tandem::test
