#include "differential/player.hpp"

#include "differential/binary_packet.hpp"
#include "differential/replies.hpp"
#include "support/text_client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

namespace tandem::differential {
namespace {

using test::text_client;

constexpr std::chrono::milliseconds patience{5000};
constexpr std::chrono::microseconds pause_between_pieces{50};

class conversation {
 public:
  conversation(session const& held, std::uint16_t port, std::string_view name)
      : held_(held), name_(name), client_(port) {
    client_.timeout(patience);
  }

  transcript hold() {
    for (std::size_t i = 0; i < held_.steps.size(); ++i) {
      bool const last = i + 1 == held_.steps.size();
      send(held_.steps[i], last ? "" : barrier());
      if (last) client_.half_close();
      if (!read(last)) break;
      made_.push_back(fmt::format("-- end of step {}", i + 1));
    }
    return std::move(made_);
  }

 private:
  bool binary() const { return held_.spoken == dialect::binary; }

  std::string barrier() const {
    return binary() ? bytes_of({.magic = 0x80, .opcode = 0x0a, .opaque = barrier_opaque}) : "version\r\n";
  }

  std::string filled_in(std::string command) const {
    command = replaced(std::move(command), session_name, name_);
    command = replaced(std::move(command), session_name_in_base64, in_base64(name_));
    if (binary()) {
      command = replaced(std::move(command), last_cas_in_binary, big_endian(cas_.last(), 8));
      return replaced(std::move(command), older_cas_in_binary, big_endian(cas_.older(), 8));
    }
    command = replaced(std::move(command), last_cas, std::to_string(cas_.last()));
    return replaced(std::move(command), older_cas, std::to_string(cas_.older()));
  }

  void send(step const& said, std::string const& barrier) {
    std::string bytes;
    for (std::string const& each : said.commands) bytes += filled_in(each);
    bytes += barrier;
    std::size_t sent = 0;
    for (std::size_t const cut : said.cuts) {
      if (cut <= sent || cut >= bytes.size()) continue;
      client_.send(std::string_view(bytes).substr(sent, cut - sent));
      std::this_thread::sleep_for(pause_between_pieces);
      sent = cut;
    }
    client_.send(std::string_view(bytes).substr(sent));
  }

  // Whether the conversation can go on.
  bool read(bool last) {
    std::string const end = last ? "" : binary() ? barrier_reply() : "VERSION ";
    text_client::portion got = client_.read_up_to(end);
    if (got.how == text_client::ending::found) {
      got.bytes.resize(got.bytes.size() - end.size());
      if (!binary()) client_.read_up_to("\r\n");
    }
    std::vector<std::string> replies =
        binary() ? binary_replies(got.bytes, cas_) : text_replies(got.bytes, cas_);
    for (std::string& each : replies) {
      std::string const named = replaced(std::move(each), name_, session_name);
      made_.push_back(replaced(named, in_base64(name_), session_name_in_base64));
    }
    if (got.how == text_client::ending::closed) made_.emplace_back("-- closed");
    if (got.how == text_client::ending::silent) made_.emplace_back("-- nothing more came");
    return got.how == text_client::ending::found;
  }

  static std::string barrier_reply() {
    return bytes_of({.magic = 0x81, .opcode = 0x0a, .opaque = barrier_opaque});
  }

  static constexpr std::uint32_t barrier_opaque = 0xba221e20;

  session const& held_;
  std::string name_;
  text_client client_;
  cas_numbers cas_;
  transcript made_;
};

}  // namespace

transcript play(session const& held, std::uint16_t port, std::string_view name) {
  return conversation(held, port, name).hold();
}

std::string fresh_name() {
  static std::uint64_t number = 0;
  return fmt::format("s{:011}", ++number);
}

}  // namespace tandem::differential
