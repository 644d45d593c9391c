#include "protocol/memcached/meta/request_encoder.hpp"

#include "support/catch.hpp"

using namespace tandem;
using namespace std::string_view_literals;
using base::slice;
using model::exptime;
using model::verb;
using model::want;

namespace {

model::request request_of(verb command, std::string_view key = "key") {
  model::request made;
  made.command = command;
  made.key = slice::copy_of(key);
  return made;
}

model::request storing(verb command) {
  model::request made = request_of(command);
  made.value = slice::of_static("value");
  made.flags = 7;
  made.expires = exptime(60);
  return made;
}

std::string encoded(model::request const& asked) {
  base::output_buffer output;
  protocol::meta::encode(asked, output);
  return output.str();
}

}  // namespace

TEST_CASE("a retrieval asks for the value, the flags and what is wanted besides") {
  model::request asked = request_of(verb::get);
  CHECK(encoded(asked) == "mg key v f\r\n");
  asked.wanted = want::cas;
  CHECK(encoded(asked) == "mg key v f c\r\n");
  asked.wanted = want::cas | want::ttl;
  CHECK(encoded(asked) == "mg key v f c t\r\n");
  asked.command = verb::get_and_touch;
  asked.wanted = want::nothing;
  CHECK(encoded(asked) == "mg key v f T0\r\n");
  asked.expires = exptime(-1);
  CHECK(encoded(asked) == "mg key v f T-1\r\n");
}

TEST_CASE("a touch asks for nothing in return") {
  model::request asked = request_of(verb::touch);
  asked.expires = exptime(100);
  CHECK(encoded(asked) == "mg key T100\r\n");
}

TEST_CASE("storing commands differ by mode, and appending leaves flags and time alone") {
  CHECK(encoded(storing(verb::set)) == "ms key 5 T60 F7\r\nvalue\r\n");
  CHECK(encoded(storing(verb::add)) == "ms key 5 T60 F7 ME\r\nvalue\r\n");
  CHECK(encoded(storing(verb::replace)) == "ms key 5 T60 F7 MR\r\nvalue\r\n");
  CHECK(encoded(storing(verb::append)) == "ms key 5 MA\r\nvalue\r\n");
  CHECK(encoded(storing(verb::prepend)) == "ms key 5 MP\r\nvalue\r\n");
  model::request cas = storing(verb::cas);
  cas.compare_cas = 18446744073709551615u;
  CHECK(encoded(cas) == "ms key 5 T60 F7 C18446744073709551615\r\nvalue\r\n");
  model::request learning = storing(verb::add);
  learning.wanted = want::cas;
  CHECK(encoded(learning) == "ms key 5 T60 F7 c ME\r\nvalue\r\n");
}

TEST_CASE("a value may be empty, and its time absolute or over") {
  model::request asked = request_of(verb::set);
  asked.expires = exptime(-1);
  CHECK(encoded(asked) == "ms key 0 T-1 F0\r\n\r\n");
  asked.expires = exptime(1'900'000'000);
  CHECK(encoded(asked) == "ms key 0 T1900000000 F0\r\n\r\n");
}

TEST_CASE("a large value is sent to a server without a copy") {
  model::request asked = request_of(verb::set);
  asked.value = slice::copy_of(std::string(100'000, 'v'));
  base::output_buffer output;
  protocol::meta::encode(asked, output);
  bool referenced = false;
  output.front(10, [&](char const* data, std::size_t) { referenced |= data == asked.value.data(); });
  CHECK(referenced);
}

TEST_CASE("arithmetic asks for the new number") {
  model::request asked = request_of(verb::increment);
  asked.delta = 18446744073709551615u;
  CHECK(encoded(asked) == "ma key v D18446744073709551615\r\n");
  asked.command = verb::decrement;
  asked.delta = 0;
  CHECK(encoded(asked) == "ma key v D0 MD\r\n");
  asked.initial = 5;
  asked.expires = exptime(30);
  asked.compare_cas = 9;
  asked.wanted = want::cas;
  CHECK(encoded(asked) == "ma key v D0 N30 J5 C9 c MD\r\n");
}

TEST_CASE("a delete may depend on the cas") {
  model::request asked = request_of(verb::remove);
  CHECK(encoded(asked) == "md key\r\n");
  asked.compare_cas = 9;
  CHECK(encoded(asked) == "md key C9\r\n");
}

TEST_CASE("a flush is classic, with its delay") {
  model::request asked = request_of(verb::flush, "");
  CHECK(encoded(asked) == "flush_all\r\n");
  asked.expires = exptime(10);
  CHECK(encoded(asked) == "flush_all 10\r\n");
}

TEST_CASE("a key that would break the line goes as base64") {
  CHECK(encoded(request_of(verb::get, "a b")) == "mg YSBi b v f\r\n");
  CHECK(encoded(request_of(verb::get, "\n")) == "mg Cg== b v f\r\n");
  CHECK(encoded(request_of(verb::remove, "\0\xff"sv)) == "md AP8= b\r\n");
  CHECK(encoded(request_of(verb::remove, "    "sv)) == "md ICAgIA== b\r\n");
  CHECK(encoded(request_of(verb::increment, "a b")) == "ma YSBi b v D0\r\n");
  model::request set = request_of(verb::set, "a b");
  set.value = slice::of_static("value");
  CHECK(encoded(set) == "ms YSBi 5 b T0 F0\r\nvalue\r\n");
}

TEST_CASE("all other bytes go as they are") {
  CHECK(encoded(request_of(verb::remove, "a\tb\x01\r\xc3\xa9")) == "md a\tb\x01\r\xc3\xa9\r\n");
}

TEST_CASE("a key that memcached would refuse is known beforehand") {
  using protocol::meta::encodable;
  CHECK_FALSE(encodable(""));
  CHECK(encodable(std::string(250, '\x01')));
  CHECK_FALSE(encodable(std::string(251, 'k')));
  CHECK(encodable(std::string(186, ' ')));
  CHECK_FALSE(encodable(std::string(187, ' ')));
  CHECK_FALSE(encodable(std::string(187, 'k') + '\0'));
  CHECK(encoded(request_of(verb::remove, std::string(186, ' '))).size() == 248 + "md  b\r\n"sv.size());
}
