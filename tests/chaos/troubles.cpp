#include "chaos/troubles.hpp"

namespace tandem::chaos {

std::vector<trouble> troubles() {
  std::set<place> const pool{place::victim, place::covered_victim};
  std::set<place> const redis{place::redis};
  return {
      {"memcached killed, and started empty", pool, [](house& at) { at.victim().kill(); },
       [](house& at) { at.victim().start(); }},
      {"memcached stopped", pool, [](house& at) { at.victim().suspend(); },
       [](house& at) { at.victim().resume(); }},
      {"memcached out of reach: nothing passes", pool, [](house& at) { at.victim_relay().hold(); },
       [](house& at) { at.victim_relay().release(); }},
      {"memcached refuses connections", pool, [](house& at) { at.victim_relay().refuse(); },
       [](house& at) { at.victim_relay().listen(); }},
      {"connections to memcached reset", pool, [](house& at) { at.victim_relay().cut(); }, [](house&) {}},
      {"memcached slow: up to 50 ms", pool,
       [](house& at) { at.victim_relay().delay(std::chrono::milliseconds(50)); },
       [](house& at) { at.victim_relay().delay(std::chrono::milliseconds(0)); }},
      {"Redis stopped", redis, [](house& at) { at.redis().suspend(); },
       [](house& at) { at.redis().resume(); }},
      {"Redis killed, and started empty", redis, [](house& at) { at.redis().kill(); },
       [](house& at) { at.redis().start(); }},
      {"Redis out of memory", redis,
       [](house& at) {
         at.redis().command({"CONFIG", "SET", "maxmemory", "1"});
       },
       [](house& at) {
         at.redis().command({"CONFIG", "SET", "maxmemory", "0"});
       }},
      {"all of the pool stopped",
       {place::healthy, place::victim, place::covered_victim},
       [](house& at) {
         for (auto& each : at.pool()) each->suspend();
       },
       [](house& at) {
         for (auto& each : at.pool()) each->resume();
       }},
  };
}

}  // namespace tandem::chaos
