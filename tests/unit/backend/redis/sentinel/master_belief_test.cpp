#include "backend/redis/sentinel/master_belief.hpp"

#include "support/catch.hpp"
#include "unit/base/played_executor.hpp"

#include <optional>

namespace tandem::backend::redis {
namespace {

using interest = master_belief::interest;

net::endpoint at(std::uint16_t port) { return {"h", port, {}}; }

struct stand {
  test::played_executor loop;
  master_belief belief{sentinel_options{}};
  int changes = 0;
  int suspicions = 0;
  std::optional<master_belief::listener> changed;
  std::optional<master_belief::listener> suspected;

  stand() {
    changed.emplace(belief, interest::changes, loop, [this] { ++changes; });
    suspected.emplace(belief, interest::suspicions, loop, [this] { ++suspicions; });
  }
};

}  // namespace

TEST_CASE("who is believed in is known at once, and told on the listener's own thread") {
  stand test;
  CHECK_FALSE(test.belief.master());
  CHECK(test.belief.version() == 0);
  CHECK(test.belief.trouble() == "no Sentinel has been asked yet");
  test.belief.believe(at(1));
  CHECK(test.belief.version() == 1);
  CHECK(test.belief.master() == at(1));
  CHECK(test.changes == 0);
  test.loop.run();
  CHECK(test.changes == 1);
  CHECK(test.suspicions == 0);
}

TEST_CASE("many suspicions before anybody has time for them are one") {
  stand test;
  for (int each = 0; each < 100; ++each) test.belief.suspect();
  CHECK(test.loop.posted() == 1);
  test.loop.run();
  CHECK(test.suspicions == 1);
  test.belief.suspect();
  test.loop.run();
  CHECK(test.suspicions == 2);
  CHECK(test.changes == 0);
}

TEST_CASE("who has gone is told nothing any more, not even what was posted before") {
  stand test;
  test.belief.believe(at(1));
  test.changed.reset();
  test.loop.run();
  CHECK(test.changes == 0);
  test.belief.believe(at(2));
  CHECK(test.loop.posted() == 0);
}

}  // namespace tandem::backend::redis
