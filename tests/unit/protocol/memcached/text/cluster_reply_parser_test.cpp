#include "protocol/memcached/text/cluster_reply_parser.hpp"

#include "support/catch.hpp"
#include "unit/protocol/memcached/splits.hpp"

using namespace tandem;
using base::parse_status;
using protocol::text::cluster_reply;
using protocol::text::cluster_reply_parser;
using protocol::text::cluster_server;

namespace {

using lines = std::vector<std::string>;

std::string describe(cluster_reply const& told) {
  if (told.what == cluster_reply::kind::nothing) return "nothing";
  if (told.what == cluster_reply::kind::refused) return "refused: " + told.words;
  std::string said = std::to_string(told.version);
  for (cluster_server const& each : told.servers)
    said += " " + each.host + "=" + each.address + ":" + std::to_string(each.port);
  return said;
}

lines parse(test::pieces const& arriving) {
  base::input_buffer input;
  cluster_reply_parser parser;
  lines said;
  for (std::string_view const piece : arriving) {
    test::receive(input, piece);
    for (;;) {
      parse_status const found = parser.next(input);
      if (found == parse_status::need_more) break;
      said.push_back(found == parse_status::garbage ? "garbage" : describe(parser.take()));
      if (found == parse_status::garbage) return said;
    }
  }
  if (!input.unread().empty()) said.push_back("unfinished");
  return said;
}

lines parsed(std::string_view bytes) { return test::at_every_split(bytes, parse); }

std::string list(std::string const& content, std::string const& words = "CONFIG cluster") {
  return words + " 0 " + std::to_string(content.size()) + "\r\n" + content + "\r\nEND\r\n";
}

}  // namespace

TEST_CASE("the servers of a cluster are read, however the answer comes") {
  CHECK(parsed(list("12\na.example|10.0.0.1|11211 b.example|10.0.0.2|11212\n")) ==
        lines{"12 a.example=10.0.0.1:11211 b.example=10.0.0.2:11212"});
  CHECK(parsed(list("1\na.example|10.0.0.1|11211\n", "VALUE AmazonElastiCache:cluster")) ==
        lines{"1 a.example=10.0.0.1:11211"});
  CHECK(parsed(list("7\r\na.example|10.0.0.1|11211\r\n")) == lines{"7 a.example=10.0.0.1:11211"});
  CHECK(parsed(list("7\na.example|10.0.0.1|11211")) == lines{"7 a.example=10.0.0.1:11211"});
}

TEST_CASE("a server may lack a name or an address, and is listed once") {
  CHECK(parsed(list("3\na.example||11211 |10.0.0.2|11211\n")) ==
        lines{"3 a.example=:11211 10.0.0.2=10.0.0.2:11211"});
  CHECK(parsed(list("3\na|10.0.0.1|1 a|10.0.0.9|1 a|10.0.0.1|2\n")) == lines{"3 a=10.0.0.1:1 a=10.0.0.1:2"});
  CHECK(parsed(list("3\na|2001:db8::1|1\n")) == lines{"3 a=2001:db8::1:1"});
}

TEST_CASE("answers follow one another, and those that tell no servers are told apart") {
  CHECK(parsed("ERROR\r\nEND\r\n" + list("3\na||1\n")) == lines{"refused: ERROR", "nothing", "3 a=:1"});
  CHECK(parsed("CLIENT_ERROR bad command line\r\n") == lines{"refused: CLIENT_ERROR bad command line"});
  CHECK(parsed("SERVER_ERROR out of memory\r\n") == lines{"refused: SERVER_ERROR out of memory"});
}

TEST_CASE("what is no such answer is garbage") {
  for (std::string const& each : {list(""),
                                  list("3\n"),
                                  list("\na||1\n"),
                                  list("x\na||1\n"),
                                  list("-1\na||1\n"),
                                  list("3\na\n"),
                                  list("3\na|10.0.0.1\n"),
                                  list("3\na|10.0.0.1|\n"),
                                  list("3\na|10.0.0.1|0\n"),
                                  list("3\na|10.0.0.1|65536\n"),
                                  list("3\na|10.0.0.1|1x\n"),
                                  list("3\n||1\n"),
                                  list("3\na|b|c|1\n"),
                                  list("3\na||1\nmore\n"),
                                  list("3\n" + std::string(256, 'a') + "||1\n"),
                                  list("3\na\x01||1\n"),
                                  list("3\na||1\n", "CONFIG other"),
                                  list("3\na||1\n", "VALUE cluster"),
                                  std::string("CONFIG cluster 0 262145\r\n"),
                                  std::string("CONFIG cluster 0 5 5\r\n"),
                                  std::string("CONFIG cluster 0 x\r\n"),
                                  std::string("HTTP/1.1 400 Bad Request\r\n"),
                                  std::string("CONFIG cluster 0 8\r\n3\na||1\n\n\r\nEXD\r\n"),
                                  std::string("END \r\n"),
                                  std::string("\r\n"),
                                  std::string(3000, 'x')}) {
    INFO(each.substr(0, 80));
    CHECK(parsed(each) == lines{"garbage"});
  }
}

TEST_CASE("more servers than can be meant are garbage") {
  std::string all = "3\n";
  for (std::size_t number = 1; number <= cluster_reply_parser::servers_max; ++number)
    all += "a||" + std::to_string(number) + " ";
  CHECK(parse({list(all)}).front().starts_with("3 a=:1 a=:2 "));
  CHECK(parse({list(all + "a||2000")}) == lines{"garbage"});
}
