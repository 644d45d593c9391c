#include "chaos/troubles.hpp"

#include "chaos/descriptor_shortage.hpp"
#include "chaos/lost_masters.hpp"
#include "support/wait_until.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>

namespace tandem::chaos {
namespace {

using consistency::answering;
using std::chrono::milliseconds;

std::set<place> const of_pool{place::victim, place::covered_victim};
std::set<place> const of_redis{place::redis, place::tiered};
std::set<place> const of_distant{place::distant};

void kill_victim(house& at) {
  at.victim().kill();
  at.note_emptied(place::victim);
}

void nothing(house& /*at*/) {}

void flap(house& at, clock::time_point until) {
  constexpr milliseconds each_way(150);
  while (clock::now() < until) {
    kill_victim(at);
    std::this_thread::sleep_for(each_way);
    at.victim().start();
    std::this_thread::sleep_for(each_way);
  }
}

std::function<void(house&)> answers(answering how) {
  return [how](house& at) { at.victim_relay().answers(how); };
}

std::function<void(house&)> delay(milliseconds longest) {
  return [longest](house& at) { at.victim_relay().delay(longest); };
}

void listen(house& at) { at.victim_relay().listen(); }

std::vector<trouble> of_a_memcached() {
  return {
      {"memcached killed, and started empty", of_pool, kill_victim, [](house& at) { at.victim().start(); }},
      {"memcached restarted at once, empty", of_pool,
       [](house& at) {
         kill_victim(at);
         at.victim().start();
       },
       nothing},
      {"memcached flapping", of_pool, nothing, nothing, {}, flap, false},
      {"memcached stopped", of_pool, [](house& at) { at.victim().suspend(); },
       [](house& at) { at.victim().resume(); }},
      {"memcached stalled: nothing passes", of_pool, [](house& at) { at.victim_relay().hold(); },
       [](house& at) { at.victim_relay().release(); }},
      {"memcached refuses connections", of_pool, [](house& at) { at.victim_relay().refuse(); }, listen},
      {"memcached's queue of connections is full", of_pool, [](house& at) { at.victim_relay().fill_queue(); },
       listen},
      {"connections to memcached reset", of_pool, [](house& at) { at.victim_relay().cut(); }, nothing},
      {"memcached slow: up to 50 ms", of_pool, delay(milliseconds(50)), delay(milliseconds(0))},
      {"memcached answers a byte a second", of_pool, answers(answering::byte_a_second),
       answers(answering::as_they_are)},
      {"memcached answers garbage", of_pool, answers(answering::garbage), answers(answering::as_they_are)},
  };
}

/// Until Tandem knows them all.
void replace_pods(house& at, clock::time_point /*until*/) {
  for (int each = 0; each < headless_pods::count; ++each) {
    double const before = at.tandem().metric("tandem_discovery_changes_total");
    at.headless().replace_one();
    bool const known =
        test::wait_until([&] { return at.tandem().metric("tandem_discovery_changes_total") > before; },
                         std::chrono::seconds(30));
    if (!known) throw std::runtime_error("Tandem does not see that a pod has another address");
  }
}

std::vector<trouble> of_a_name() {
  return {
      {"pods replaced one by one, and a name with them",
       {place::headless},
       nothing,
       nothing,
       {annex::headless},
       replace_pods,
       false},
  };
}

std::vector<trouble> of_a_host() {
  return {
      {"packets lost",
       of_distant,
       [](house& at) { at.distant().line().cut(); },
       [](house& at) { at.distant().line().mend(); },
       {annex::distant}},
      {"packets lost, and started again meanwhile",
       of_distant,
       [](house& at) {
         at.distant().line().cut();
         at.distant().kill();
         at.note_emptied(place::distant);
         at.distant().start();
       },
       [](house& at) { at.distant().line().mend(); },
       {annex::distant}},
  };
}

void limit_redis(house& at, std::string const& bytes) {
  at.redis().command({"CONFIG", "SET", "maxmemory", bytes});
}

std::vector<trouble> of_a_redis() {
  return {
      {"Redis stopped", of_redis, [](house& at) { at.redis().suspend(); },
       [](house& at) { at.redis().resume(); }},
      {"Redis killed, and started empty", of_redis,
       [](house& at) {
         at.redis().kill();
         at.note_emptied(place::redis);
         at.note_emptied(place::tiered);
       },
       [](house& at) { at.redis().start(); }},
      {"Redis out of memory (OOM)", of_redis, [](house& at) { limit_redis(at, "1"); },
       [](house& at) { limit_redis(at, "0"); }},
      {"Redis cannot save (MISCONF)", of_redis, [](house& at) { at.break_saving(); },
       [](house& at) {
         at.redis().command({"CONFIG", "SET", "stop-writes-on-bgsave-error", "no"});
       }},
      {"Redis Cluster loses a master",
       {place::cluster},
       nothing,
       start_cluster_master,
       {annex::cluster},
       lose_cluster_master,
       false},
      {"Sentinels lose their master",
       {place::sentinels},
       nothing,
       start_sentinels_master,
       {annex::sentinels},
       lose_sentinels_master,
       false},
  };
}

template <class Work>
void all_servers(house& at, Work const& work) {
  for (auto& each : at.pool()) work(*each);
  work(at.redis());
  for (std::size_t each = 0; each < test::redis_cluster::nodes; ++each) work(at.cluster().node(each));
  for (std::size_t each = 0; each < test::redis_sentinels::nodes; ++each) work(at.sentinels().node(each));
}

// What is closed is taken by those who wait to be let in, who are looked at ten times a second.
void lose_descriptors(house& at, clock::time_point until) {
  at.victim_relay().refuse();
  std::this_thread::sleep_for(milliseconds(250));
  at.victim_relay().listen();
  std::this_thread::sleep_until(until);
}

std::vector<trouble> of_all() {
  auto const shortage = std::make_shared<std::optional<descriptor_shortage>>();
  return {
      {"all of the pool stopped",
       {place::healthy, place::victim, place::covered_victim},
       [](house& at) {
         for (auto& each : at.pool()) each->suspend();
       },
       [](house& at) {
         for (auto& each : at.pool()) each->resume();
       }},
      {"all servers stopped at once",
       {place::healthy, place::victim, place::covered_victim, place::redis, place::tiered, place::cluster,
        place::sentinels},
       [](house& at) { all_servers(at, [](auto& each) { each.suspend(); }); },
       [](house& at) { all_servers(at, [](auto& each) { each.resume(); }); },
       {annex::cluster, annex::sentinels}},
      {"Tandem's descriptors used up",
       of_pool,
       [shortage](house& at) { shortage->emplace(at.tandem()); },
       [shortage](house& /*at*/) { shortage->reset(); },
       {},
       lose_descriptors,
       false,
       true},  // to look at an object's memory UndefinedBehaviorSanitizer makes a pipe, and without one takes it for invalid
  };
}

}  // namespace

std::vector<trouble> troubles() {
  std::vector<trouble> all;
  for (auto const& some : {of_a_memcached(), of_a_name(), of_a_host(), of_a_redis(), of_all()})
    all.insert(all.end(), some.begin(), some.end());
  return all;
}

}  // namespace tandem::chaos
