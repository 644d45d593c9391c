// Dialogues with a Redis that a subscriber is linked to, without I/O.
#include "backend/redis/invalidation/subscription_fsm.hpp"

#include "backend/redis/codec.hpp"
#include "support/catch.hpp"
#include "unit/protocol/memcached/splits.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

namespace tandem::backend::redis {
namespace {

/// What the machine tells, as lines.
struct told_lines final : subscription_fsm::listener {
  std::vector<std::string> lines;

  void on_message(std::string_view message) override { lines.push_back(fmt::format("message {}", message)); }
  void on_changed(std::span<subscription_fsm::reply const> keys) override {
    std::string line = "changed";
    for (auto const& each : keys) line += " " + each.text.str();
    lines.push_back(line);
  }
  void on_all_changed() override { lines.push_back("all changed"); }
  void on_alive(subscription_fsm::reply const&) override { lines.push_back("alive"); }
  void on_failed(std::string reason) override { lines.push_back("failed: " + reason); }
};

std::string bulk(std::string_view text) { return fmt::format("${}\r\n{}\r\n", text.size(), text); }

std::string array(std::vector<std::string> const& elements) {
  std::string made = fmt::format("*{}\r\n", elements.size());
  for (std::string const& each : elements) made += each;
  return made;
}

std::string subscribed(std::string_view channel, std::string_view word = "subscribe") {
  return array({bulk(word), bulk(channel), ":1\r\n"});
}

std::string const pong = array({bulk("pong"), bulk("")});
constexpr char invalidate[] = "__redis__:invalidate";

struct dialogue {
  explicit dialogue(link_purpose purpose, std::string channel = "c") : purpose_(purpose), channel_(channel) {}

  redis_options options;
  told_lines told;

  /// The commands that are sent, their words joined; of the connection's beginning first.
  std::string begin() {
    fsm_.emplace(purpose_, options, channel_);
    output_.clear();
    fsm_->begin(output_);
    return said();
  }
  std::string beat() {
    fsm_->beat(output_);
    return said();
  }
  std::string hear(std::string const& bytes) {
    base::input_buffer input;
    test::receive(input, bytes);
    codec parser(1000);
    while (parser.next(input) == base::parse_status::complete) fsm_->on_reply(parser.take(), output_, told);
    return said();
  }
  std::vector<std::string> heard() { return std::exchange(told.lines, {}); }
  bool beating() const { return fsm_->beating(); }

 private:
  /// `*2 $4 PING $1 x` as `PING x`.
  std::string said() {
    base::input_buffer input;
    test::receive(input, output_.str());
    output_.clear();
    codec parser(1000);
    std::string words;
    while (parser.next(input) == base::parse_status::complete) {
      subscription_fsm::reply const command = parser.take();
      words += words.empty() ? "" : "; ";
      for (std::size_t at = 0; at < command.elements.size(); ++at)
        words += (at > 0 ? " " : "") + command.elements[at].text.str();
    }
    return words;
  }

  link_purpose const purpose_;
  std::string const channel_;
  base::output_buffer output_;
  std::optional<subscription_fsm> fsm_;
};

using lines = std::vector<std::string>;

TEST_CASE("a channel is subscribed to, and the link stands when the first heartbeat is answered") {
  dialogue talk(link_purpose::listen);
  CHECK(talk.begin() == "SUBSCRIBE c; PING");
  talk.hear(subscribed("c"));
  CHECK(talk.heard().empty());
  CHECK(talk.beating());
  talk.hear(pong);
  CHECK(talk.heard() == lines{"alive"});
  CHECK_FALSE(talk.beating());
  talk.hear(array({bulk("message"), bulk("c"), bulk("a:*")}));
  CHECK(talk.heard() == lines{"message a:*"});
  CHECK(talk.beat() == "PING");
}

TEST_CASE("a message may come before the heartbeat is answered") {
  dialogue talk(link_purpose::listen);
  talk.begin();
  talk.hear(subscribed("c") + array({bulk("message"), bulk("c"), bulk("k")}) + pong);
  CHECK(talk.heard() == lines{"message k", "alive"});
}

TEST_CASE("in a cluster the channel is heard as a sharded one, too") {
  dialogue talk(link_purpose::listen);
  talk.options.topology = topology::cluster;
  CHECK(talk.begin() == "SUBSCRIBE c; SSUBSCRIBE c; PING");
  talk.hear(subscribed("c") + subscribed("c", "ssubscribe") + pong);
  CHECK(talk.heard() == lines{"alive"});
  talk.hear(array({bulk("smessage"), bulk("c"), bulk("k")}));
  CHECK(talk.heard() == lines{"message k"});
  talk.hear(array({bulk("sunsubscribe"), bulk("c"), ":0\r\n"}));
  CHECK(talk.heard() == lines{"failed: the server ended the subscription"});
}

TEST_CASE("keys are tracked under the prefix, by a connection that is told of them itself") {
  dialogue talk(link_purpose::track);
  talk.options.key_prefix = "t:";
  CHECK(talk.begin() == "CLIENT ID");
  CHECK(talk.hear(":17\r\n") ==
        "CLIENT TRACKING ON REDIRECT 17 BCAST PREFIX t:; SUBSCRIBE __redis__:invalidate; PING");
  talk.hear("+OK\r\n" + subscribed(invalidate) + pong);
  CHECK(talk.heard() == lines{"alive"});
  talk.hear(array({bulk("message"), bulk(invalidate), array({bulk("t:1"), bulk("t:2")})}));
  CHECK(talk.heard() == lines{"changed t:1 t:2"});
  talk.hear(array({bulk("message"), bulk(invalidate), "*-1\r\n"}));
  CHECK(talk.heard() == lines{"all changed"});
}

TEST_CASE("without a prefix all keys are tracked") {
  dialogue talk(link_purpose::track);
  talk.begin();
  CHECK(talk.hear(":17\r\n") == "CLIENT TRACKING ON REDIRECT 17 BCAST; SUBSCRIBE __redis__:invalidate; PING");
}

TEST_CASE("a scout asks for the slots over and over") {
  dialogue talk(link_purpose::scout);
  talk.options.topology = topology::cluster;
  CHECK(talk.begin() == "CLUSTER SLOTS");
  talk.hear("*0\r\n");
  CHECK(talk.heard() == lines{"alive"});
  CHECK(talk.beat() == "CLUSTER SLOTS");
}

TEST_CASE("who has a password signs in first") {
  dialogue talk(link_purpose::listen);
  talk.options.password = base::secret("secret");
  CHECK(talk.begin() == "AUTH secret; SUBSCRIBE c; PING");
  talk.options.username = "app";
  CHECK(talk.begin() == "AUTH app secret; SUBSCRIBE c; PING");
  talk.hear("+OK\r\n" + subscribed("c") + pong);
  CHECK(talk.heard() == lines{"alive"});
}

TEST_CASE("a password that is refused is read again for the next connection") {
  dialogue talk(link_purpose::listen);
  talk.options.password = base::secret("file", "old", []() -> base::result<std::string> { return "new"; });
  CHECK(talk.begin() == "AUTH old; SUBSCRIBE c; PING");
  talk.hear("-WRONGPASS\r\n");
  CHECK(talk.begin() == "AUTH new; SUBSCRIBE c; PING");
}

TEST_CASE("an error in the place of any answer ends the connection") {
  lines const answers{"+OK\r\n", ":17\r\n", "+OK\r\n", subscribed(invalidate), pong};
  for (std::size_t at = 0; at < answers.size(); ++at) {
    CAPTURE(at);
    dialogue talk(link_purpose::track);
    talk.options.password = base::secret("secret");
    talk.begin();
    for (std::size_t before = 0; before < at; ++before) talk.hear(answers[before]);
    talk.hear("-NOPERM not you\r\n");
    CHECK(talk.heard() == lines{"failed: NOPERM not you"});
  }
}

TEST_CASE("an answer that is another's, or that nobody asked for, ends the connection") {
  lines const answers{subscribed("c"), pong};
  for (std::string const wrong : {"+QUEUED\r\n", ":1\r\n", "$-1\r\n", "*0\r\n", "*1\r\n:1\r\n"}) {
    for (std::size_t at = 0; at <= answers.size(); ++at) {
      CAPTURE(wrong, at);
      dialogue talk(link_purpose::listen);
      talk.begin();
      for (std::size_t before = 0; before < at; ++before) talk.hear(answers[before]);
      talk.heard();
      talk.hear(wrong);
      CHECK(talk.heard() == lines{"failed: the server's answers are out of step"});
    }
  }
}

TEST_CASE("a message that is none ends the connection") {
  dialogue talk(link_purpose::listen);
  talk.begin();
  talk.hear(subscribed("c") + pong);
  talk.heard();
  talk.hear(array({bulk("message"), bulk("c")}));
  CHECK(talk.heard() == lines{"failed: a message without content"});
  talk.hear(array({bulk("message"), bulk("c"), ":1\r\n"}));
  CHECK(talk.heard() == lines{"failed: a message without text"});
}

}  // namespace
}  // namespace tandem::backend::redis
