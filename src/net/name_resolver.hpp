// Asks the system which addresses a host has, on threads of its own: getaddrinfo() blocks, cannot be told to stop, and
// takes as long as name servers are silent. So nobody waits for it: each look-up runs beside the others, one for all who
// ask for the same host, and whoever has waited long enough drops the ticket. What is under way when the process ends is
// left behind. Addresses are never looked up.
#pragma once

#include "base/clock.hpp"

#include <boost/asio/ip/address.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tandem::net {

/// The address that `host` is, if it is none that has to be looked up.
std::optional<boost::asio::ip::address> literal_address(std::string const& host);

class name_resolver {
 public:
  /// Addresses in the order of the system's preference, or why there are none.
  struct resolution {
    std::vector<boost::asio::ip::address> addresses;
    std::string failure;
  };

  /// Called on a thread of the resolver: short, and it neither asks nor withdraws.
  using listener = std::function<void(resolution const&)>;

  /// Look-ups at once; further ones wait for their turn.
  static constexpr std::size_t lookups_max = 32;

  /// `look_up` may block. It outlives this object when it does.
  explicit name_resolver(std::function<resolution(std::string const& host)> look_up);
  /// By getaddrinfo().
  name_resolver();

  /// One question. Destroying it withdraws the question: from then on the listener is not called, nor being called.
  class ticket {
   public:
    ticket() = default;
    struct question;

   private:
    friend class name_resolver;
    explicit ticket(std::shared_ptr<question> asked) : asked_(std::move(asked)) {}

    std::shared_ptr<question> asked_;
  };

  /// Calls `told` once, on another thread, unless the ticket is gone by then. Any thread may ask.
  [[nodiscard]] ticket ask(std::string host, base::time_point now, listener told);

  /// How old an answer may be, counted from its question, that came when nobody waited any more.
  static constexpr std::chrono::seconds kept_for{10};

  /// Such an answer, once: the next who wants to know takes it, or a name server that is slower than everybody's
  /// patience would never be heard.
  std::optional<resolution> take_late_answer(std::string const& host, base::time_point now);

 private:
  struct desk;
  std::shared_ptr<desk> desk_;
};

}  // namespace tandem::net
