#include "model/lanes.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

using namespace tandem::model;

namespace {

struct walker : lane_member<walker> {
  using lane_member::lane_member;
};

/// Everybody in a lane, from the oldest on; each is seen from both sides.
std::vector<walker const*> all_in(lanes<walker> const& of, lane const& where) {
  std::vector<walker const*> found;
  walker const* before = nullptr;
  for (walker const* each = of.oldest(where); each; each = each->newer()) {
    CHECK(each->older() == before);
    found.push_back(each);
    before = each;
  }
  return found;
}

using walkers = std::vector<walker const*>;

}  // namespace

TEST_CASE("whoever joins a lane stands behind those who are there") {
  lanes<walker> all;
  walker first({1, "k"}), second({1, "k"}), third({1, "k"});
  CHECK(all.oldest({1, "k"}) == nullptr);
  for (walker* each : {&first, &second, &third}) all.join(*each);
  CHECK(all_in(all, {1, "k"}) == walkers{&first, &second, &third});
}

TEST_CASE("lanes are told apart by client and by key") {
  lanes<walker> all;
  walker mine({1, "k"}), yours({2, "k"}), another({1, "l"});
  for (walker* each : {&mine, &yours, &another}) all.join(*each);
  CHECK(all_in(all, {1, "k"}) == walkers{&mine});
  CHECK(all_in(all, {2, "k"}) == walkers{&yours});
  CHECK(all_in(all, {1, "l"}) == walkers{&another});
}

TEST_CASE("who leaves is missed by nobody") {
  lanes<walker> all;
  walker first({1, "k"}), second({1, "k"}), third({1, "k"}), late({1, "k"});
  for (walker* each : {&first, &second, &third}) all.join(*each);
  walkers left;
  SECTION("the oldest") {
    all.leave(first);
    left = {&second, &third};
  }
  SECTION("one between others") {
    all.leave(second);
    left = {&first, &third};
  }
  SECTION("the newest") {
    all.leave(third);
    left = {&first, &second};
  }
  SECTION("all") {
    for (walker* each : {&second, &first, &third}) all.leave(*each);
  }
  CHECK(all_in(all, {1, "k"}) == left);
  all.join(late);
  left.push_back(&late);
  CHECK(all_in(all, {1, "k"}) == left);
}

TEST_CASE("one that has left may join again, behind the others") {
  lanes<walker> all;
  walker first({1, "k"}), second({1, "k"});
  all.join(first);
  all.join(second);
  all.leave(first);
  all.join(first);
  CHECK(all_in(all, {1, "k"}) == walkers{&second, &first});
}

TEST_CASE("lanes that share a bucket of the table do not mix") {
  std::minstd_rand random(1);
  lanes<walker> all;
  std::map<std::uint32_t, std::deque<std::unique_ptr<walker>>> known;
  constexpr std::uint32_t clients = 20'000;  // several for each bucket
  for (int step = 0; step < 100'000; ++step) {
    std::uint32_t const client = static_cast<std::uint32_t>(random()) % clients;
    auto& here = known[client];
    if (here.size() < 2 || random() % 2 == 0) {
      all.join(*here.emplace_back(std::make_unique<walker>(lane(client, "k"))));
    } else {
      auto const which = here.begin() + static_cast<std::ptrdiff_t>(random() % here.size());
      all.leave(**which);
      here.erase(which);
    }
  }
  bool same = true;
  for (auto const& [client, here] : known) {
    walker const* each = all.oldest({client, "k"});
    for (auto const& one : here) {
      same = same && each == one.get();
      if (each) each = each->newer();
    }
    same = same && !each;
  }
  CHECK(same);
}
