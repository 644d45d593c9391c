#include "protocol/redis/item_translation.hpp"

#include "support/catch.hpp"
#include "unit/model/requests.hpp"
#include "unit/protocol/redis/commands.hpp"

namespace tandem::protocol::redis::tests {
namespace {

using namespace model::tests;

using namespace std::string_view_literals;
using namespace std::string_literals;
using model::status;
using model::verb;

constexpr std::uint64_t new_cas = 0x0102030405060708;

/// The frame of an item as (flags:cas)value, where the cas is `new`, or a number behind # if it is none of the proxy's making; so
/// is a stamp.
std::string item_in_words(base::slice const& word) {
  item const item = read_item(encoding::framed, word);
  bool const chosen = word.size() > 1 && word.view()[1] == '\2';
  std::string const cas = item.cas == new_cas ? "new" : chosen ? "#" + std::to_string(item.cas) : "?";
  if (item.cas != 0) return "(" + std::to_string(item.flags) + ":" + cas + ")" + item.value.str();
  if (word.view() == "\1\1\2\3\4\5\6\7\x08") return "new";
  if (word.view() == "\2\0\0\0\0\0\0\0\x09"sv) return "#9";
  return word.view() == "\0\0\0\7"sv ? "flags7" : word.str();
}

/// A digest goes by the script's name.
std::string encoded(model::request const& asked, translation_options const& options = {},
                    script_call call = script_call::by_digest) {
  item_translation const translated("it", options);
  plan const how = *translated.plan_for(asked, new_cas);
  base::output_buffer output;
  translated.encode(asked, how, call, preamble::none, output);
  std::string said = in_words(output.str(), item_in_words);
  if (!how.script) return said;
  script const& script = *how.script;
  std::string const& named = call == script_call::by_digest ? script.digest : script.body;
  std::size_t const at = said.find(named);
  REQUIRE(at != std::string::npos);
  return said.replace(at, named.size(), "script");
}

translation_options plain() {
  translation_options options;
  options.encoding = encoding::plain;
  return options;
}

model::request wanting(model::request asked, model::want wanted) {
  asked.wanted = wanted;
  return asked;
}

reply string_reply(std::string_view text) { return {reply_kind::string, 0, base::slice::copy_of(text), {}}; }
reply status_reply(std::string_view text) { return {reply_kind::status, 0, base::slice::copy_of(text), {}}; }
reply number_reply(std::int64_t number) { return {reply_kind::integer, number, {}, {}}; }

std::optional<model::response> answered(model::request const& asked, std::vector<reply> const& replies,
                                        translation_options const& options = {}) {
  item_translation const translated("it", options);
  return translated.read(asked, *translated.plan_for(asked, new_cas), replies);
}

status status_of(model::request const& asked, reply const& received) {
  auto const answer = answered(asked, {received});
  REQUIRE(answer);
  return answer->status;
}

std::string frame(std::uint32_t flags, std::uint64_t cas) {
  auto const head = make_frame(flags, {cas});
  return {head.data(), head.size()};
}

}  // namespace

TEST_CASE("a get is GET, with PTTL where the time that remains is wanted") {
  CHECK(encoded(ask(verb::get, "k")) == "GET k");
  CHECK(encoded(wanting(ask(verb::get, "k"), model::want::cas)) == "GET k");
  CHECK(encoded(wanting(ask(verb::get, "k"), model::want::ttl)) == "GET k / PTTL k");
}

TEST_CASE("a get with touch is GETEX") {
  CHECK(encoded(ask(verb::get_and_touch, "k", "", 60)) == "GETEX k EX 60");
  CHECK(encoded(ask(verb::get_and_touch, "k", "", 2'592'000)) == "GETEX k EX 2592000");
  CHECK(encoded(ask(verb::get_and_touch, "k", "", 2'592'001)) == "GETEX k EXAT 2592001");
  CHECK(encoded(ask(verb::get_and_touch, "k", "", 0)) == "GETEX k PERSIST");
  CHECK(encoded(ask(verb::get_and_touch, "k", "", -1)) == "GETEX k EXAT 1");
  CHECK(encoded(wanting(ask(verb::get_and_touch, "k", "", 60), model::want::ttl)) ==
        "GETEX k EX 60 / PTTL k");
}

TEST_CASE("storing is SET of a frame, with conditions and times") {
  model::request asked = ask(verb::set, "k", "value");
  asked.flags = 7;
  CHECK(encoded(asked) == "SET k (7:new)value");
  CHECK(encoded(ask(verb::add, "k", "v")) == "SET k (0:new)v NX");
  CHECK(encoded(ask(verb::replace, "k", "v", 60)) == "SET k (0:new)v XX EX 60");
  CHECK(encoded(ask(verb::set, "k", "v", 2'000'000'000)) == "SET k (0:new)v EXAT 2000000000");
  CHECK(encoded(ask(verb::set, "k", "v"), plain()) == "SET k v");
}

TEST_CASE("a time that is over stores an empty item that is over, under the same condition") {
  CHECK(encoded(ask(verb::set, "k", "v", -1)) == "SET k (0:new) EXAT 1");
  CHECK(encoded(ask(verb::add, "k", "v", -1)) == "SET k (0:new) NX EXAT 1");
  CHECK(encoded(with_cas(ask(verb::cas, "k", "v", -1), 5)) ==
        "EVALSHA script 1 k 0000000000000005 (0:new) EXAT 1");
  CHECK(encoded(ask(verb::touch, "k", "", -1)) == "EVALSHA script 1 k EXPIREAT 1 ''");
}

TEST_CASE("a time in the far future is one that Redis can count") {
  CHECK(encoded(ask(verb::set, "k", "v", 9'223'372'036'854'775'807)) == "SET k (0:new)v EXAT 1099511627776");
}

TEST_CASE("what no command does is a script") {
  CHECK(encoded(ask(verb::append, "k", "v")) == "EVALSHA script 1 k v new '' '' 1048576");
  CHECK(encoded(with_cas(ask(verb::prepend, "k", "v"), 0xabc)) ==
        "EVALSHA script 1 k v new 0000000000000abc '' 1048576");
  CHECK(encoded(with_cas(ask(verb::append, "k", "v"), 0)) == "EVALSHA script 1 k v new '' '' 1048576");
  CHECK(encoded(with_cas(ask(verb::cas, "k", "v", 60), 1)) ==
        "EVALSHA script 1 k 0000000000000001 (0:new)v EX 60");
  CHECK(encoded(with_cas(ask(verb::set, "k", "v"), 1)) == "EVALSHA script 1 k 0000000000000001 (0:new)v");
  CHECK(encoded(count(verb::increment, "k", 18446744073709551615U)) ==
        "EVALSHA script 1 k + 18446744073709551615 new '' '' '' '' ''");
  CHECK(encoded(count(verb::decrement, "k", 1)) == "EVALSHA script 1 k - 1 new '' '' '' '' ''");
  CHECK(encoded(ask(verb::touch, "k", "", 60)) == "EVALSHA script 1 k EXPIRE 60 ''");
  CHECK(encoded(ask(verb::touch, "k", "", 0)) == "EVALSHA script 1 k PERSIST '' ''");
  CHECK(encoded(ask(verb::remove, "k")) == "DEL k");
  CHECK(encoded(with_cas(ask(verb::remove, "k"), 1)) == "EVALSHA script 1 k 0000000000000001");
}

TEST_CASE("a counter may be made with an initial value and a time") {
  model::request asked = count(verb::increment, "k", 5);
  asked.initial = 10;
  asked.vivify = model::exptime(60);
  CHECK(encoded(asked) == "EVALSHA script 1 k + 5 new '' '' '' '' '' (0:new)10 EX 60");
}

TEST_CASE("counting may give the item another time, and tell how long it lives, before or after ''") {
  model::request asked = wanting(count(verb::decrement, "k", 5), model::want::ttl);
  CHECK(encoded(asked) == "EVALSHA script 1 k - 5 new '' '' '' after ''");
  asked.options = model::option::renew | model::option::ttl_first;
  asked.expires = model::exptime(60);
  CHECK(encoded(asked) == "EVALSHA script 1 k - 5 new '' EXPIRE 60 before ''");
  asked.expires = model::exptime(0);
  CHECK(encoded(asked) == "EVALSHA script 1 k - 5 new '' PERSIST '' before ''");
}

TEST_CASE("a script is told whether a cas is wanted that only the content gives") {
  auto const wanted = [](model::request asked) { return wanting(std::move(asked), model::want::cas); };
  CHECK(encoded(wanted(ask(verb::append, "k", "v"))) == "EVALSHA script 1 k v new '' cas 1048576");
  CHECK(encoded(wanted(ask(verb::prepend, "k", "v"))) == "EVALSHA script 1 k v new '' cas 1048576");
  CHECK(encoded(wanted(count(verb::increment, "k", 1))) == "EVALSHA script 1 k + 1 new '' '' '' '' cas");
}

TEST_CASE("the time before a touch is asked for before it") {
  model::request asked = wanting(ask(verb::get_and_touch, "k", "", 30), model::want::ttl);
  CHECK(encoded(asked) == "GETEX k EX 30 / PTTL k");
  asked.options = model::option::ttl_first;
  CHECK(encoded(asked) == "PTTL k / GETEX k EX 30");
}

TEST_CASE("a touch that is to tell the cas reads the item") {
  CHECK(encoded(wanting(ask(verb::touch, "k", "", 30), model::want::cas)) == "GETEX k EX 30");
}

TEST_CASE("debug tells what Redis knows of an item") {
  model::request const asked = ask(verb::debug, "k");
  CHECK(encoded(asked) == "GET k / PTTL k");
  auto const known = answered(asked, {string_reply(frame(3, 77) + "value"), number_reply(29'001)});
  CHECK(known->value.view() == "exp=30 cas=77 size=5");
  auto const lasting = answered(asked, {string_reply(frame(3, 77)), number_reply(-1)});
  CHECK(lasting->value.view() == "exp=-1 cas=77 size=0");
  CHECK(answered(asked, {reply(), number_reply(-2)})->status == status::not_found);
}

TEST_CASE("what Redis cannot do is refused by the name of the flag that asks for it") {
  auto const refusal = [](auto change) {
    model::request asked = ask(verb::get, "k");
    change(asked);
    auto const refused = item_translation("store", {}).refusal(asked);
    return refused ? refused->message.str() : std::string("none");
  };
  CHECK(refusal([](auto&) {}) == "none");
  CHECK(refusal([](auto& asked) { asked.options = model::option::unseen; }) == "none");
  CHECK(refusal([](auto& asked) { asked.wanted = model::want::fetched; }) ==
        "flag h is not possible for backend store");
  CHECK(refusal([](auto& asked) { asked.wanted = model::want::idle; }) ==
        "flag l is not possible for backend store");
  CHECK(refusal([](auto& asked) { asked.vivify = model::exptime(30); }) ==
        "flag N is not possible for backend store");
  CHECK(refusal([](auto& asked) { asked.recache = model::exptime(30); }) ==
        "flag R is not possible for backend store");
  CHECK(refusal([](auto& asked) { asked.options = model::option::invalidate; }) ==
        "flag I is not possible for backend store");
  CHECK(refusal([](auto& asked) {
          asked.command = verb::increment;
          asked.vivify = model::exptime(30);
        }) == "none");
}

TEST_CASE(
    "plain encoding refuses what no content gives: a chosen cas, and that of an item without its value") {
  model::request asked = ask(verb::remove, "k");
  asked.options = model::option::hollow;
  CHECK_FALSE(item_translation("store", {}).refusal(asked));
  CHECK(item_translation("store", plain()).refusal(asked)->message.view() ==
        "flag x is not possible for backend store");
  for (verb const command : {verb::set, verb::add, verb::replace, verb::append, verb::increment}) {
    asked = ask(command, "k", "v");
    asked.new_cas = 9;
    CHECK_FALSE(item_translation("store", {}).refusal(asked));
    CHECK(item_translation("store", plain()).refusal(asked)->message.view() ==
          "flag E is not possible for backend store");
  }
}

TEST_CASE("a cas of the client's choice stands in the item, and is told apart from the proxy's own") {
  auto const chosen = [](model::request asked) {
    asked.new_cas = 9;
    return asked;
  };
  CHECK(encoded(chosen(ask(verb::set, "k", "v"))) == "SET k (0:#9)v");
  CHECK(encoded(chosen(ask(verb::add, "k", "v"))) == "SET k (0:#9)v NX");
  CHECK(encoded(chosen(with_cas(ask(verb::cas, "k", "v"), 1))) ==
        "EVALSHA script 1 k 0000000000000001 (0:#9)v");
  CHECK(encoded(chosen(ask(verb::append, "k", "v"))) == "EVALSHA script 1 k v #9 '' '' 1048576");
  CHECK(encoded(chosen(count(verb::increment, "k", 1))) == "EVALSHA script 1 k + 1 #9 '' '' '' '' ''");
  CHECK(answered(chosen(ask(verb::set, "k", "v")), {status_reply("OK")})->cas == 9);
  CHECK(answered(chosen(ask(verb::append, "k", "v")), {status_reply("OK")})->cas == 9);
  auto const bare = answered(chosen(ask(verb::append, "k", "v")), {status_reply("BARE")});
  CHECK(bare->status == status::client_error);
  CHECK(bare->message.view() == "flag E is not possible for backend it: another program has stored the item");
  CHECK_FALSE(answered(ask(verb::append, "k", "v"), {status_reply("BARE")}));
}

TEST_CASE("what a refused set leaves behind is judged by the proxy's number, whatever cas the client chose") {
  model::request asked = ask(verb::set, "k", "v");
  asked.new_cas = 9;
  item_translation const translated("it", {});
  base::output_buffer output;
  translated.encode_drop(*translated.plan_for(asked, new_cas), script_call::by_digest, preamble::none,
                         output);
  CHECK(in_words(output.str(), item_in_words).ends_with(" 1 k 0102030405060708"));
}

TEST_CASE("append and prepend may make an item, and tell how large the value is then") {
  for (verb const command : {verb::append, verb::prepend}) {
    model::request asked = wanting(ask(command, "k", "v"), model::want::size);
    CHECK(encoded(asked) == "EVALSHA script 1 k v new '' '' 1048576 size");
    reply const sized{reply_kind::array, 0, {}, {status_reply("OK"), number_reply(7)}};
    CHECK(answered(asked, {sized})->size == 7);
    CHECK_FALSE(answered(ask(command, "k", "v"), {sized}));
    asked.vivify = model::exptime(60);
    asked.flags = 7;
    CHECK(encoded(asked) == "EVALSHA script 1 k v new '' '' 1048576 size (7:new) EX 60");
    asked.wanted = model::want::nothing;
    asked.vivify = model::exptime(0);
    CHECK(encoded(asked) == "EVALSHA script 1 k v new '' '' 1048576 '' (7:new)");
    asked.flags = 0;
    CHECK(encoded(asked, plain()) == "EVALSHA script 1 k v new '' '' 1048576 '' ''");
    CHECK_FALSE(item_translation("it", {}).refusal(asked));
    CHECK_FALSE(item_translation("it", plain()).refusal(asked));
    asked.flags = 7;
    CHECK(item_translation("it", plain()).refusal(asked)->status == status::server_error);
  }
}

TEST_CASE("a delete may leave an item without its value, with flags, time, and its cas or another") {
  model::request asked = wanting(ask(verb::remove, "k"), model::want::nothing);
  asked.options = model::option::hollow;
  asked.flags = 7;
  CHECK(encoded(asked) == "EVALSHA script 1 k '' flags7 ''");
  asked.expires = model::exptime(60);
  asked.new_cas = 9;
  CHECK(encoded(with_cas(asked, 1)) == "EVALSHA script 1 k 0000000000000001 flags7 #9 EX 60");
  CHECK(status_of(asked, status_reply("OK")) == status::ok);
  CHECK(status_of(asked, status_reply("NOT_FOUND")) == status::not_found);
}

TEST_CASE("a value that is larger than clients may have is told by its size") {
  translation_options options;
  options.value_max = 3;
  reply const gone{reply_kind::oversized, 100, {}, {}};
  std::pair<reply, std::uint32_t> const rows[]{{gone, 100}, {string_reply("four"), 4}};
  for (auto const& [told, size] : rows) {
    auto const answer = answered(ask(verb::get, "k"), {told}, options);
    CHECK(answer->status == status::too_large);
    CHECK(answer->size == size);
  }
  CHECK(answered(ask(verb::get, "k"), {string_reply("fit")}, options)->hit());
}

TEST_CASE("a script that the server does not know is sent whole") {
  CHECK(encoded(ask(verb::append, "k", "v"), {}, script_call::by_body) ==
        "EVAL script 1 k v new '' '' 1048576");
}

TEST_CASE("keys get the backend's prefix in every command") {
  translation_options options;
  options.key_prefix = "t:";
  CHECK(encoded(wanting(ask(verb::get, "k"), model::want::ttl), options) == "GET t:k / PTTL t:k");
  CHECK(encoded(ask(verb::set, "k", "v"), options) == "SET t:k (0:new)v");
  CHECK(encoded(ask(verb::touch, "k"), options) == "EVALSHA script 1 t:k PERSIST '' ''");
}

TEST_CASE("plain encoding refuses flags, or drops them") {
  model::request asked = ask(verb::set, "k", "v");
  asked.flags = 1;
  auto const refused = item_translation("it", plain()).refusal(asked);
  REQUIRE(refused);
  CHECK(refused->status == status::server_error);
  CHECK(refused->message.view() == "backend it keeps no flags (encoding: plain)");
  asked.command = verb::append;
  CHECK_FALSE(item_translation("it", plain()).refusal(asked));
  asked.command = verb::set;
  translation_options dropping = plain();
  dropping.flags = flags_policy::drop;
  CHECK_FALSE(item_translation("it", dropping).refusal(asked));
  CHECK_FALSE(item_translation("it", {}).refusal(asked));
  asked.flags = 0;
  CHECK_FALSE(item_translation("it", plain()).refusal(asked));
}

TEST_CASE("a framed item is read with flags and cas") {
  auto const answer = answered(ask(verb::get, "k"), {string_reply(frame(7, 99) + "value")});
  REQUIRE(answer);
  CHECK(answer->hit());
  CHECK(answer->value.view() == "value");
  CHECK(answer->flags == 7);
  CHECK(answer->cas == 99);
}

TEST_CASE("a string that others wrote has a cas of its content where one is wanted") {
  model::request const asked = wanting(ask(verb::get, "k"), model::want::cas);
  CHECK(answered(asked, {string_reply("abc")})->cas == 0xa9993e364706816a);
  CHECK(answered(asked, {string_reply("abc")})->value.view() == "abc");
  CHECK(answered(asked, {string_reply(frame(1, 2) + "v")}, plain())->value.view() == frame(1, 2) + "v");
}

TEST_CASE("the time that remains is in seconds, rounded up") {
  model::request const asked = wanting(ask(verb::get, "k"), model::want::ttl);
  auto const ttl = [&](std::int64_t pttl) {
    return answered(asked, {string_reply("v"), number_reply(pttl)})->ttl;
  };
  CHECK(ttl(-1) == -1);
  CHECK(ttl(-2) == 0);
  CHECK(ttl(1) == 1);
  CHECK(ttl(1000) == 1);
  CHECK(ttl(1001) == 2);
}

TEST_CASE("a miss is a miss") {
  CHECK(status_of(ask(verb::get, "k"), reply()) == status::not_found);
  CHECK(status_of(ask(verb::get_and_touch, "k"), reply()) == status::not_found);
  CHECK(answered(wanting(ask(verb::get, "k"), model::want::ttl), {reply(), number_reply(-2)})->status ==
        status::not_found);
}

TEST_CASE("what is stored answers its new cas") {
  auto const answer = answered(ask(verb::set, "k", "v"), {status_reply("OK")});
  REQUIRE(answer);
  CHECK(answer->status == status::ok);
  CHECK(answer->cas == new_cas);
  CHECK(answered(ask(verb::set, "k", "v"), {status_reply("OK")}, plain())->cas == 0);
  model::request const asked = wanting(ask(verb::set, "k", "abc"), model::want::cas);
  CHECK(answered(asked, {status_reply("OK")}, plain())->cas == 0xa9993e364706816a);
}

TEST_CASE("conditions that do not hold are told apart") {
  CHECK(status_of(ask(verb::add, "k", "v"), reply()) == status::not_stored);
  CHECK(status_of(ask(verb::replace, "k", "v"), reply()) == status::not_stored);
  CHECK(status_of(ask(verb::append, "k", "v"), status_reply("NOT_STORED")) == status::not_stored);
  CHECK(status_of(with_cas(ask(verb::cas, "k", "v"), 1), status_reply("EXISTS")) == status::exists);
  CHECK(status_of(with_cas(ask(verb::cas, "k", "v"), 1), status_reply("NOT_FOUND")) == status::not_found);
  CHECK(status_of(ask(verb::touch, "k"), status_reply("NOT_FOUND")) == status::not_found);
  CHECK(status_of(ask(verb::touch, "k"), status_reply("OK")) == status::ok);
  CHECK(status_of(ask(verb::remove, "k"), number_reply(0)) == status::not_found);
  CHECK(status_of(ask(verb::remove, "k"), number_reply(1)) == status::ok);
}

TEST_CASE("counters answer their new number") {
  auto const answer = answered(count(verb::increment, "k", 1), {string_reply("18446744073709551615")});
  REQUIRE(answer);
  CHECK(answer->number == 18446744073709551615U);
  CHECK(status_of(count(verb::decrement, "k", 1), status_reply("NON_NUMERIC")) == status::non_numeric);
  CHECK(status_of(count(verb::increment, "k", 1), status_reply("NOT_FOUND")) == status::not_found);
  model::request made = count(verb::increment, "k", 1);
  made.initial = 10;
  made.vivify = model::exptime(0);
  CHECK(answered(made, {status_reply("OK")})->number == 10);
  CHECK(answered(made, {status_reply("OK")})->created);
  made = wanting(std::move(made), model::want::ttl);
  auto const with_ttl = [](reply plain, std::int64_t ttl) {
    return reply{reply_kind::array, 0, {}, {std::move(plain), number_reply(ttl)}};
  };
  CHECK(answered(made, {with_ttl(string_reply("11"), 5000)})->ttl == 5);
  CHECK(answered(made, {with_ttl(status_reply("OK"), 5000)})->ttl == 5);
  CHECK(answered(made, {status_reply("NON_NUMERIC")})->status == status::non_numeric);
  made.options = model::option::ttl_first;
  CHECK(answered(made, {with_ttl(string_reply("11"), 5000)})->ttl == 5);
  CHECK(answered(made, {with_ttl(status_reply("OK"), -2)})->ttl == -1);
  CHECK_FALSE(answered(count(verb::increment, "k", 1), {with_ttl(string_reply("11"), 5000)}));
}

TEST_CASE("scripts tell a cas of sixteen digits behind the other answers") {
  auto const told = [](std::vector<reply> all) { return reply{reply_kind::array, 0, {}, std::move(all)}; };
  reply const cas = string_reply("00000000000000ff");
  model::request const append = wanting(ask(verb::append, "k", "v"), model::want::cas);
  CHECK(answered(append, {told({status_reply("OK"), cas})})->cas == 255);
  CHECK_FALSE(answered(append, {told({status_reply("OK"), string_reply("ff")})}));
  CHECK_FALSE(answered(append, {told({status_reply("OK"), string_reply("00000000000000fg")})}));
  CHECK_FALSE(answered(append, {told({status_reply("NOT_STORED"), cas})}));
  CHECK_FALSE(answered(append, {cas}));
  CHECK_FALSE(answered(ask(verb::append, "k", "v"), {told({status_reply("OK"), cas})}));
  model::request counted = wanting(count(verb::increment, "k", 1), model::want::cas);
  CHECK(answered(counted, {told({string_reply("11"), cas})})->cas == 255);
  CHECK(answered(counted, {told({string_reply("11"), cas})})->number == 11);
  CHECK_FALSE(answered(counted, {told({string_reply("11"), number_reply(5000), cas})}));
  CHECK_FALSE(answered(counted, {told({string_reply("11")})}));
  counted.wanted = model::want::cas | model::want::ttl;
  CHECK(answered(counted, {told({string_reply("11"), number_reply(5000), cas})})->ttl == 5);
  CHECK(answered(counted, {told({string_reply("11"), number_reply(5000), cas})})->cas == 255);
}

TEST_CASE("an answer to another question makes no sense") {
  CHECK_FALSE(answered(ask(verb::get, "k"), {number_reply(1)}));
  CHECK_FALSE(answered(ask(verb::get, "k"), {status_reply("OK")}));
  CHECK_FALSE(answered(ask(verb::set, "k", "v"), {reply()}));
  CHECK_FALSE(answered(ask(verb::set, "k", "v"), {status_reply("QUEUED")}));
  CHECK_FALSE(answered(ask(verb::remove, "k"), {status_reply("OK")}));
  CHECK_FALSE(answered(count(verb::increment, "k", 1), {string_reply("ten")}));
  CHECK_FALSE(answered(count(verb::increment, "k", 1), {status_reply("OK")}));
  CHECK_FALSE(answered(ask(verb::append, "k", "v"), {number_reply(1)}));
}

}  // namespace tandem::protocol::redis::tests
