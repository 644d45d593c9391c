// A program that a test runs: started when constructed, ended by its process id when destroyed, and by the
// kernel if the test dies first (for which it must be started by a thread that lives on: the main thread).
// What it writes to stdout and stderr goes to one file. It reads nothing, or what say() tells it.
#pragma once

#include "support/temporary_directory.hpp"

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::test {

struct with_input {};

class process {
 public:
  /// Runs arguments[0], looked up in PATH, with these arguments, and `environment` (NAME=VALUE) added to
  /// ours.
  explicit process(std::vector<std::string> arguments, std::vector<std::string> const& environment = {});
  /// One that say() can speak to.
  process(with_input, std::vector<std::string> arguments, std::vector<std::string> const& environment = {});
  ~process();
  process(process const&) = delete;
  process& operator=(process const&) = delete;

  pid_t pid() const { return pid_; }
  [[nodiscard]] bool running();

  /// Waits for the end: the exit status, or 128 + the signal; nothing if `timeout` came first.
  [[nodiscard]] std::optional<int> wait(std::chrono::milliseconds timeout = std::chrono::seconds(10));

  void signal(int number) const;
  /// SIGTERM, and SIGKILL when that took longer than `timeout`; waits, and gives the status as wait() does.
  int stop(std::chrono::milliseconds timeout = std::chrono::seconds(10));
  void kill();
  void suspend();  // returns when it is stopped
  void resume() const;

  std::string output() const { return content_of(output_file_); }

  /// Writes to its standard input; nothing happens if it is gone.
  void say(std::string_view bytes) const;

 private:
  /// `input` is closed by this.
  void start(std::vector<std::string>& arguments, std::vector<std::string> const& environment, int input);
  bool reap(int options);

  temporary_directory directory_;
  std::filesystem::path output_file_ = directory_.path() / "output";
  pid_t pid_ = -1;
  int input_ = -1;  // our end of its standard input
  std::optional<int> status_;
};

struct finished {
  int status = 0;
  std::string output;
};

/// Runs a program to its end, which must come within `timeout`.
[[nodiscard]] finished run(std::vector<std::string> arguments,
                           std::vector<std::string> const& environment = {},
                           std::chrono::milliseconds timeout = std::chrono::seconds(30));

}  // namespace tandem::test
