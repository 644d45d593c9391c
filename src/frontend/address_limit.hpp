// limits.connections_per_address: how many connections the clients of each IPv4 address, or IPv6 network of 64 bits, have, in all workers. Where there is such a
// limit a lock is taken when a connection opens or closes, never by a request; where there is none, nothing is counted.
#pragma once

#include "net/peer_address.hpp"

#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

namespace tandem::frontend {

class address_limit {
 public:
  /// One connection, or none that is counted. The limit outlives it.
  class place {
   public:
    place() = default;
    place(address_limit& of, net::peer_address const& from) : of_(&of), from_(from) {}
    place(place&& other) noexcept : of_(std::exchange(other.of_, nullptr)), from_(other.from_) {}
    place& operator=(place&& other) noexcept {
      std::swap(of_, other.of_);
      std::swap(from_, other.from_);
      return *this;
    }
    ~place() {
      if (of_) of_->left(from_);
    }

    bool counted() const { return of_ != nullptr; }

   private:
    address_limit* of_ = nullptr;
    net::peer_address from_{};
  };

  /// 0: no limit.
  explicit address_limit(std::size_t most) : most_(most) {}
  address_limit(address_limit const&) = delete;
  address_limit& operator=(address_limit const&) = delete;

  /// A place for one more connection; none: the address has as many as it may. Clients over Unix sockets have no address, and
  /// always find one.
  std::optional<place> enter(std::optional<net::peer_address> const& from);

  bool counts() const { return most_ != 0; }
  std::size_t most() const { return most_; }

 private:
  void left(net::peer_address const& from);

  std::size_t const most_;
  std::mutex mutex_;
  std::map<net::peer_address, std::size_t> connections_;  // of those that have any
};

}  // namespace tandem::frontend
