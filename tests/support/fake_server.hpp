// A server that does what the test says, such as answering nonsense or nothing: it only listens, and the test speaks.
#pragma once

#include "support/text_client.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tandem::test {

class fake_server {
 public:
  fake_server();
  ~fake_server();
  fake_server(fake_server const&) = delete;
  fake_server& operator=(fake_server const&) = delete;

  std::uint16_t port() const { return port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

  /// The next connection; nothing if none comes in time.
  [[nodiscard]] std::optional<text_client> accept(
      std::chrono::milliseconds timeout = std::chrono::seconds(5)) const;

  /// The next connection past what is said first to a memcached: `version` was asked, and that was answered.
  [[nodiscard]] std::optional<text_client> accept_as_memcached(
      std::string_view version = "VERSION 1.6.18",
      std::chrono::milliseconds timeout = std::chrono::seconds(5)) const;

 private:
  std::uint16_t port_;
  int fd_;
};

}  // namespace tandem::test
