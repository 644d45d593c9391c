#include "differential/accepted.hpp"

#include "support/catch.hpp"

using namespace tandem::differential;

namespace {

bool agree(std::string const& memcached, std::string const& tandem) {
  accepted_differences accepted;
  return accepted.agree(reply_pair{memcached, tandem});
}

}  // namespace

TEST_CASE("equal replies agree, others do not") {
  CHECK(agree("STORED\r\n", "STORED\r\n"));
  CHECK_FALSE(agree("STORED\r\n", "NOT_STORED\r\n"));
}

TEST_CASE("a second more or less is accepted, two are of dates only, and a value has no seconds") {
  CHECK(agree("HD f0 t100 s5\r\n", "HD f0 t99 s5\r\n"));
  CHECK(agree("ME k exp=-204425053 la=0\r\n", "ME k exp=-204425054 la=1\r\n"));
  CHECK_FALSE(agree("HD t100\r\n", "HD t98\r\n"));
  CHECK(agree("HD t204082007\r\n", "HD t204082005\r\n"));
  CHECK_FALSE(agree("HD t204082007\r\n", "HD t204082004\r\n"));
  CHECK_FALSE(agree("HD t100 f0\r\n", "HD t99 f1\r\n"));
  CHECK_FALSE(agree("VA 3 f0\r\n t5\r\n", "VA 3 f0\r\n t6\r\n"));
}

TEST_CASE("another version of 1.6 is accepted, if it is a bare one") {
  CHECK(agree("VERSION 1.6.18\r\n", "VERSION 1.6.38\r\n"));
  CHECK_FALSE(agree("VERSION 1.6.18\r\n", "VERSION 1.6.18 and-more\r\n"));
  CHECK_FALSE(agree("VERSION 1.6.18\r\n", "VERSION 0.1.0\r\n"));
}

TEST_CASE("a key may be spelled in base64 by one and not by the other, if it is the same key") {
  CHECK(agree("HD kYWJj b c0\r\n", "HD kabc c0\r\n"));
  CHECK(agree("ME YWJj exp=-1\r\n", "ME abc exp=-1\r\n"));
  CHECK_FALSE(agree("HD kYWJj b\r\n", "HD kabd\r\n"));
  CHECK_FALSE(agree("HD kYWJj b\r\n", "HD kYWJk b\r\n"));
}

TEST_CASE("what was accepted is counted") {
  accepted_differences accepted;
  CHECK(accepted.agree(transcript{"HD t5\r\n", "STORED\r\n"}, transcript{"HD t6\r\n", "STORED\r\n"}));
  std::uint64_t met = 0;
  for (accepted_difference const& each : accepted.all()) met += each.met;
  CHECK(met == 1);
}

TEST_CASE("a transcript that ends early differs") {
  accepted_differences accepted;
  CHECK_FALSE(accepted.agree(transcript{"STORED\r\n"}, transcript{"STORED\r\n", "STORED\r\n"}));
}
