// Connections of one attacker, which each send the same bytes over and over as fast as they are taken, and throw away what
// they are answered, or read nothing. One that the server ends is made again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <stop_token>
#include <string>

namespace tandem::attack {

struct manner {
  std::size_t connections = 1;
  std::string once = {};   // sent first
  std::string again = {};  // over and over after that; nothing more where it is empty
  bool reads = true;
};

class crowd {
 public:
  crowd(std::uint16_t port, manner how);
  ~crowd();
  crowd(crowd const&) = delete;
  crowd& operator=(crowd const&) = delete;

  void run(std::stop_token const& over);

 private:
  struct member {
    int socket = -1;
    bool introduced = false;  // `once` was sent
    std::size_t sent = 0;     // of what is being sent
  };

  void connect(member& one);
  void disconnect(member& one) const;
  bool send(member& one) const;
  bool drain(member& one);

  std::uint16_t port_;
  manner how_;
  int poll_;
  std::deque<member> members_;
  std::string thrown_away_ = std::string(256 * 1024, '\0');
};

}  // namespace tandem::attack
