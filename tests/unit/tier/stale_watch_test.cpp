#include "tier/stale_watch.hpp"

#include "support/catch.hpp"

#include <string>
#include <vector>

namespace tandem::tier {
namespace {

using namespace std::chrono_literals;

struct watched {
  std::vector<std::string> said;
  base::time_point now{1h};
  stale_watch watch{"t", [this](base::log_level, std::string_view line) { said.emplace_back(line); }};
};

}  // namespace

TEST_CASE_METHOD(watched,
                 "the log says once that old items are answered, and why, and once that they are no more") {
  watch.answered(now);
  CHECK(said.empty());
  for (int each = 0; each < 3; ++each) watch.in_trouble(now, "fails: ", "down");
  watch.in_trouble(now, "is slow");
  CHECK(said == std::vector<std::string>{"backend t: what is old in L1 is answered, since L2 fails: down"});
  now += 5s;
  watch.answered(now);
  watch.answered(now);
  REQUIRE(said.size() == 2);
  CHECK(said[1] == "backend t: L2 answers again, and nothing that is old in L1 is answered");
  watch.in_trouble(now, "is slow");
  REQUIRE(said.size() == 3);
  CHECK(said[2] == "backend t: what is old in L1 is answered, since L2 is slow");
}

TEST_CASE_METHOD(watched, "an L2 that fails now and then does not fill the log") {
  for (int each = 0; each < 20; ++each) {
    watch.in_trouble(now, "is slow");
    now += 4s;
    watch.answered(now);
  }
  CHECK(said.size() == 1);
}

TEST_CASE_METHOD(watched, "what one has seen of L2 is true for others for a second") {
  CHECK_FALSE(watch.lately(now));
  watch.in_trouble(now, "is slow");
  CHECK(watch.lately(now));
  CHECK(watch.lately(now + 999ms));
  CHECK_FALSE(watch.lately(now + 1s));
}

}  // namespace tandem::tier
