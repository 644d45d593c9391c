// Which server of several zones a read goes to, in a cluster and by Sentinels.
#include "support/catch.hpp"
#include "unit/backend/redis/replicas/played_replicas.hpp"

#include <string>
#include <vector>

using namespace std::chrono_literals;

namespace tandem::backend::redis {
namespace {

constexpr topology kinds[] = {topology::cluster, topology::sentinel};

/// Addresses are 127.0.0.N; the master's is the first. This process is in zone "x", that of `near`.
struct in_zones : test::played_replicas {
  in_zones(topology how, std::string const& near, std::vector<std::string> const& addresses)
      : played_replicas(how, read_from::zone, zones_with(near), addresses) {}

  static net::zone_options zones_with(std::string const& near) {
    return {"x", {{*net::zone_place::parse(near), "x"}, {*net::zone_place::parse("127.0.0.9"), "y"}}};
  }

  double reads(std::string const& where) const {
    return registry.total(metrics::zone_reads_total, {{"backend", "store"}, {"where", where}});
  }
  /// The servers that answer twenty reads, in their order.
  std::string readers() {
    std::string all;
    for (int each = 0; each < 20; ++each) {
      std::string const answer = read();
      if (all.find(answer.substr(4, 1)) == std::string::npos) all += answer.substr(4, 1);
    }
    std::ranges::sort(all);
    return all;
  }
};

}  // namespace

TEST_CASE("reads go to the replicas in the own zone, and to all of them") {
  for (topology const how : kinds) {
    in_zones test(how, "127.0.0.2/31", {"127.0.0.1", "127.0.0.2", "127.0.0.1", "127.0.0.3"});
    REQUIRE((test.comes_to("ok '1'") && test.comes_to("ok '3'")));
    double const before = test.reads("elsewhere");
    CHECK(test.readers() == "13");
    CHECK(test.reads("elsewhere") == before);
    CHECK(test.reads("zone") >= 20);
  }
}

TEST_CASE("a replica that is near is read in front of a near master, and that in front of any far replica") {
  for (topology const how : kinds) {
    in_zones test(how, "127.0.0.0/30", {"127.0.0.1", "127.0.0.2", "127.0.0.4"});
    REQUIRE(test.comes_to("ok '1'"));
    CHECK(test.readers() == "1");
    test.infos[1].link = "down";
    REQUIRE(test.comes_to("ok '0'"));
    double const of_replicas = test.replica_reads();
    CHECK(test.readers() == "0");
    CHECK(test.replica_reads() == of_replicas);
    CHECK(test.reads("elsewhere") == 0);
    test.infos[1].link = "up";
    CHECK(test.comes_to("ok '1'"));
  }
}

TEST_CASE("with nothing near any replica is read, and the master if none may be") {
  for (topology const how : kinds) {
    in_zones test(how, "127.0.0.8", {"127.0.0.1", "127.0.0.2", "127.0.0.3"});
    REQUIRE((test.comes_to("ok '1'") && test.comes_to("ok '2'")));
    double const before = test.reads("elsewhere");
    CHECK(test.readers() == "12");
    CHECK(test.reads("elsewhere") == before + 20);
    CHECK(test.reads("zone") == 0);
    for (auto& each : test.infos) each.link = "down";
    CHECK(test.comes_to("ok '0'"));
  }
}

TEST_CASE("a read that the near replica fails goes to the master, and counts for both zones") {
  for (topology const how : kinds) {
    in_zones test(how, "127.0.0.2", {"127.0.0.1", "127.0.0.2", "127.0.0.3"});
    REQUIRE(test.comes_to("ok '1'"));
    test.servers[1]->answer = [](std::string const&) { return "-LOADING not yet\r\n"; };
    double const near = test.reads("zone");
    double const elsewhere = test.reads("elsewhere");
    CHECK(test.read() == "ok '0'");
    CHECK(test.reads("zone") == near + 1);
    CHECK(test.reads("elsewhere") == elsewhere + 1);
  }
}

TEST_CASE("whoever needs the authority asks the master, in whatever zone") {
  for (topology const how : kinds) {
    in_zones test(how, "127.0.0.2", {"127.0.0.1", "127.0.0.2", "127.0.0.3"});
    REQUIRE(test.comes_to("ok '1'"));
    double const near = test.reads("zone");
    test.context.of_authority = true;
    CHECK(test.read() == "ok '0'");
    CHECK(test.reads("zone") == near);
  }
}

TEST_CASE("it explains where a get goes, by zone") {
  for (topology const how : kinds) {
    in_zones test(how, "127.0.0.2", {"127.0.0.1", "127.0.0.2", "127.0.0.3"});
    auto const explained = [&](model::explanation::scope of) {
      model::explanation where;
      where.of = of;
      test.route->explain("k", where);
      return where.destination;
    };
    CHECK(explained(model::explanation::scope::configured).ends_with("; a get stays in zone x where it can"));
    REQUIRE(test.comes_to("ok '1'"));
    CHECK(explained(model::explanation::scope::now)
              .ends_with("; a get goes to server " + test.servers[1]->where().str() + ", in zone x"));
    test.infos[1].link = "down";
    REQUIRE(test.comes_to("ok '2'"));
    CHECK(explained(model::explanation::scope::now)
              .ends_with("; a get goes to server " + test.servers[2]->where().str() + ", outside zone x"));
  }
}

}  // namespace tandem::backend::redis
