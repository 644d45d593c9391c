#include "protocol/memcached/meta/request_encoder.hpp"

#include "support/catch.hpp"

using namespace tandem;
using namespace std::string_view_literals;
using base::slice;
using model::exptime;
using model::option;
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
  CHECK(encoded(asked) == "mg key f c\r\n");
  asked.wanted = want::value | want::cas | want::ttl;
  CHECK(encoded(asked) == "mg key v f c t\r\n");
  asked.command = verb::get_and_touch;
  asked.wanted = want::value;
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
  asked.vivify = exptime(30);
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

TEST_CASE("a key that is too long in base64 goes as its digest") {
  CHECK(encoded(request_of(verb::remove, std::string(186, ' '))).size() == 248 + "md  b\r\n"sv.size());
  std::string const one = encoded(request_of(verb::remove, std::string(187, ' ')));
  std::string const other = encoded(request_of(verb::remove, std::string(250, ' ')));
  CHECK(one.starts_with("md AHRhbmRlbQ"));  // NUL, tandem
  CHECK(one.size() == 56 + "md  b\r\n"sv.size());
  CHECK(other.size() == one.size());
  CHECK(one != other);
  CHECK(encoded(request_of(verb::remove, std::string(250, '\x01'))).size() == 250 + "md \r\n"sv.size());
}

TEST_CASE("a get may leave a placeholder, take its turn and leave no trace") {
  model::request asked = request_of(verb::get);
  asked.wanted = want::value | want::cas | want::ttl | want::size | want::fetched | want::idle;
  asked.vivify = exptime(30);
  asked.recache = exptime(10);
  asked.options = option::unseen;
  CHECK(encoded(asked) == "mg key v f c N30 R10 t s h l u\r\n");
  asked.command = verb::get_and_touch;
  asked.expires = exptime(60);
  asked.wanted = want::ttl;
  asked.options = option::ttl_first | option::recache_first;
  CHECK(encoded(asked) == "mg key f t R10 T60 N30\r\n");
}

TEST_CASE("stale marks, a cas of the client's choice and hollow items are asked for by their flags") {
  model::request stale = storing(verb::cas);
  stale.compare_cas = 5;
  stale.options = option::invalidate;
  stale.wanted = want::nothing;
  CHECK(encoded(stale) == "ms key 5 T60 F7 C5 I\r\nvalue\r\n");
  stale.new_cas = 6;
  CHECK(encoded(stale) == "ms key 5 T60 F7 C5 E6 I\r\nvalue\r\n");
  model::request removal = request_of(verb::remove);
  removal.options = option::invalidate | option::renew | option::hollow;
  removal.expires = exptime(30);
  removal.flags = 7;
  CHECK(encoded(removal) == "md key I x F7 T30\r\n");
}

TEST_CASE("the flags that an older memcached does not know have a name") {
  CHECK(protocol::meta::newer_flag(request_of(verb::get)) == '\0');
  CHECK(protocol::meta::newer_flag(storing(verb::set)) == '\0');
  auto const flag = [](verb command, auto change) {
    model::request asked = request_of(command);
    asked.wanted = want::nothing;
    change(asked);
    return protocol::meta::newer_flag(asked);
  };
  auto const makes = [](auto& asked) { asked.vivify = exptime(30); };
  auto const tells_size = [](auto& asked) { asked.wanted = want::size; };
  for (verb const command : {verb::append, verb::prepend}) {
    CHECK(flag(command, makes) == 'N');
    CHECK(flag(command, tells_size) == 's');
  }
  for (verb const command : {verb::get, verb::increment}) CHECK(flag(command, makes) == '\0');
  CHECK(flag(verb::get, tells_size) == '\0');
  CHECK(flag(verb::remove, [](auto& asked) { asked.options = option::hollow; }) == 'x');
  CHECK(flag(verb::set, [](auto& asked) { asked.new_cas = 5; }) == 'E');
}

TEST_CASE("what does nothing is answered as often as the request") {
  model::request asked = request_of(verb::increment);
  base::output_buffer output;
  protocol::meta::encode_nothing(asked, output);
  CHECK(output.str() == "mn\r\n");
  asked.wanted = want::created;
  base::output_buffer twice;
  protocol::meta::encode_nothing(asked, twice);
  CHECK(twice.str() == "mn\r\nmn\r\n");
}

TEST_CASE("append makes an item and tells a size where it is asked to") {
  model::request append = storing(verb::append);
  append.wanted = want::nothing;
  CHECK(encoded(append) == "ms key 5 MA\r\nvalue\r\n");
  append.wanted = want::size;
  CHECK(encoded(append) == "ms key 5 s MA\r\nvalue\r\n");
  append.vivify = exptime(30);
  append.wanted = want::nothing;
  CHECK(encoded(append) == "ms key 5 N30 F7 MA\r\nvalue\r\n");
}

TEST_CASE("arithmetic may give another time and tell the one before or after") {
  model::request asked = request_of(verb::increment);
  asked.delta = 1;
  asked.expires = exptime(60);
  asked.wanted = want::ttl;
  CHECK(encoded(asked) == "ma key v D1 t\r\n");
  asked.options = option::renew;
  CHECK(encoded(asked) == "ma key v D1 T60 t\r\n");
  asked.options = option::renew | option::ttl_first;
  CHECK(encoded(asked) == "ma key v D1 t T60\r\n");
}

TEST_CASE("whether arithmetic makes an item is known by looking for it first") {
  model::request asked = request_of(verb::increment);
  asked.delta = 1;
  asked.vivify = exptime(0);
  CHECK(protocol::meta::replies_to(asked) == 1);
  asked.wanted = want::created;
  CHECK(protocol::meta::replies_to(asked) == 2);
  CHECK(encoded(asked) == "me key\r\nma key v D1 N0 J0\r\n");
}

TEST_CASE("a touch that is to tell the cas tells the flags, too") {
  model::request asked = request_of(verb::touch);
  asked.wanted = want::cas;
  asked.expires = exptime(100);
  CHECK(encoded(asked) == "mg key f c T100\r\n");
}

TEST_CASE("debug is passed on") { CHECK(encoded(request_of(verb::debug, "a b")) == "me YSBi b\r\n"); }
