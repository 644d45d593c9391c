#include "protocol/redis/command_writer.hpp"

#include "support/catch.hpp"

#include <vector>

using namespace tandem;
using namespace std::string_literals;
using protocol::redis::command_writer;
using protocol::redis::joined;
using protocol::redis::or_empty;
using protocol::redis::preamble;

TEST_CASE("a command is an array of bulk strings") {
  base::output_buffer output;
  command_writer(output).command("SET", "k", base::slice::of_static("v v\r\n"), -5);
  CHECK(output.str() == "*4\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nv v\r\n\r\n$2\r\n-5\r\n");
}

TEST_CASE("an argument in two pieces is one bulk string") {
  base::output_buffer output;
  base::slice const rest = base::slice::of_static("rest");
  command_writer(output).command("SET", "k", joined{"head", rest});
  CHECK(output.str() == "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$8\r\nheadrest\r\n");
}

TEST_CASE("ASKING stands in front of each command") {
  base::output_buffer output;
  command_writer commands(output, preamble::asking);
  commands.command("GET", "k");
  commands.command("PTTL", "k");
  CHECK(output.str() ==
        "*1\r\n$6\r\nASKING\r\n*2\r\n$3\r\nGET\r\n$1\r\nk\r\n*1\r\n$6\r\nASKING\r\n*2\r\n$4\r\nPTTL\r\n$"
        "1\r\nk\r\n");
}

TEST_CASE("a large value is referenced, not copied") {
  base::slice const value = base::slice::copy_of(std::string(100'000, 'v'));
  base::output_buffer output;
  command_writer(output).command("SET", "k", value);
  bool referenced = false;
  output.front(10, [&](char const* data, std::size_t) { referenced = referenced || data == value.data(); });
  CHECK(referenced);
}

TEST_CASE("what may be missing is counted if it is there") {
  using pair = std::tuple<std::string_view, std::int64_t>;
  auto const written = [](std::optional<std::string_view> one, std::optional<pair> two) {
    base::output_buffer output;
    command_writer(output).command("C", one, two, "z");
    return output.str();
  };
  CHECK(written({}, {}) == "*2\r\n$1\r\nC\r\n$1\r\nz\r\n");
  CHECK(written("a", {}) == "*3\r\n$1\r\nC\r\n$1\r\na\r\n$1\r\nz\r\n");
  CHECK(written({}, pair("b", 60)) == "*4\r\n$1\r\nC\r\n$1\r\nb\r\n$2\r\n60\r\n$1\r\nz\r\n");
  CHECK(written("a", pair("b", 60)) == "*5\r\n$1\r\nC\r\n$1\r\na\r\n$1\r\nb\r\n$2\r\n60\r\n$1\r\nz\r\n");
}

TEST_CASE("what may be missing within several arguments is counted, too") {
  base::output_buffer output;
  std::tuple<std::string_view, std::optional<int>, std::optional<int>> const all("a", 1, std::nullopt);
  command_writer(output).command("C", all);
  CHECK(output.str() == "*3\r\n$1\r\nC\r\n$1\r\na\r\n$1\r\n1\r\n");
}

TEST_CASE("an argument that has to be there is empty if there is nothing") {
  base::output_buffer output;
  command_writer(output).command("C", or_empty<int>{{}}, or_empty<int>{7}, std::array<char, 2>{'\0', 'x'});
  CHECK(output.str() == "*4\r\n$1\r\nC\r\n$0\r\n\r\n$1\r\n7\r\n$2\r\n\0x\r\n"s);
}
