// Which of a master and its replicas answers what, in a cluster and by Sentinels, all of them played.
#include "support/catch.hpp"
#include "unit/backend/redis/replicas/played_replicas.hpp"

#include <algorithm>
#include <string>
#include <vector>

using namespace std::chrono_literals;

namespace tandem::backend::redis {
namespace {

using model::verb;
using model::tests::ask;
using stand = test::played_replicas;

constexpr topology topologies[] = {topology::cluster, topology::sentinel};

bool is_of_replica(std::string const& answer) { return answer == "ok '1'" || answer == "ok '2'"; }

}  // namespace

TEST_CASE("replicas answer gets, and all of them do") {
  for (topology const how : topologies) {
    stand test(how, read_from::replica);
    bool first = false;
    bool second = false;
    for (int each = 0; each < 100; ++each) {
      std::string const answer = test.read();
      REQUIRE(is_of_replica(answer));
      (answer == "ok '1'" ? first : second) = true;
    }
    CHECK(first);
    CHECK(second);
    CHECK(test.replica_reads() == 100);
    CHECK(test.servers[0]->heard.empty());
  }
}

TEST_CASE("whoever needs the authority is answered by the master: every change, gets, and what says so") {
  for (topology const how : topologies) {
    stand test(how, read_from::prefer_replica);
    REQUIRE((test.comes_to("ok '1'") || test.comes_to("ok '2'")));
    test.servers[1]->heard.clear();
    test.servers[2]->heard.clear();
    for (model::request const& each :
         {ask(verb::set, "k", "v"), ask(verb::remove, "k"), model::tests::count(verb::increment, "k", 1)}) {
      std::ignore = test.told(each);
    }
    model::request with_cas = ask(verb::get, "k");
    with_cas.wanted = model::want::value | model::want::cas;
    std::ignore = test.told(with_cas);
    test.context.of_authority = true;
    CHECK(test.read() == "ok '0'");
    CHECK(test.servers[1]->heard.empty());
    CHECK(test.servers[2]->heard.empty());
    CHECK(test.servers[0]->heard.size() >= 5);
  }
}

TEST_CASE("a replica that lags, that has lost its master or is none is not read") {
  for (topology const how : topologies) {
    for (stand::info const& wrong :
         {stand::info{"slave", "up", 99}, {"slave", "down", 100}, {"master", "up", 100}}) {
      stand test(how, read_from::replica);
      test.infos[1] = wrong;
      REQUIRE(test.comes_to("ok '2'"));
      for (int each = 0; each < 20; ++each) CHECK(test.read() == "ok '2'");
    }
  }
}

TEST_CASE("without a usable replica prefer_replica asks the master, and replica is an error that says why") {
  for (topology const how : topologies) {
    stand prefers(how, read_from::prefer_replica);
    for (auto& each : prefers.infos) each.link = "down";
    for (int each = 0; each < 10; ++each) CHECK(prefers.comes_to("ok '0'"));
    stand only(how, read_from::replica);
    for (auto& each : only.infos) each.link = "down";
    CHECK(only.comes_to(
        fmt::format("server error: backend store: no replica may be read: {}: it does not hear its "
                    "master; {}: it does not hear its master",
                    only.servers[1]->where().str(), only.servers[2]->where().str())));
    REQUIRE(only.until([&] { return !only.log.lines().empty(); }));
    CHECK(only.log.lines().front().find("is not read as a replica: it does not hear its master") !=
          std::string::npos);
    for (auto& each : only.infos) each.link = "up";
    CHECK((only.comes_to("ok '1'") || only.comes_to("ok '2'")));
  }
}

TEST_CASE("a read that a replica fails goes to the master, where replicas are but preferred") {
  for (topology const how : topologies) {
    stand test(how, read_from::prefer_replica);
    REQUIRE((test.comes_to("ok '1'") || test.comes_to("ok '2'")));
    for (std::size_t each : {std::size_t{1}, std::size_t{2}})
      test.servers[each]->answer = [](std::string const&) { return "-LOADING not yet\r\n"; };
    CHECK(test.read() == "ok '0'");
  }
}

TEST_CASE("after a switch the new master's replicas are read, and the old ones' answers are not taken") {
  stand test(topology::sentinel, read_from::replica);
  REQUIRE(test.comes_to("ok '1'"));
  test.infos[0].role = "slave";
  test.infos[1].role = "master";
  test.belief->believe(test.servers[1]->where(), {test.servers[0]->where()});
  CHECK(test.comes_to("ok '0'"));
  for (int each = 0; each < 20; ++each) CHECK(test.read() == "ok '0'");
}

}  // namespace tandem::backend::redis
