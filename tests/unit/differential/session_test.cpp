#include "differential/session.hpp"

#include "differential/sessions.hpp"
#include "support/catch.hpp"

#include <stdexcept>

using namespace tandem::differential;

TEST_CASE("a session that was written is read as it was, in every dialect") {
  for (dialect const spoken : {dialect::text, dialect::meta, dialect::binary}) {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
      session const made = make_session(spoken, {}, seed);
      CHECK((read_session(written(made)) == made));
    }
  }
}

TEST_CASE("the same seed makes the same session") {
  CHECK((make_session(dialect::text, {}, 5) == make_session(dialect::text, {}, 5)));
  CHECK_FALSE((make_session(dialect::text, {}, 5) == make_session(dialect::text, {}, 6)));
}

TEST_CASE("what is no session is refused") {
  CHECK_THROWS_AS(read_session("dialect latin\n"), std::invalid_argument);
  CHECK_THROWS_AS(read_session("get k\n"), std::invalid_argument);
  CHECK_THROWS_AS(read_session("dialect text\nstep\n> get \\q\n"), std::invalid_argument);
}

TEST_CASE("a backend without leases is not asked for one") {
  int retrievals = 0;
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    session const made = make_session(dialect::meta, {.leases = false}, seed);
    for (step const& each : made.steps) {
      for (std::string const& command : each.commands) {
        std::string const line = command.substr(0, command.find('\n'));
        if (!line.starts_with("mg ")) continue;
        ++retrievals;
        CHECK(line.find(" N") == std::string::npos);
      }
    }
  }
  CHECK(retrievals > 0);
}

TEST_CASE("base64 there and back") {
  CHECK(in_base64("") == "");
  CHECK(in_base64("f") == "Zg==");
  CHECK(in_base64("fo") == "Zm8=");
  CHECK(in_base64(session_name) == session_name_in_base64);
  std::string const bytes("\0\xff\n\x80", 4);
  CHECK(from_base64(in_base64(bytes)) == bytes);
}
