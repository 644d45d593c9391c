#include "differential/shrinker.hpp"

#include "differential/binary_packet.hpp"
#include "support/catch.hpp"

using namespace tandem::differential;

namespace {

bool says(session const& what, std::string_view text) {
  for (step const& each : what.steps) {
    for (std::string const& command : each.commands) {
      if (command.find(text) != std::string::npos) return true;
    }
  }
  return false;
}

}  // namespace

TEST_CASE("what does not matter is dropped: steps, commands, cuts") {
  session const shown{dialect::text,
                      {{{"get SESSION-NAME\r\n"}, {3}},
                       {{"delete SESSION-NAME\r\n", "incr SESSION-NAME 1\r\n", "get x\r\n"}, {5, 9}},
                       {{"quit\r\n"}, {}}}};
  session const result = shrunk(shown, [](session const& candidate) { return says(candidate, "incr"); });
  CHECK((result == session{dialect::text, {{{"incr\r\n"}, {}}}}));
}

TEST_CASE("two commands that only matter together are both kept") {
  session const shown{dialect::text, {{{"one\r\n", "two\r\n"}, {}}, {{"three\r\n", "four\r\n"}, {}}}};
  session const result = shrunk(shown, [](session const& it) { return says(it, "one") && says(it, "four"); });
  CHECK((result == session{dialect::text, {{{"one\r\n"}, {}}, {{"four\r\n"}, {}}}}));
}

TEST_CASE("a value gets shorter with its length, and a key is cut down to the session's name") {
  session const shown{dialect::text, {{{"set SESSION-NAMElong 7 0 8\r\nabcdefgh\r\n"}, {}}}};
  session const result = shrunk(shown, [](session const& candidate) {
    std::string const& command =
        candidate.steps.front().commands.empty() ? "" : candidate.steps[0].commands[0];
    return command.starts_with("set SESSION-NAME") &&
           command.ends_with("\r\na\r\n") + command.ends_with("h\r\n");
  });
  CHECK(result.steps.front().commands.front() == "set SESSION-NAME 1\r\na\r\n");
}

TEST_CASE("a binary packet gets simpler and stays a packet") {
  binary_packet packet;
  packet.opcode = 0x01;
  packet.opaque = 99;
  packet.extras = std::string(8, 'x');
  packet.key = "SESSION-NAMEkey";
  packet.value = "value";
  session const shown{dialect::binary, {{{bytes_of(packet)}, {}}}};
  session const result = shrunk(shown, [](session const& candidate) {
    return !candidate.steps.front().commands.empty() &&
           first_packet(candidate.steps[0].commands[0])->opcode == 1;
  });
  packet.opaque = 0;
  packet.extras = std::string(8, '\0');
  packet.key = "SESSION-NAME";
  packet.value = "v";
  CHECK(result.steps.front().commands.front() == bytes_of(packet));
}

TEST_CASE("no more sessions are played than allowed") {
  session const shown{dialect::text, {{{"a\r\n", "b\r\n", "c\r\n"}, {}}}};
  std::size_t played = 0;
  shrunk(
      shown, [&](session const&) { return ++played > 100; }, 2);
  CHECK(played == 2);
}
