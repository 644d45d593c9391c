// Clients that keep asking in the background while a test kills, suspends or moves what is behind Tandem.
// Every answer is checked: the client that asks knows what each of its keys holds.
#pragma once

#include "support/text_client.hpp"

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace tandem::test {

class workload {
 public:
  /// `clients` connections to `port`, each with keys of its own: `keys` formatted as
  /// "PREFIX<client>:<number>".
  struct plan {
    std::uint16_t port = 0;
    std::string prefix;
    unsigned clients = 4;
    unsigned keys = 50;
  };

  explicit workload(plan const& what);
  ~workload();

  /// Commands that were answered as they should be.
  std::uint64_t answered() const { return answered_.load(); }
  /// Sets that were answered STORED and then not found, or found with an older value: what is lost with a
  /// server.
  std::uint64_t lost() const { return lost_.load(); }
  /// Error lines: allowed while something is down.
  std::uint64_t errors() const { return errors_.load(); }
  /// The error lines, each once.
  std::vector<std::string> error_lines() const;
  /// Answers that no correct cache gives: somebody else's value, an answer out of order, a broken line.
  std::vector<std::string> wrong() const;

  /// Waits until `count` more commands are answered; false if that takes too long.
  [[nodiscard]] bool goes_on(std::uint64_t count = 200) const;
  /// The same, and whether there was no error meanwhile.
  [[nodiscard]] bool without_errors(std::uint64_t count) const;
  void stop();

 private:
  void run(plan const& what, unsigned client);
  /// Whether the key was written; notes what came instead.
  bool write(text_client& connection, std::string const& key, std::string const& value);
  enum class reading : std::uint8_t { current, older, missing, failed, wrong };
  reading read(text_client& connection, std::string const& key, std::string const& value);
  void note_error(std::string const& line);
  void note_wrong(std::string const& what);

  std::atomic<bool> stopping_{false};
  std::atomic<std::uint64_t> answered_{0};
  std::atomic<std::uint64_t> lost_{0};
  std::atomic<std::uint64_t> errors_{0};
  mutable std::mutex mutex_;
  std::vector<std::string> error_lines_;
  std::vector<std::string> wrong_;
  std::vector<std::thread> threads_;
};

}  // namespace tandem::test
