// Which of a master and its replicas answers what, in a cluster and by Sentinels, all of them played.
#include "backend/redis/redis_route.hpp"
#include "support/catch.hpp"
#include "unit/backend/redis/sentinel/played_sentinels.hpp"
#include "unit/model/requests.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

using namespace std::chrono_literals;

namespace tandem::backend::redis {
namespace {

using model::verb;
using model::tests::ask;
using test::bulk;
using heard = std::vector<std::string>;

/// Server 0 is the master, the others are its replicas.
struct stand : test::played_redis {
  explicit stand(topology how, read_from from) {
    for (std::size_t at = 0; at < 3; ++at) {
      infos.push_back({at == 0 ? "master" : "slave", "up", 100});
      test::played_server& one = add_redis();
      one.greeting = [this, at](std::string const& command) { return first_words(at, command); };
      one.answer = [at](std::string const&) { return bulk(std::to_string(at)); };
    }
    options.topology = how;
    options.read_from = from;
    options.max_lag = 1s;
    options.sentinel.master = "main";
    options.servers.resize(how == topology::cluster ? 1 : 0);
    belief = std::make_shared<master_belief>(options.sentinel);
    if (how == topology::sentinel)
      belief->believe(servers[0]->where(), {servers[1]->where(), servers[2]->where()});
    route.emplace("store", options, upstream, around, flushes, how == topology::sentinel ? belief : nullptr);
  }

  std::string told(model::request const& asked) { return told_by(*route, asked); }
  std::string read() { return told(ask(verb::get, "k")); }
  /// Waits until it answers so.
  bool comes_to(std::string const& answer) {
    for (int each = 0; each < 200; ++each) {
      if (read() == answer) return true;
      base::time_point const later = loop.now() + 10ms;
      std::ignore = until([&] { return loop.now() >= later; });
    }
    return false;
  }
  double replica_reads() const { return registry.total(metrics::replica_reads_total); }

  struct info {
    std::string role, link;
    int offset;
  };
  std::vector<info> infos;
  flush_gate flushes;
  std::shared_ptr<master_belief> belief;
  std::optional<redis_route> route;

 private:
  std::string first_words(std::size_t at, std::string const& command) {
    info const& now = infos[at];
    if (command == "INFO replication") {
      return bulk(
          fmt::format("role:{}\r\nmaster_link_status:{}\r\nslave_repl_offset:{}\r\nmaster_replid:h\r\n"
                      "master_repl_offset:{}\r\n",
                      now.role, now.link, now.offset, now.offset));
    }
    if (command == "READONLY") return at == 0 ? "-ERR a master\r\n" : "+OK\r\n";
    if (command == "CLUSTER SLOTS") return slot_map({{0, 16383, {0, 1, 2}}});
    if (command == "ROLE") return test::array_of({bulk(now.role), ":0\r\n"});
    return command.starts_with("SCRIPT LOAD") ? "+OK\r\n" : "";
  }
};

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
