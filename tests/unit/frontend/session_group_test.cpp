#include "frontend/session_group.hpp"

#include "support/catch.hpp"
#include "unit/frontend/served_client.hpp"

#include <memory>
#include <string>
#include <vector>

using namespace tandem::test;

namespace tandem::frontend {
namespace {

/// The only worker, at which clients come in.
struct stand {
  /// The far end of a client whose connection is counted, as by a listener.
  far_socket& connect() {
    int near = -1;
    far.push_back(std::make_unique<far_socket>(near));
    balance.place(0);
    group.accept(near, by);
    return *far.back();
  }

  serving at;
  connection_balance balance{1, 100};
  entrance by{entrance::discovery::off};
  session_group group{at.shared, balance, 0};
  std::vector<std::unique_ptr<far_socket>> far;
};

std::string const refusal = "ERROR Too many open connections\r\n";

}  // namespace

TEST_CASE("a client belongs to the group and to the balance until its session is over") {
  stand test;
  far_socket& one = test.connect();
  test.connect();
  CHECK(test.balance.connections(0) == 2);
  CHECK(test.group.size() == 2);
  CHECK(test.at.metric(metrics::client_connections_total) == 2);
  one.say("quit\r\n");
  CHECK(test.at.loop.until([&] { return one.closed(); }));
  CHECK(test.group.size() == 1);
  CHECK(test.balance.connections(0) == 1);
}

TEST_CASE("a client too many is told so and hung up on, and counts as none of the group's") {
  stand test;
  int near = -1;
  far_socket one(near);
  test.group.refuse(near);
  CHECK(one.heard() == refusal);
  CHECK(one.closed());
  CHECK(test.at.metric(metrics::client_connections_rejected_total) == 1);
  CHECK(test.at.metric(metrics::client_connections_total) == 0);
  CHECK(test.at.ended("limit") == 1);
}

TEST_CASE("a client too many of its address is told so, and its place is another's when it has gone") {
  stand test;
  address_limit addresses(1);
  net::peer_address const from{1};
  auto first = addresses.enter(from);
  REQUIRE(first);
  int near = -1;
  far_socket client(near);
  test.balance.place(0);
  test.group.accept(near, test.by, std::move(*first));
  CHECK_FALSE(addresses.enter(from));
  far_socket another(near);
  test.group.refuse(near, session_group::too_many::of_its_address);
  CHECK(another.heard() == "ERROR Too many open connections from this address\r\n");
  CHECK(test.at.ended("address_limit") == 1);
  CHECK(test.at.metric(metrics::overload_refusals_total, {{"limit", "connections_per_address"}}) == 1);
  client.say("quit\r\n");
  CHECK(test.at.loop.until([&] { return client.closed(); }));
  CHECK(addresses.enter(from));
}

TEST_CASE("drain is over, and says so once, when the last session has answered") {
  stand test;
  far_socket& idle = test.connect();
  far_socket& waiting = test.connect();
  waiting.say("get slow\r\n");
  REQUIRE(test.at.loop.until([&] { return test.at.root.holds("slow"); }));
  int drained = 0;
  test.group.drain([&] { ++drained; });
  CHECK(idle.closed());
  test.at.loop.settle();
  CHECK(drained == 0);
  CHECK(test.group.size() == 1);
  far_socket& late = test.connect();
  CHECK(late.closed());
  CHECK(late.heard().empty());
  test.at.root.let_go("slow");
  CHECK(test.at.loop.until([&] { return drained == 1; }));
  CHECK(waiting.hears("VALUE slow 0 4\r\nslow\r\nEND\r\n"));
  test.at.loop.settle();
  CHECK(drained == 1);
  CHECK(test.group.size() == 0);
  CHECK(test.at.ended("drain") == 3);
  CHECK(test.balance.connections(0) == 0);
}

TEST_CASE("a group without sessions is drained at once") {
  stand test;
  int drained = 0;
  test.group.drain([&] { ++drained; });
  CHECK(drained == 1);
}

TEST_CASE("what is left of a group is ended with whatever it owes") {
  stand test;
  far_socket& one = test.connect();
  one.say("get slow\r\n");
  REQUIRE(test.at.loop.until([&] { return test.at.root.holds("slow"); }));
  test.connect();
  test.group.close_all();
  CHECK(one.closed());
  CHECK(one.heard().empty());
  CHECK_FALSE(test.at.root.holds("slow"));
  CHECK(test.group.size() == 0);
  CHECK(test.at.ended("drain") == 2);
  CHECK(test.balance.connections(0) == 0);
}

}  // namespace tandem::frontend
