#include "protocol/redis/command_writer.hpp"

#include "support/catch.hpp"

#include <vector>

using namespace tandem;
using protocol::redis::command_writer;
using protocol::redis::preamble;

TEST_CASE("a command is an array of bulk strings") {
  base::output_buffer output;
  command_writer(output)
      .command("SET", 3)
      .argument("k")
      .argument(base::slice::of_static("v v\r\n"))
      .argument(-5);
  CHECK(output.str() == "*4\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nv v\r\n\r\n$2\r\n-5\r\n");
}

TEST_CASE("an argument in two pieces is one bulk string") {
  base::output_buffer output;
  command_writer(output).command("SET", 2).argument("k").argument("head", base::slice::of_static("rest"));
  CHECK(output.str() == "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$8\r\nheadrest\r\n");
}

TEST_CASE("ASKING stands in front of each command") {
  base::output_buffer output;
  command_writer commands(output, preamble::asking);
  commands.command("GET", 1).argument("k");
  commands.command("PTTL", 1).argument("k");
  CHECK(output.str() ==
        "*1\r\n$6\r\nASKING\r\n*2\r\n$3\r\nGET\r\n$1\r\nk\r\n*1\r\n$6\r\nASKING\r\n*2\r\n$4\r\nPTTL\r\n$"
        "1\r\nk\r\n");
}

TEST_CASE("a large value is referenced, not copied") {
  base::slice const value = base::slice::copy_of(std::string(100'000, 'v'));
  base::output_buffer output;
  command_writer(output).command("SET", 2).argument("k").argument(value);
  bool referenced = false;
  output.front(10, [&](char const* data, std::size_t) { referenced = referenced || data == value.data(); });
  CHECK(referenced);
}
