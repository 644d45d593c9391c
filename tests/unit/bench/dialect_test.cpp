#include "bench/dialect.hpp"

#include "support/catch.hpp"

#include <string>

using namespace tandem::bench;

namespace {

item_set const items("k:", 10, 5);

/// The reply of a correct server to a get of key 3.
std::string reply_of(std::string_view protocol) {
  std::string const value(items.value(3));
  if (protocol == "text") return "VALUE k:00000003 0 5\r\n" + value + "\r\nEND\r\n";
  if (protocol == "meta") return "VA 5 kk:00000003\r\n" + value + "\r\n";
  if (protocol == "redis") return "$5\r\n" + value + "\r\n";
  return std::string("\x81\0\0\0\x4\0\0\0\0\0\0\x9\0\0\0\x3\0\0\0\0\0\0\0\0\0\0\0\0", 28) + value;
}

std::string text_item(std::size_t number) {
  return "VALUE " + std::string(items.key(number)) + " 0 5\r\n" + std::string(items.value(number)) + "\r\n";
}

}  // namespace

TEST_CASE("a reply is taken when it is whole, and not before") {
  std::string const protocol = GENERATE("text", "meta", "binary", "redis");
  auto const words = make_dialect(protocol, items);
  std::string const reply = reply_of(protocol);
  request const asked{action::get, 3};
  for (std::size_t size = 0; size < reply.size(); ++size) {
    CHECK(words->read(std::string_view(reply).substr(0, size), asked) == 0);
  }
  CHECK(words->read(reply, asked) == reply.size());
  CHECK(words->read(reply + "more", asked) == reply.size());
}

TEST_CASE("a reply to another key, and one whose value is not the key's, are refused") {
  std::string const protocol = GENERATE("text", "meta", "binary", "redis");
  auto const words = make_dialect(protocol, items);
  std::string reply = reply_of(protocol);
  CHECK_THROWS_AS(words->read(reply, request{action::get, 4}), wrong_reply);
  reply[reply.find(items.value(3)) + 2] ^= 1;
  CHECK_THROWS_AS(words->read(reply, request{action::get, 3}), wrong_reply);
}

TEST_CASE("where no item is there, a get of any number of keys is answered with its end") {
  item_set const items("k", 10, 5);
  auto const words = make_dialect("absent", items);
  request const asked{action::get, 3, 2};
  CHECK(words->read("END\r\n", asked) == 5);
  CHECK(words->read("EN", asked) == 0);
  CHECK_THROWS_AS(words->read("VALUE k00000003 0 5\r\n", asked), wrong_reply);
}

TEST_CASE("an error is refused at once") {
  auto const text = make_dialect("text", items);
  CHECK_THROWS_AS(text->read("SERVER_ERROR no\r\n", request{action::get, 3}), wrong_reply);
  CHECK_THROWS_AS(text->read("END\r\n", request{action::get, 3}), wrong_reply);
  CHECK_THROWS_AS(text->read("NOT_STORED\r\n", request{action::set, 3}), wrong_reply);
  CHECK_THROWS_AS(make_dialect("meta", items)->read("EN\r\n", request{action::get, 3}), wrong_reply);
  CHECK_THROWS_AS(make_dialect("redis", items)->read("$-1\r\n", request{action::get, 3}), wrong_reply);
}

TEST_CASE("many keys may come in any order, each once") {
  auto const words = make_dialect("text", items);
  request const asked{action::get, 9, 3};  // 9, 0 and 1
  std::string const reply = text_item(1) + text_item(9) + text_item(0) + "END\r\n";
  CHECK(words->read(reply, asked) == reply.size());
  CHECK_THROWS_AS(words->read(text_item(1) + text_item(9) + text_item(1) + "END\r\n", asked), wrong_reply);
  CHECK_THROWS_AS(words->read(text_item(1) + text_item(9) + text_item(2) + "END\r\n", asked), wrong_reply);
  CHECK_THROWS_AS(words->read(text_item(1) + text_item(9) + "END\r\n" + text_item(0), asked), wrong_reply);
}

TEST_CASE("requests are written as the protocols want them") {
  auto const written = [](std::string_view protocol, request const& asked) {
    std::string output;
    make_dialect(protocol, items)->write(asked, output);
    return output;
  };
  std::string const value(items.value(3));
  CHECK(written("text", {action::get, 9, 2}) == "get k:00000009 k:00000000\r\n");
  CHECK(written("text", {action::set, 3}) == "set k:00000003 0 0 5\r\n" + value + "\r\n");
  CHECK(written("meta", {action::get, 3}) == "mg k:00000003 k v\r\n");
  CHECK(written("meta", {action::set, 3}) == "ms k:00000003 5\r\n" + value + "\r\n");
  CHECK(written("redis", {action::get, 3}) == "*2\r\n$3\r\nGET\r\n$10\r\nk:00000003\r\n");
  CHECK(written("redis", {action::set, 3}) ==
        "*3\r\n$3\r\nSET\r\n$10\r\nk:00000003\r\n$5\r\n" + value + "\r\n");
  CHECK(written("binary", {action::get, 3}).size() == 24 + 10);
  CHECK(written("binary", {action::set, 3}).size() == 24 + 8 + 10 + 5);
}
