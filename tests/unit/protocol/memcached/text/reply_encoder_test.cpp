#include "protocol/memcached/text/reply_encoder.hpp"

#include "support/catch.hpp"

using namespace tandem;
using base::error_kind;
using base::slice;
using model::response;
using model::status;
using model::verb;

namespace {

constexpr verb storing[] = {verb::set, verb::add, verb::replace, verb::append, verb::prepend, verb::cas};

model::request request_of(verb command) {
  model::request made;
  made.command = command;
  made.key = slice::of_static("key");
  return made;
}

std::string encoded(model::request const& asked, response const& answer) {
  base::output_buffer output;
  protocol::text::encode_reply(asked, answer, output);
  return output.str();
}

std::string encoded(verb command, response const& answer) { return encoded(request_of(command), answer); }

response item(std::string_view value) {
  response made;
  made.flags = 4294967295;
  made.cas = 18446744073709551615u;
  made.value = slice::copy_of(value);
  return made;
}

}  // namespace

TEST_CASE("a hit is rendered as a VALUE, with the cas only if it was asked for") {
  for (verb command : {verb::get, verb::get_and_touch}) {
    model::request asked = request_of(command);
    CHECK(encoded(asked, item("hello")) == "VALUE key 4294967295 5\r\nhello\r\n");
    CHECK(encoded(asked, item("")) == "VALUE key 4294967295 0\r\n\r\n");
    asked.wanted = model::want::ttl;
    CHECK(encoded(asked, item("\r\n")) == "VALUE key 4294967295 2\r\n\r\n\r\n");
    asked.wanted = model::want::cas | model::want::ttl;
    CHECK(encoded(asked, item("x")) == "VALUE key 4294967295 1 18446744073709551615\r\nx\r\n");
  }
}

TEST_CASE("a large value is sent to a client without a copy") {
  response const large = item(std::string(100'000, 'v'));
  base::output_buffer output;
  protocol::text::encode_reply(request_of(verb::get), large, output);
  bool referenced = false;
  output.front(10, [&](char const* data, std::size_t) { referenced |= data == large.value.data(); });
  CHECK(referenced);
  CHECK(output.size() == 100'000 + std::string_view("VALUE key 4294967295 100000\r\n\r\n").size());
}

TEST_CASE("a key that missed or failed renders nothing, and END closes the list") {
  for (verb command : {verb::get, verb::get_and_touch}) {
    CHECK(encoded(command, response::of(status::not_found)).empty());
    CHECK(encoded(command, response::server_error(error_kind::timeout, "late")).empty());
    CHECK(encoded(command, response::client_error("bad")).empty());
  }
  base::output_buffer output;
  protocol::text::encode_end(output);
  CHECK(output.str() == "END\r\n");
}

TEST_CASE("every other success has its word") {
  for (verb command : storing) CHECK(encoded(command, response()) == "STORED\r\n");
  CHECK(encoded(verb::touch, response()) == "TOUCHED\r\n");
  CHECK(encoded(verb::remove, response()) == "DELETED\r\n");
  CHECK(encoded(verb::flush, response()) == "OK\r\n");
  response counted;
  counted.number = 18446744073709551615u;
  CHECK(encoded(verb::increment, counted) == "18446744073709551615\r\n");
  CHECK(encoded(verb::decrement, response()) == "0\r\n");
}

TEST_CASE("every failure has its line") {
  CHECK(encoded(verb::remove, response::of(status::not_found)) == "NOT_FOUND\r\n");
  CHECK(encoded(verb::add, response::of(status::not_stored)) == "NOT_STORED\r\n");
  CHECK(encoded(verb::cas, response::of(status::exists)) == "EXISTS\r\n");
  CHECK(encoded(verb::increment, response::of(status::non_numeric)) ==
        "CLIENT_ERROR cannot increment or decrement non-numeric value\r\n");
  CHECK(encoded(verb::set, response::of(status::too_large)) == "SERVER_ERROR object too large for cache\r\n");
  CHECK(encoded(verb::set, response::client_error("your fault")) == "CLIENT_ERROR your fault\r\n");
  CHECK(encoded(verb::set, response::server_error(error_kind::timeout, "late")) == "SERVER_ERROR late\r\n");
}

TEST_CASE("a message can neither end its line early nor run on") {
  using namespace std::string_view_literals;
  CHECK(encoded(verb::set, response::server_error(error_kind::refused, "a\r\nSTORED\r\n\0\x7f\xc3\xa9"sv)) ==
        "SERVER_ERROR a  STORED    \xc3\xa9\r\n");
  std::string const endless(100'000, 'x');
  CHECK(encoded(verb::set, response::client_error(endless)) ==
        "CLIENT_ERROR " + endless.substr(0, 512) + "\r\n");
}
