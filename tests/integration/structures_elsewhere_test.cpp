// Structures in a cluster, and where Sentinels name the master.
#include "support/redis_cluster.hpp"
#include "support/redis_sentinels.hpp"
#include "support/structures.hpp"
#include "support/wait_until.hpp"

using namespace tandem::test;

namespace {

std::string on(std::string const& redis) {
  return fmt::format(
      "backends: {{store: {{redis: {{{}}}, timeout: 2s}}}}\nroutes:\n"
      "  - {{prefix: \"board:\", to: store, as: leaderboard, deadline: 10s}}\n"
      "  - {{prefix: \"seen:\", to: store, as: bitmap, deadline: 10s}}\n"
      "  - {{prefix: \"limit:\", to: store, as: {{rate_limit: {{limit: 3, per: 100d}}}}, deadline: 10s}}\n"
      "  - {{to: store}}\n",
      redis);
}

/// What needs a command, and what needs a script.
void is_served(tandem_daemon const& tandem, std::string const& name) {
  std::string const member = "board:" + name + "#ann", bit = "seen:" + name + "#7", limit = "limit:" + name;
  holds(tandem, {{stored(member, "17"), "STORED"},
                 {"incr " + member + " 5", "22"},
                 {"get board:" + name, told("board:" + name, R"([{"member":"ann","score":22,"rank":1}])")},
                 {stored(bit, "1"), "STORED"},
                 {fmt::format("get seen:{}#@count", name), told(fmt::format("seen:{}#@count", name), "1")},
                 {"incr " + limit + " 2", "2"},
                 {"incr " + limit + " 2", "4"},
                 {"incr " + limit + " 1", "3"}});
}

}  // namespace

TEST_CASE("in a cluster the name alone decides which node has a structure, also while its slot moves") {
  redis_cluster cluster;
  tandem_daemon const tandem(on("cluster: " + cluster.addresses()));
  for (int i = 0; i < 30; ++i) is_served(tandem, std::to_string(i));
  for (int i = 0; i < 30; ++i) {
    std::string const name = fmt::format("board:{}", i);
    std::size_t const master = cluster.master_of(slot_of(name));
    CHECK(cluster.node(master).command({"ZSCORE", name, "ann"}).text == "22");
  }
  unsigned const slot = slot_of("board:{move}");
  std::size_t const from = cluster.master_of(slot);
  std::size_t to = from;
  for (unsigned other = 0; to == from; other += 512) to = cluster.master_of(other);
  holds(tandem, {{stored("board:{move}#ann", "1"), "STORED"}});
  cluster.begin_move(slot, from, to);
  holds(tandem, {{"incr board:{move}#ann 1", "2"}});
  cluster.move_keys(slot, from, to, 10);
  holds(tandem, {{"incr board:{move}#ann 1", "3"}, {"get board:{move}#ann", told("board:{move}#ann", "3")}});
  cluster.finish_move(slot, from, to);
  holds(tandem, {{"incr board:{move}#ann 1", "4"}});
}

TEST_CASE("where Sentinels name the master, structures are served by it") {
  redis_sentinels far;
  tandem_daemon const tandem(on(fmt::format("sentinel: {{master: main, sentinels: {}}}", far.addresses())));
  REQUIRE(wait_until([&] { return tandem.converse(stored("k", "v") + "\r\n") == "STORED\r\n"; }));
  is_served(tandem, "a");
}
