// What the log says while several links see one server: sequences of what they see, and the lines that come of it.
#include "net/server_health.hpp"

#include "net/watched_server.hpp"
#include "support/catch.hpp"
#include "unit/net/health_log.hpp"

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

using tandem::metrics::server_trouble;
using tandem::net::name_of;
using tandem::net::outage;
using tandem::net::server_health;
using tandem::net::server_name;
using tandem::net::trouble_kind;
using tandem::net::watched_server;
using tandem::test::health_log;

namespace {

constexpr std::string_view down = "backend b server s is down: ";
constexpr std::string_view back = "backend b server s is well again";

/// What the link with that number does.
struct event {
  std::size_t link;
  enum class kind { sees, sees_none, ends } what;
  trouble_kind trouble = trouble_kind::connect;
  std::string words = {};
};
using what = event::kind;

struct sequence {
  std::string_view name;
  std::vector<event> events;
  std::vector<std::string> lines;
  double troubled_links;  // in the end
};

std::string line(std::string_view front, std::string_view reason) {
  return std::string(front) + std::string(reason);
}

event refused(std::size_t link) { return {link, what::sees, trouble_kind::connect, "refused"}; }
event well(std::size_t link) { return {link, what::sees_none}; }
event ends(std::size_t link) { return {link, what::ends}; }
event sees(std::size_t link, trouble_kind kind, std::string words) {
  return {link, what::sees, kind, std::move(words)};
}

std::vector<sequence> const sequences{
    {"nothing is said of a server that does well", {well(0), well(1)}, {}, 0},
    {"four links that see the same trouble are one line",
     {refused(0), refused(1), refused(2), refused(3)},
     {line(down, "refused")},
     4},
    {"attempts that fail again and again are one line",
     {refused(0), refused(0), refused(0)},
     {line(down, "refused")},
     1},
    {"it is over when no link sees it any more",
     {refused(0), refused(1), well(0), well(0)},
     {line(down, "refused")},
     1},
    {"when it is over there is one line",
     {refused(0), refused(1), well(0), well(1), well(0)},
     {line(down, "refused"), std::string(back)},
     0},
    {"another reason is another line, and each but once",
     {refused(0), sees(1, trouble_kind::sign_in, "WRONGPASS"), refused(0),
      sees(1, trouble_kind::sign_in, "WRONGPASS"), well(1), well(0)},
     {line(down, "refused"), line(down, "WRONGPASS"), std::string(back)},
     0},
    {"a trouble after the end of one is told anew",
     {refused(0), well(0), refused(0)},
     {line(down, "refused"), std::string(back), line(down, "refused")},
     1},
    {"a link that ends withdraws what it saw, without a line",
     {refused(0), ends(0)},
     {line(down, "refused")},
     0},
    {"what is left when a link has ended is over when a link finds the server well",
     {well(1), refused(0), ends(0), well(1)},
     {line(down, "refused"), std::string(back)},
     0},
    {"a link that ends leaves the trouble that others see",
     {refused(0), refused(1), ends(0), well(1)},
     {line(down, "refused"), std::string(back)},
     0},
    {"a server that only refuses writes is not called down",
     {sees(0, trouble_kind::out_of_memory, "OOM")},
     {"backend b server s refuses writes: OOM"},
     1},
};

/// The one link of a worker.
struct seen_link {
  seen_link(server_health& health, tandem::metrics::worker_metrics& metrics, server_name const& of)
      : server(health, metrics, of) {}

  watched_server server;
  watched_server::witness sees{server};
};

/// Four links of one worker each.
struct links {
  links() {
    for (auto& each : all) each = std::make_unique<seen_link>(health, registry.add_worker(), named);
  }

  void play(event const& one) {
    switch (one.what) {
      case what::sees: return all[one.link]->sees.sees({one.trouble, one.words});
      case what::sees_none: return all[one.link]->sees.sees_none();
      case what::ends: return all[one.link].reset();
    }
  }

  server_name const named{"b", "s"};
  tandem::metrics::registry registry;
  health_log log;
  server_health health{log.writer()};
  std::vector<std::unique_ptr<seen_link>> all{4};
};

}  // namespace

TEST_CASE("the log has one line when a server's trouble begins and one when it is over") {
  for (sequence const& each : sequences) {
    INFO(each.name);
    links test;
    for (event const& one : each.events) test.play(one);
    CHECK(test.log.lines() == each.lines);
    CHECK(test.registry.total(server_trouble) == each.troubled_links);
    CHECK(test.registry.total(server_trouble, {{"backend", "b"}, {"server", "s"}}) == each.troubled_links);
  }
}

TEST_CASE("when the last who has a name lets it go, it is gone, once") {
  std::vector<std::string> gone;
  tandem::metrics::registry registry;
  auto& worker = registry.add_worker();
  server_health health([](tandem::base::log_level, std::string_view) {},
                       [&gone](server_name const& of) { gone.push_back(of.str()); });
  auto first = std::make_unique<watched_server>(health, worker, server_name{"b", "s"});
  auto second = std::make_unique<watched_server>(health, worker, server_name{"b", "s"});
  watched_server const other(health, worker, {"b", "t"});
  first.reset();
  CHECK(gone.empty());
  second.reset();
  CHECK(gone == std::vector<std::string>{"backend b server s"});
}

TEST_CASE("the metric counts the links that see each kind of trouble") {
  links test;
  auto const seen = [&test](trouble_kind kind) {
    return test.registry.total(server_trouble, {{"kind", std::string(name_of(kind))}});
  };
  test.play(refused(0));
  test.play(refused(1));
  CHECK(seen(trouble_kind::connect) == 2);
  test.play(sees(1, trouble_kind::loading, "LOADING"));
  CHECK(seen(trouble_kind::connect) == 1);
  CHECK(seen(trouble_kind::loading) == 1);
  CHECK(test.all[1]->sees.trouble_seen() == trouble_kind::loading);
  test.play(ends(1));
  test.play(well(0));
  CHECK(seen(trouble_kind::connect) == 0);
  CHECK(seen(trouble_kind::loading) == 0);
}

TEST_CASE("servers have lines of their own") {
  links test;
  seen_link other(test.health, test.registry.add_worker(), {"b", "t"});
  test.play(refused(0));
  other.sees.sees({trouble_kind::connect, "refused"});
  other.sees.sees_none();
  CHECK(test.log.lines() == std::vector<std::string>{line(down, "refused"),
                                                     "backend b server t is down: refused",
                                                     "backend b server t is well again"});
}

TEST_CASE("a server that fails for ever new reasons fills no log") {
  outage one;
  std::size_t lines = 0;
  for (int reason = 0; reason < 100; ++reason) lines += one.failed(std::to_string(reason)) ? 1 : 0;
  CHECK(lines == outage::reasons_max);
  CHECK(one.over());
  CHECK_FALSE(one.over());
  CHECK(one.failed("0"));
}

TEST_CASE("links of several threads make one line of one trouble") {
  links test;
  std::vector<std::thread> workers;
  for (std::size_t link = 0; link < test.all.size(); ++link) {
    workers.emplace_back([&test, link] {
      for (int times = 0; times < 200; ++times) test.play(refused(link));
    });
  }
  for (std::thread& each : workers) each.join();
  CHECK(test.log.lines() == std::vector<std::string>{line(down, "refused")});
  for (std::size_t link = 0; link < test.all.size(); ++link) test.play(well(link));
  CHECK(test.log.lines().size() == 2);
}

namespace {

using enum tandem::net::server_health::news::what;

struct heard_at {
  int ms;
  tandem::net::server_health::news::what what;
  unsigned share;
};

}  // namespace

TEST_CASE(
    "what is heard of a server by any worker decides for all which keys it is asked for, and the log says "
    "so") {
  health_log log;
  server_health health{log.writer()};
  tandem::base::identity const who(std::string("s"));
  tandem::metrics::registry registry;
  watched_server const one(health, registry.add_worker(), who, {"b", "s"});
  watched_server const other(health, registry.add_worker(), who, {"b", "s"});
  auto const known = health.known_as(who);
  tandem::base::time_point const start(std::chrono::hours(1));
  std::vector<heard_at> const all{
      {0, failed, 100},           {200, probe_failed, 0},       {1200, probe_succeeded, 5},
      {2200, nothing, 20},        {3200, nothing, 50},          {3300, failed, 0},
      {4000, probe_succeeded, 0}, {33'999, probe_succeeded, 0}, {34'000, probe_succeeded, 5}};
  for (heard_at const& each : all) {
    INFO(each.ms);
    health.heard(*known, {each.what, start + std::chrono::milliseconds(each.ms), 0});
    CHECK(one.share() == each.share);
    CHECK(other.share() == each.share);
    CHECK_FALSE(other.trusted());
    CHECK(other.suspected() == (each.share == 100));
    CHECK(other.admits("") == (each.share > 0));
  }
  CHECK(log.lines() ==
        std::vector<std::string>{
            "backend b server s is left alone for 0.5 s, and until a probe succeeds: it does not answer",
            "backend b server s returns: 5 % of its keys go there, and more step by step",
            "backend b server s is left alone: it has failed again soon after it returned, 1 times in a "
            "row; it returns when every probe has succeeded for 30 s",
            "backend b server s returns: 5 % of its keys go there, and more step by step"});
}

TEST_CASE("one of many asks a server how it is, and nobody again before it is time") {
  server_health health;
  auto const known = health.known_as(tandem::base::identity(std::string("s")));
  tandem::base::time_point const now(std::chrono::hours(1));
  CHECK(known->claim_probe(now, std::chrono::seconds(1)));
  CHECK_FALSE(known->claim_probe(now, std::chrono::seconds(1)));
  CHECK_FALSE(known->claim_probe(now + std::chrono::milliseconds(999), std::chrono::seconds(1)));
  CHECK(known->claim_probe(now + std::chrono::seconds(1), std::chrono::seconds(1)));
}

TEST_CASE("a server that returns is asked for about so many of its keys, and always for the same") {
  server_health health;
  auto const known =
      health.known_as(tandem::base::identity(std::string("s")), {.breaker = {.shares = {20, 100}}});
  tandem::base::time_point const now(std::chrono::hours(1));
  health.heard(*known, {failed, now, 0});
  health.heard(*known, {probe_failed, now, 0});
  health.heard(*known, {probe_succeeded, now + std::chrono::seconds(1), 0});
  std::size_t admitted = 0;
  for (int each = 0; each < 10'000; ++each) admitted += known->admits("key" + std::to_string(each));
  CHECK(admitted > 1700);
  CHECK(admitted < 2300);
}

TEST_CASE("why a server is not asked for a key is told in words, and how long that will last") {
  using enum server_health::news::what;
  using namespace std::chrono_literals;
  struct row {
    std::chrono::milliseconds at;
    server_health::news::what what;
    std::string_view told;   // of a key that it is asked for when it returns with a fifth of its keys
    std::string_view other;  // and of one that it is not asked for
  };
  health_log log;
  server_health health(log.writer());
  tandem::policy::breaker_options breaker;
  breaker.failures = 2;
  breaker.shares = {20, 100};
  auto const known = health.known_as(tandem::base::identity(1), {breaker});
  tandem::base::time_point const start{std::chrono::hours(1)};
  auto const key_with = [](bool wanted) {
    for (int number = 0;; ++number) {
      std::string key = std::to_string(number);
      if ((std::hash<std::string_view>()(key) % 100 < 20) == wanted) return key;
    }
  };
  std::string const mine = key_with(true), others = key_with(false);
  std::string_view const some = "not asked for this key: it returns with 20 % of its keys";
  std::string_view const proved =
      "left alone until every probe has succeeded for 30 s: it has failed again soon after it returned";
  for (row const& each : std::vector<row>{
           {0ms, failed, "", ""},
           {200ms, failed, "left alone for 0.5 s more, and until a probe succeeds", {}},
           {400ms, nothing, "left alone for 0.3 s more, and until a probe succeeds", {}},
           {900ms, nothing, "left alone until a probe succeeds", {}},
           {1000ms, probe_succeeded, "", some},
           {1500ms, nothing, "", some},
           {1600ms, failed, proved, {}},
       }) {
    INFO(each.at.count());
    health.heard(*known, {each.what, start + each.at, 0});
    bool const same = each.other.data() == nullptr;
    CHECK(health.why_not_asked(*known, mine, start + each.at) == each.told);
    CHECK(health.why_not_asked(*known, others, start + each.at) == (same ? each.told : each.other));
  }
}

TEST_CASE("the trouble that any link has last come to see is told, for as long as one sees some") {
  health_log log;
  tandem::metrics::registry registry;
  server_health health(log.writer());
  watched_server watched(health, registry.add_worker(), {"b", "s"});
  auto const words = [&] {
    auto const seen = watched.trouble_of_any();
    return seen ? seen->words : "";
  };
  CHECK(words().empty());
  auto one = std::make_unique<watched_server::witness>(watched);
  watched_server::witness other(watched);
  one->sees({trouble_kind::connect, "refused"});
  CHECK(words() == "refused");
  other.sees({trouble_kind::timeout, "silent"});
  CHECK(words() == "silent");
  other.sees_none();
  CHECK_FALSE(words().empty());
  one.reset();
  CHECK(words().empty());
}

TEST_CASE("what is withheld is shown once, by one worker, for all names that it has") {
  server_health health([](tandem::base::log_level, std::string_view) {});
  tandem::base::identity const who(std::string("s"));
  tandem::metrics::registry registry;
  std::optional<watched_server> one(std::in_place, health, registry.add_worker(), who, server_name{"b", "s"});
  watched_server other(health, registry.add_worker(), who, {"b", "s"});
  auto const known = health.known_as(who);
  auto const shown = [&](std::string const& backend) {
    return registry.total(tandem::metrics::server_withheld_percent, {{"backend", backend}});
  };
  tandem::base::time_point const start(std::chrono::hours(1));
  health.heard(*known, {probe_failed, start, 0});
  health.heard(*known, {probe_failed, start, 0});
  one->report();
  other.report();
  CHECK(shown("b") == 100);
  one->add({"c", "s"});
  CHECK(shown("c") == 100);
  one->drop({"c", "s"});
  CHECK(shown("c") == 0);
  one.reset();
  CHECK(shown("b") == 0);
  other.report();
  CHECK(shown("b") == 100);
  health.heard(*known, {probe_succeeded, start + std::chrono::seconds(2), 0});
  other.report();
  CHECK(shown("b") == 95);
}
