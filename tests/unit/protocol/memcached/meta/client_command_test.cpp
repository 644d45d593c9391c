#include "protocol/memcached/meta/client_command.hpp"

#include "protocol/memcached/words.hpp"
#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace tandem;
using model::option;
using model::verb;
using model::want;
using protocol::meta::client_command;

namespace {

client_command read(std::string_view line) {
  base::slice const held = base::slice::copy_of(line);
  std::string_view rest = held.view();
  return protocol::meta::read_command(held, protocol::take_word(rest), 250);
}

model::request request(std::string_view line) {
  client_command const made = read(line);
  INFO(line);
  CHECK(made.error == "");
  return made.request;
}

std::string error(std::string_view line) { return std::string(read(line).error); }

std::string const key_251(251, 'k');
std::string const bad_format = "CLIENT_ERROR bad command line format";
std::string const bad_token = "CLIENT_ERROR bad token in command line format";
std::string const bad_flag = "CLIENT_ERROR invalid or duplicate flag";
std::string const long_opaque = "O" + std::string(32, 'o');

}  // namespace

TEST_CASE("mg wants what its flags say, and the marks") {
  CHECK(request("mg k").command == verb::get);
  CHECK(request("mg k").wanted == want::marks);
  CHECK(request("mg k").key.view() == "k");
  CHECK(request("mg k v f").wanted == (want::value | want::marks));
  CHECK(request("mg k s t c v").wanted == (want::size | want::ttl | want::cas | want::value | want::marks));
  CHECK(request("mg k h l u").wanted == (want::fetched | want::idle | want::marks));
  CHECK(request("mg k u").options == option::unseen);
  CHECK(request("mg k q O1 k P/a L/b").wanted == want::marks);
}

TEST_CASE("mg with T touches, and the order of its flags is kept") {
  model::request const touching = request("mg k T30 t");
  CHECK(touching.command == verb::get_and_touch);
  CHECK(touching.expires.wire() == 30);
  CHECK(touching.options == option::none);
  CHECK(request("mg k t T30").options == option::ttl_first);
  CHECK(request("mg k R5 T30").options == option::recache_first);
  CHECK(request("mg k T30 R5").options == option::none);
  CHECK(request("mg k R5").recache->wire() == 5);
  CHECK(request("mg k T-1").expires.wire() == -1);
  CHECK(request("mg k T3000000000").expires.wire() < 0);
}

TEST_CASE("an item that mg or ma makes lives as the last of N and T says") {
  CHECK(request("mg k N30").vivify->wire() == 30);
  CHECK(request("mg k N30 T60").vivify->wire() == 60);
  CHECK(request("mg k T60 N30").vivify->wire() == 30);
  CHECK(request("ma k N30 J5").vivify->wire() == 30);
  CHECK_FALSE(request("ma k J5").vivify);
}

TEST_CASE("ms stores in the mode that M says, with C as a cas") {
  CHECK(read("ms k 5").value_size == 5);
  CHECK(request("ms k 5").command == verb::set);
  CHECK(request("ms k 5 MS").command == verb::set);
  CHECK(request("ms k 5 ME").command == verb::add);
  CHECK(request("ms k 5 MA").command == verb::append);
  CHECK(request("ms k 5 MP").command == verb::prepend);
  CHECK(request("ms k 5 MR").command == verb::replace);
  CHECK(request("ms k 5 C7").command == verb::cas);
  CHECK(request("ms k 5 MR C7").command == verb::cas);
  CHECK(request("ms k 5 MA C7").command == verb::append);
  CHECK(request("ms k 5 MA C7").compare_cas == 7u);
  CHECK_FALSE(request("ms k 5 ME C7").compare_cas);
  model::request const full = request("ms k 5 F9 T60 c E8");
  CHECK(full.flags == 9);
  CHECK(full.expires.wire() == 60);
  CHECK(full.wanted == want::cas);
  CHECK(full.new_cas == 8u);
  CHECK(request("ms k 5 F4294967297").flags == 1);
  CHECK_FALSE(request("ms k 5 E0").new_cas);
  CHECK(request("ms k 5 x s").options == option::none);
  CHECK(request("ms k 5 x s").wanted == want::nothing);
}

TEST_CASE("N and s are heeded where ms appends") {
  for (std::string const mode : {"MA", "MP"}) {
    model::request const made = request("ms k 5 N30 T60 F9 s " + mode);
    CHECK(made.vivify->wire() == 30);
    CHECK(made.flags == 9);
    CHECK(made.wanted == want::size);
    CHECK(request("ms k 5 T60 N30 " + mode).vivify->wire() == 30);
    CHECK_FALSE(request("ms k 5 F9 " + mode).vivify);
  }
  for (std::string const mode : {"", " ME", " MR", " MS"}) CHECK_FALSE(request("ms k 5 N30" + mode).vivify);
}

TEST_CASE("E is heeded where something may be made or changed, x by md alone") {
  CHECK(request("ma k E8").new_cas == 8u);
  CHECK(request("mg k N30 E8").new_cas == 8u);
  CHECK_FALSE(request("mg k E8").new_cas);
  CHECK_FALSE(request("md k E8").new_cas);
  CHECK(request("md k I E8").new_cas == 8u);
  model::request const hollow = request("md k x E8 F9 T30");
  CHECK(hollow.options == (option::hollow | option::renew));
  CHECK(hollow.new_cas == 8u);
  CHECK(hollow.flags == 9);
  CHECK(hollow.expires.wire() == 30);
  for (std::string const line : {"mg k x", "ma k x"}) CHECK(request(line).options == option::none);
  CHECK(error("ms k 5 Ex") == "CLIENT_ERROR bad token in command line format");
  CHECK(error("md k x Fx") == bad_flag);
}

TEST_CASE("I marks as stale where there is something to compare or to leave") {
  CHECK(request("ms k 5 I C7").options == option::invalidate);
  CHECK(request("ms k 5 I").options == option::none);
  CHECK(request("ms k 5 I MA C7").options == option::none);
  CHECK(request("md k I").options == option::invalidate);
  CHECK(request("md k I T30").options == (option::invalidate | option::renew));
  CHECK(request("md k T30").options == option::none);
  CHECK(request("md k x").options == option::hollow);
  CHECK(request("md k C7").compare_cas == 7u);
  CHECK(request("md k").command == verb::remove);
}

TEST_CASE("ma counts by one unless told otherwise") {
  model::request const plain = request("ma k");
  CHECK(plain.command == verb::increment);
  CHECK(plain.delta == 1);
  CHECK(plain.wanted == want::nothing);
  for (std::string const mode : {"MI", "M+"}) CHECK(request("ma k " + mode).command == verb::increment);
  for (std::string const mode : {"MD", "M-"}) CHECK(request("ma k " + mode).command == verb::decrement);
  model::request const full = request("ma k t T60 D7 J9 N30 C5 v c");
  CHECK(full.delta == 7);
  CHECK(full.initial == 9);
  CHECK(full.expires.wire() == 60);
  CHECK(full.options == (option::renew | option::ttl_first));
  CHECK(full.compare_cas == 5u);
  CHECK(full.wanted == (want::value | want::cas | want::ttl));
  CHECK(request("ma k q N0").wanted == want::created);
  CHECK(request("ma k s h l f u").wanted == want::nothing);
}

TEST_CASE("a key may come in base64") {
  CHECK(request("mg YWJj b").key.view() == "abc");
  CHECK(request("ms YSBi 2 b").key.view() == "a b");
  CHECK(request("me YSBi b").key.view() == "a b");
  CHECK(request("me YSBi k b").key.view() == "YSBi");
  CHECK(error("mg *** b") == "CLIENT_ERROR error decoding key");
  CHECK(error("me *** b") == bad_format);
  CHECK(error("md *** b") == bad_flag);
}

TEST_CASE("what is wrong with a line is told in memcached's words") {
  for (std::string const name : {"mg", "ms", "md", "ma"}) {
    INFO(name);
    CHECK(error(name) == "ERROR");
    CHECK(error(name + " " + key_251 + " 2") == bad_format);
  }
  CHECK(error("me") == bad_format);
  CHECK(error("me " + key_251) == bad_format);
  for (std::string const name : {"mg k", "ms k 2"}) {
    INFO(name);
    CHECK(error(name + " v v") == "CLIENT_ERROR duplicate flag");
    CHECK(error(name + " \x80") == "CLIENT_ERROR duplicate flag");
    CHECK(error(name + " z") == "CLIENT_ERROR invalid flag");
    CHECK(error(name + " Tx") == bad_token);
    CHECK(error(name + " Cx") == bad_token);
    CHECK(error(name + " Fx") == bad_format);
    CHECK(error(name + " Dx") == "CLIENT_ERROR invalid numeric delta value");
    CHECK(error(name + " Jx") == "CLIENT_ERROR invalid numeric initial value");
    CHECK(error(name + " MAA") == "CLIENT_ERROR incorrect length for M token");
    CHECK(error(name + " Tx Dx") == "CLIENT_ERROR invalid numeric delta value");
    CHECK(error(name + " Tx Fx") == bad_token);
    CHECK(error(name + " Tx z") == "CLIENT_ERROR invalid flag");
    CHECK(error(name + " " + long_opaque) == "CLIENT_ERROR opaque token too long");
  }
  for (std::string const flag : {"v v", "z", "Tx", "D-1", "M"}) {
    CHECK(error("md k " + flag) == bad_flag);
    CHECK(error("ma k " + flag) == bad_flag);
  }
  CHECK(error("ms k 2 MQ") == "CLIENT_ERROR invalid mode for ms M token");
  CHECK(error("ma k MQ") == "CLIENT_ERROR invalid mode for ma M token");
}

TEST_CASE("a value is swallowed after an error where its length is known") {
  for (std::string const line : {"ms k", "ms k x", "ms k -1", "ms k 2147483647"}) {
    INFO(line);
    CHECK(error(line) == bad_format);
    CHECK_FALSE(read(line).value_size);
  }
  CHECK(read("ms k 7 z").value_size == 7);
  CHECK(read("ms k 7 MQ").value_size == 7);
}

TEST_CASE("a line has nineteen words at most") {
  std::string const seventeen = "b c f h k l q s t u v C1 D1 F1 I J1 L";
  CHECK(error("ma YQ== " + seventeen) == "");
  CHECK(error("ma YQ== " + seventeen + " P") == "CLIENT_ERROR options flags too long");
  CHECK(error("mg YQ== " + seventeen + " P") == "CLIENT_ERROR options flags are too long");
}
