// Networks of a test's own, whose cables can be cut: no loopback address is a host that is gone without a word. A
// namespace has no name and ends with the last program or socket in it, so nothing is left behind, whatever becomes of
// the test. Needs root (CAP_SYS_ADMIN) and `ip` of iproute2.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace tandem::test {

/// A network namespace with a loopback device that is up.
class network_namespace {
 public:
  network_namespace();

  /// As `ip` takes it for a namespace, while this program runs.
  std::string path() const;
  /// Runs `ip` with these words in the namespace; throws with what it wrote if it fails.
  void ip(std::string const& words) const;

  /// While there is one of these, the thread is in the namespace. Sockets that it makes belong there ever after, and
  /// programs that it starts stay there.
  class visit {
   public:
    explicit visit(network_namespace const& where);
    ~visit();
    visit(visit const&) = delete;
    visit& operator=(visit const&) = delete;

   private:
    int home_;
  };

 private:
  struct handle {
    int descriptor = -1;
    handle() = default;
    ~handle();
    handle(handle const&) = delete;
    handle& operator=(handle const&) = delete;
  };
  handle handle_;
};

/// From a namespace that is there to one of its own at the far end.
class cable {
 public:
  /// `number` tells those of a namespace apart.
  cable(network_namespace const& near, std::uint8_t number);

  network_namespace const& far() const { return far_; }
  std::string near_address() const;
  std::string far_address() const;
  /// Nothing passes any more, and neither end is told.
  void cut() const;
  void mend() const;

 private:
  std::uint8_t number_;
  network_namespace far_;
};

/// Why this program can have no network of its own; nothing if it can.
std::optional<std::string> no_networks();

}  // namespace tandem::test
