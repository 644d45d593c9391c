// `config get cluster`: Tandem as a configuration endpoint of ElastiCache that consists of itself.
#include "support/catch.hpp"
#include "support/free_port.hpp"
#include "support/tandem_daemon.hpp"
#include "support/wait_until.hpp"

#include <fmt/format.h>

#include <regex>
#include <string>
#include <string_view>

using namespace tandem::test;

namespace {

std::string listening(std::uint16_t port, std::string_view announce) {
  return fmt::format("{{address: \"127.0.0.1:{}\", announce: {}}}", port, announce);
}

/// Behind `words`, a reply that tells `servers`; its parts are as long as they say.
bool tells(std::string const& reply, std::string const& words, std::string const& servers) {
  std::regex const form("^" + words + " 0 ([0-9]+)\r\n([0-9]+\n([^\n]*)\n)\r\nEND\r\n$");
  std::smatch parts;
  if (!std::regex_match(reply, parts, form)) return false;
  return std::stoul(parts[1]) == parts[2].str().size() && parts[3] == servers;
}

}  // namespace

TEST_CASE(
    "each listener tells the servers that it announces, in both forms, and one that announces none knows "
    "neither") {
  std::uint16_t const one = free_port();
  std::uint16_t const two = free_port();
  tandem_daemon const tandem(
      "", {listening(one, "\"10.0.0.1:11211\""), listening(two, "[\"10.0.0.1:11211\", \"10.0.0.2:11212\"]")});
  text_client of_one(one);
  text_client of_two(two);
  std::string const alone = "10.0.0.1|10.0.0.1|11211";
  std::string const both = alone + " 10.0.0.2|10.0.0.2|11212";
  CHECK(tells(of_one.converse("config get cluster\r\n"), "CONFIG cluster", alone));
  CHECK(tells(of_two.converse("config get cluster\r\n"), "CONFIG cluster", both));
  std::string const old = "get AmazonElastiCache:cluster\r\n";
  CHECK(tells(of_two.converse(old), "VALUE AmazonElastiCache:cluster", both));
  CHECK(of_two.converse("config get other\r\nconfig set cluster\r\n") == "ERROR\r\nERROR\r\n");
  CHECK(of_two.converse("get AmazonElastiCache:cluster:x\r\n") == "END\r\n");
  CHECK(tandem.converse("config get cluster\r\n") == "ERROR\r\n");
  CHECK(tandem.converse(old) == "END\r\n");
}

TEST_CASE("a name is announced with its address") {
  std::uint16_t const port = free_port();
  tandem_daemon const tandem("", {listening(port, "\"localhost:11211\"")});
  CHECK(wait_until([port] {
    std::string const reply = text_client(port).converse("config get cluster\r\n");
    return tells(reply, "CONFIG cluster", "localhost|127.0.0.1|11211");
  }));
}

TEST_CASE("clients with discovery find Tandem and use it") {
  std::uint16_t const port = free_port();
  std::string const self = fmt::format("127.0.0.1:{}", port);
  tandem_daemon const tandem("", {listening(port, "\"" + self + "\"")});
  finished const met = run({"node", TANDEM_SOURCE_DIR "/tests/clients/node/discovery.js", self},
                           {"NODE_CLIENTS=" TANDEM_NODE_CLIENTS});
  CHECK(met.output == "ecad " + self + "\nmemcached-elasticache " + self + " yes\n");
  CHECK(tandem.converse("get discovered\r\n") == "VALUE discovered 0 3\r\nyes\r\nEND\r\n");
}
