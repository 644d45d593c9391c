// The breaker as a diary: at which moment what happened, and what share of the keys went there then.
#include "policy/breaker.hpp"

#include "support/catch.hpp"

#include <string>
#include <vector>

namespace tandem::policy {
namespace {

enum class what { failed, unreachable, probe_failed, probe_succeeded, answered, nothing };
using enum what;

struct entry {
  int ms;
  what happened;
  unsigned share;
};

struct diary {
  std::string_view name;
  std::vector<entry> entries;
};

constexpr std::uint32_t whole_pause = 4294967295;

void tell(breaker& to, what happened, base::time_point now) {
  switch (happened) {
    case failed: return to.failed(now, whole_pause);
    case unreachable: return to.unreachable(now, whole_pause);
    case probe_failed: return to.probe_failed(now, whole_pause);
    case probe_succeeded: return to.probe_succeeded(now);
    case answered: return to.answered();
    case nothing: return to.advance(now);
  }
}

base::time_point at(int ms) {
  return base::time_point(std::chrono::hours(1)) + std::chrono::milliseconds(ms);
}

breaker_options three_failures() {
  breaker_options made;
  made.failures = 3;
  return made;
}

/// Of the entries' failures as many as that, in a row.
void fail(breaker& one, int ms, int times = 3) {
  for (int each = 0; each < times; ++each) one.failed(at(ms + 100 * each), whole_pause);
}

/// Until it has all its keys; the moment then.
int come_back(breaker& one, int ms) {
  for (one.probe_succeeded(at(ms)); one.share() < 100; ms += 100) one.advance(at(ms));
  return ms;
}

}  // namespace

TEST_CASE("a breaker lets through what its diary says") {
  std::vector<diary> const diaries{
      {"failures in a row open it", {{0, failed, 100}, {100, failed, 100}, {200, failed, 0}}},
      {"what several see at a time is one failure",
       {{0, failed, 100}, {1, failed, 100}, {99, failed, 100}, {100, failed, 100}, {200, failed, 0}}},
      {"an answer in between",
       {{0, failed, 100}, {100, failed, 100}, {200, answered, 100}, {300, failed, 100}}},
      {"a probe that fails after a failure opens it", {{0, failed, 100}, {200, probe_failed, 0}}},
      {"a probe alone is a failure", {{0, probe_failed, 100}, {100, failed, 100}, {200, failed, 0}}},
      {"two probes that fail open it", {{0, probe_failed, 100}, {1, probe_failed, 0}}},
      {"a probe that succeeds in between",
       {{0, failed, 100}, {1, probe_succeeded, 100}, {2, probe_failed, 100}}},
      {"it returns in steps",
       {{0, failed, 100},
        {0, probe_failed, 0},
        {900, probe_succeeded, 0},
        {1000, nothing, 5},
        {1999, nothing, 5},
        {2000, nothing, 20},
        {3000, nothing, 50},
        {3999, nothing, 50},
        {4000, nothing, 100}}},
      {"not by time alone",
       {{0, failed, 100}, {0, probe_failed, 0}, {100'000, nothing, 0}, {100'001, probe_succeeded, 5}}},
      {"nor after a probe that failed since",
       {{0, failed, 100},
        {0, probe_failed, 0},
        {500, probe_succeeded, 0},
        {600, probe_failed, 0},
        {5000, nothing, 0}}},
      {"nor after another failure since",
       {{0, failed, 100},
        {0, probe_failed, 0},
        {500, probe_succeeded, 0},
        {600, failed, 0},
        {5000, nothing, 0}}},
      {"one failure on its way back opens it",
       {{0, failed, 100}, {0, probe_failed, 0}, {1000, probe_succeeded, 5}, {1500, failed, 0}}},
      {"one connection that cannot be made, while probes succeed, does not keep it away",
       {{0, failed, 100},
        {0, probe_failed, 0},
        {900, probe_succeeded, 0},
        {950, unreachable, 0},
        {1000, nothing, 5},
        {1100, unreachable, 5},
        {1200, unreachable, 5},
        {1300, probe_succeeded, 5},
        {1400, unreachable, 5},
        {2000, nothing, 20}}},
      {"connections that cannot be made, without a probe that succeeds, do",
       {{0, failed, 100},
        {0, probe_failed, 0},
        {500, probe_succeeded, 0},
        {4000, unreachable, 0},
        {4100, probe_succeeded, 5},
        {4200, unreachable, 5},
        {4300, unreachable, 5},
        {4400, unreachable, 0}}},
      {"an old proof is none",
       {{0, failed, 100}, {0, probe_failed, 0}, {500, probe_succeeded, 0}, {4000, nothing, 0}}},
      {"answers do not bring it back",
       {{0, failed, 100}, {0, probe_failed, 0}, {5000, answered, 0}, {5000, nothing, 0}}},
  };
  for (diary const& each : diaries) {
    breaker one(three_failures());
    for (entry const& noted : each.entries) {
      INFO(each.name << " at " << noted.ms);
      tell(one, noted.happened, at(noted.ms));
      CHECK(one.share() == noted.share);
    }
  }
}

TEST_CASE("what fails again within the flap window of its return has to prove itself, longer each time") {
  breaker one(three_failures());
  fail(one, 0);
  CHECK(one.proof() == base::duration::zero());
  int ms = come_back(one, 1000);
  std::vector<int> const proofs_ms{30'000, 36'000, 43'200, 51'840};
  for (int const proof_ms : proofs_ms) {
    fail(one, ms + 1000);
    CHECK(one.proof() == std::chrono::milliseconds(proof_ms));
    ms += 2000;
    for (int each = 0; each < proof_ms; each += 1000) one.probe_succeeded(at(ms + each));
    one.probe_succeeded(at(ms + proof_ms - 1));
    CHECK(one.share() == 0);
    ms += proof_ms;
    one.probe_succeeded(at(ms));
    CHECK(one.share() == 5);
    ms = come_back(one, ms);
  }
  CHECK(one.flaps() == 4);
  fail(one, ms + 31'000);
  CHECK(one.flaps() == 0);
}

TEST_CASE("a probe that fails begins the proof anew") {
  breaker one(three_failures());
  fail(one, 0);
  int const back = come_back(one, 1000);
  fail(one, back);
  one.probe_succeeded(at(back + 1000));
  one.probe_failed(at(back + 20'000), whole_pause);
  one.probe_succeeded(at(back + 21'000));
  one.probe_succeeded(at(back + 50'000));
  CHECK(one.share() == 0);
  one.probe_succeeded(at(back + 51'000));
  CHECK(one.share() == 5);
}

TEST_CASE("the proof does not grow beyond its maximum") {
  breaker one(three_failures());
  int ms = 0;
  for (int each = 0; each < 40; ++each) {
    fail(one, ms);
    int const proof_ms = static_cast<int>(one.proof() / std::chrono::milliseconds(1)) + 1;
    one.probe_succeeded(at(ms += 30'000));
    if (one.share() == 0) one.probe_succeeded(at(ms += proof_ms));
    REQUIRE(one.share() == 5);
  }
  fail(one, ms);
  CHECK(one.proof() == std::chrono::hours(1));
}

TEST_CASE("a server that is up for 3 s and down for 3 s is asked by nobody after its first return") {
  breaker one({});
  int returns = 0;
  bool away = false;
  for (int ms = 0; ms < 300'000; ms += 100) {
    bool const up = (ms / 3000) % 2 == 1;
    up ? one.probe_succeeded(at(ms)) : one.failed(at(ms), whole_pause);
    one.advance(at(ms));
    returns += away && one.share() > 0;
    away = one.share() == 0;
  }
  CHECK(returns == 1);
}

}  // namespace tandem::policy
