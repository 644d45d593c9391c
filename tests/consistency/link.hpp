// A client's connection to one Tandem: each call is one command in classic text or meta, and tells what came of
// it. Any error, and no answer, is outcome::unknown; a connection that failed is opened again for the next call.
#pragma once

#include "consistency/history.hpp"
#include "support/text_client.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::consistency {

struct told {
  outcome how = outcome::unknown;
  std::string answer;
  std::uint64_t cas = 0;
};

class link {
 public:
  explicit link(std::uint16_t port) : port_(port) {}

  /// Opens the connection anew if the other side has closed it. Whether there is one now.
  bool open();

  told read(std::string const& key);
  /// Which Tandem asks Redis for: gat, of a time that is longer than any trial.
  told fetch(std::string const& key);
  told touch(std::string const& key);
  /// With the cas.
  told read_cas(std::string const& key);
  /// With one classic get. A key that failed looks like a miss, so a miss is unknown.
  std::vector<told> read_all(std::vector<std::string> const& keys);

  told set(std::string const& key, std::string const& value) { return store("set", key, value, ""); }
  /// Such as "add"; all but cas.
  told store(std::string_view verb, std::string const& key, std::string const& value) {
    return store(verb, key, value, "");
  }
  told cas(std::string const& key, std::string const& value, std::uint64_t token);
  told remove(std::string const& key);
  /// Sends it and hangs up.
  void abandon(std::string const& command);
  static std::string set_command(std::string const& key, std::string const& value);
  /// incr, or decr of what is negative.
  told add_to(std::string const& key, std::int64_t amount);

 private:
  test::text_client& connection();
  std::string ask(std::string const& command);
  told store(std::string_view verb, std::string const& key, std::string const& value,
             std::string const& more);
  told meta_read(std::string const& command);
  std::vector<told> values(std::vector<std::string> const& keys);

  std::uint16_t port_;
  std::optional<test::text_client> connection_;
};

}  // namespace tandem::consistency
