// Who is connected to the admin endpoint, and who gives way when it is crowded. A newcomer is always let in, so that a
// health check, which asks at once and is answered at once, gets its turn however many others only hold their places:
// the oldest of the newcomer's own address makes room if that has its share, otherwise the oldest of the address that has
// the most.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace tandem::admin {

class visitors {
 public:
  /// In the order of arrival.
  using number = std::uint64_t;

  visitors(std::size_t most, std::size_t most_per_address)
      : most_(most), most_per_address_(most_per_address) {}

  /// Who has to leave before one from `address` comes in; nobody while there is room. An address that is empty, that of
  /// a Unix socket's peer, has no share.
  std::optional<number> in_the_way_of(std::string const& address) const;

  number arrive(std::string address);
  void leave(number who) { present_.erase(who); }
  std::size_t count() const { return present_.size(); }

 private:
  struct holding {
    std::size_t count = 0;
    number oldest = 0;
  };

  std::map<std::string, holding> by_address() const;

  std::size_t const most_;
  std::size_t const most_per_address_;
  number next_ = 1;
  std::map<number, std::string> present_;  // addresses
};

}  // namespace tandem::admin
