#include "frontend/text_dialect.hpp"

#include "support/catch.hpp"
#include "unit/frontend/noted_sink.hpp"

#include <string>
#include <utility>
#include <vector>

using namespace tandem::test;
using namespace std::string_literals;

namespace tandem::frontend {
namespace {

using notes = std::vector<std::string>;
using origin = command_origin;
using discovery = entrance::discovery;
using model::status;

limits_options small() {
  limits_options limits;
  limits.value = 100;
  return limits;
}

struct stand {
  explicit stand(discovery wanted = discovery::off) : by(wanted) {}

  notes hear(std::string_view said, arriving how = arriving::at_once) {
    sink.forget();
    text_dialect spoken(at.shared, by);
    test::hear(spoken, said, how, sink);
    return sink.notes;
  }

  serving at{small()};
  entrance by;
  noted_sink sink{at.root};
};

struct row {
  std::string said;
  notes expected;
};

}  // namespace

TEST_CASE("each command of the text protocols becomes what its session has to do, however it arrives") {
  std::string const key_251(251, 'k');
  std::string const line_of_2049(2049, 'x');
  std::vector<row> const rows{
      // Items.
      {"get k\r\n", {"serve get k: VALUE k 0 1\r\nk\r\nEND\r\n"}},
      {"get a b\r\n",
       {"serve get a: VALUE a 0 1\r\na\r\n", "serve get b: VALUE b 0 1\r\nb\r\n", "answer END\r\n"}},
      {"set k 1 2 3\r\nabc\r\n", {"serve set k 'abc': STORED\r\n"}},
      {"set k 1 2 3 noreply\r\nabc\r\n", {"serve set k 'abc': "}},
      {"delete k\r\ndelete k noreply\r\n", {"serve delete k: DELETED\r\n", "serve delete k: "}},
      {"touch k 1\r\n", {"serve touch k: TOUCHED\r\n"}},
      {"flush_all\r\n", {"serve flush_all : OK\r\n"}},
      {"mg k k v O7\r\n", {"serve get k: VA 1 kk O7\r\nk\r\n"}},
      {"ms k 2 c k\r\nab\r\n", {"serve set k 'ab': HD c0 kk\r\n"}},
      {"ms k 2 q O7\r\nab\r\n", {"serve set k 'ab': "}},
      // The server.
      {"version\r\n", {"answer VERSION 1.6.38\r\n"}},
      {"verbosity 1\r\nverbosity 1 noreply\r\n", {"answer OK\r\n"}},
      {"mn\r\n", {"answer MN\r\n"}},
      {"lru_crawler metadump all\r\n", {"answer END\r\n"}},
      {"stats items\r\n", {"answer late END\r\n"}},
      {"stats detail on\r\nstats detail dump\r\n", {"answer late OK\r\n", "answer late END\r\n"}},
      {"stats nothing\r\n", {"answer late ERROR\r\n"}},
      // What is wrong.
      {"nonsense\r\n", {"refuse ERROR\r\n"}},
      {"get " + key_251 + "\r\nmn\r\n", {"refuse CLIENT_ERROR bad command line format\r\n", "answer MN\r\n"}},
      {"incr k x noreply\r\nmn\r\n", {"refuse ", "answer MN\r\n"}},
      {"mg k z\r\n", {"refuse CLIENT_ERROR invalid flag\r\n"}},
      {"set k 0 0 1\r\nabc", {"refuse CLIENT_ERROR bad data chunk\r\n"}},
      {"set k 0 0 101\r\n" + std::string(101, 'v') + "\r\nmn\r\n",
       {"refuse ", "serve delete k: SERVER_ERROR object too large for cache\r\n", "answer MN\r\n"}},
      {"set k 0 0 101 noreply\r\n" + std::string(101, 'v') + "\r\nmn\r\n",
       {"refuse ", "serve delete k: ", "answer MN\r\n"}},
      {"add k 0 0 101\r\n" + std::string(101, 'v') + "\r\nmn\r\n",
       {"refuse SERVER_ERROR object too large for cache\r\n", "answer MN\r\n"}},
      // The end.
      {"mn\r\nquit\r\nmn\r\n", {"answer MN\r\n", "hang up, quit"}},
      {line_of_2049, {"refuse CLIENT_ERROR line too long\r\n", "hang up, line_too_long"}},
      {"PUT / HTTP/1.1\r\n", {"hang up, http"}},
  };
  stand test;
  for (row const& each : rows) {
    INFO(each.said.substr(0, 100));
    CHECK(test.hear(each.said) == each.expected);
    CHECK(test.hear(each.said, arriving::by_bytes) == each.expected);
  }
}

TEST_CASE("what a root answers is told in the words of the command") {
  struct answered {
    std::string said;
    model::response by;
    std::string told;
  };
  auto const failed = model::response::server_error(base::error_kind::timeout, "backend x: no answer");
  std::vector<answered> const rows{
      {"get k\r\n", model::response::of(status::not_found), "END\r\n"},
      {"get k\r\n", failed, "SERVER_ERROR backend x: no answer\r\n"},
      {"mg k v\r\n", model::response::of(status::not_found), "EN\r\n"},
      {"mg k v q\r\n", model::response::of(status::not_found), ""},
      {"mg k v q\r\n", failed, "SERVER_ERROR backend x: no answer\r\n"},
      {"add k 0 0 1\r\nv\r\n", model::response::of(status::not_stored), "NOT_STORED\r\n"},
      {"cas k 0 0 1 5\r\nv\r\n", model::response::of(status::exists), "EXISTS\r\n"},
      {"ms k 1 C5 O1\r\nv\r\n", model::response::of(status::exists), "EX O1\r\n"},
      {"incr k 1\r\n", model::response::of(status::not_found), "NOT_FOUND\r\n"},
      {"incr k 1 noreply\r\n", failed, ""},
      {"touch k 1\r\n", model::response::client_error("no such thing"), "CLIENT_ERROR no such thing\r\n"},
  };
  stand test;
  for (answered const& each : rows) {
    INFO(each.said);
    test.at.root.answer = [&](std::string const&) { return each.by; };
    notes const heard = test.hear(each.said);
    REQUIRE(heard.size() == 1);
    CHECK(heard.front().substr(heard.front().find(": ") + 2) == each.told);
  }
}

TEST_CASE("a command is counted as what it was: text, meta, or this house's own") {
  stand test;
  test.hear("get k\r\nset k 0 0 1 noreply\r\nv\r\nmg k\r\nset k 0 0 101\r\n" + std::string(101, 'v') +
            "\r\n");
  CHECK(test.sink.origins == std::vector{origin::text, origin::text, origin::meta, origin::house});
  CHECK(test.at.statistic("store_too_large") == "1");
  test.hear("set k 0 0 1\r\nabc\r\n");
  CHECK(test.at.statistic("cmd_set") == "1");
}

TEST_CASE("of a retrieval of several keys all replies but the end say that more follows") {
  stand test;
  test.hear("get a b c\r\nget a\r\n");
  CHECK(test.sink.more_follows == std::vector{true, true, true, false});
}

TEST_CASE("the servers of a cluster are told where they are announced") {
  stand announced(discovery::on);
  announced.by.announce("7\na|10.0.0.1|11211\n");
  stand silent;
  std::string const list = " 0 19\r\n7\na|10.0.0.1|11211\n\r\nEND\r\n";
  CHECK(announced.hear("config get cluster\r\n") == notes{"answer CONFIG cluster" + list});
  CHECK(announced.hear("get AmazonElastiCache:cluster\r\n") ==
        notes{"answer VALUE AmazonElastiCache:cluster" + list});
  CHECK(announced.hear("get k\r\n") == notes{"serve get k: VALUE k 0 1\r\nk\r\nEND\r\n"});
  CHECK(silent.hear("config get cluster\r\n") == notes{"refuse ERROR\r\n"});
  CHECK(silent.hear("get AmazonElastiCache:cluster\r\n").front().starts_with("serve get "));
}

TEST_CASE("a command whose value there is no memory for is refused as memcached words it") {
  stand test;
  text_dialect spoken(test.at.shared, test.by);
  hear(spoken, "set k 0 0 90\r\nv", arriving::at_once, test.sink);
  CHECK(spoken.midway());
  CHECK(test.sink.notes.empty());
  spoken.refuse_for_memory({}, test.sink);
  CHECK(test.sink.notes == notes{"refuse SERVER_ERROR out of memory reading request (limits.memory)\r\n"});
}

TEST_CASE("a dialect is midway from a command's line to the end of its value") {
  stand test;
  text_dialect spoken(test.at.shared, test.by);
  base::input_buffer input;
  for (auto const& [said, midway] :
       {std::pair("set k 0 0 2\r\n", true), std::pair("v", true), std::pair("v\r\n", false),
        std::pair("ms k 2 bad\r\n", true), std::pair("vv\r\n", false)}) {
    INFO(said);
    receive(input, said);
    while (spoken.next(input, test.sink)) {
    }
    CHECK(spoken.midway() == midway);
  }
}

}  // namespace tandem::frontend
