#include "model/removal_replays.hpp"

#include "base/event.hpp"
#include "support/catch.hpp"
#include "unit/base/played_executor.hpp"

#include <set>
#include <string>
#include <vector>

namespace tandem::model {
namespace {

using namespace std::chrono_literals;

struct replayed : private removal_replays::performer {
  void miss(std::size_t count) {
    for (std::size_t at = 0; at < count; ++at) missed.remember("k" + std::to_string(1000 + at));
  }

  test::played_executor loop;
  missed_removals missed;
  std::vector<std::string> tried;
  std::set<std::string> down;  // keys whose removal is not confirmed
  bool all_down = false;
  std::string held = "none";  // the key whose replay takes its time
  base::event<> release;
  int passes = 0;
  removal_replays replays{missed, loop, *this};

 private:
  base::task<bool> replay(missed_removals::due what) override {
    tried.push_back(what.key);
    if (what.key == held) co_await release;
    co_return !all_down && !down.contains(what.key);
  }
  void begin_pass() override { ++passes; }
};

}  // namespace

TEST_CASE("what was missed is replayed until it is confirmed, and no longer") {
  replayed test;
  test.replays.resume();
  CHECK(test.loop.pauses().empty());
  test.miss(100);
  test.down = {"k1003"};
  test.replays.resume();
  test.replays.begin();
  test.loop.pass(10ms);
  CHECK(test.tried.size() == 100);
  CHECK(test.missed.size() == 1);
  test.down.clear();
  test.loop.pass(10ms);
  CHECK(test.tried.size() == 101);
  CHECK_FALSE(test.missed.any());
  CHECK(test.loop.pauses().empty());
}

TEST_CASE("pauses grow while nothing is confirmed, up to a second") {
  replayed test;
  test.all_down = true;
  test.miss(1);
  test.replays.begin();
  std::vector<base::duration> pauses;
  for (int pass = 0; pass < 10; ++pass) {
    pauses.push_back(test.loop.pauses().at(0));
    REQUIRE(test.loop.pass_pause());
  }
  CHECK(pauses == std::vector<base::duration>{10ms, 20ms, 40ms, 80ms, 160ms, 320ms, 640ms, 1s, 1s, 1s});
  test.replays.stop();
  test.replays.begin();
  CHECK(test.loop.pauses().empty());
}

TEST_CASE("what is refused at once is not gone through in one go") {
  replayed test;
  test.all_down = true;
  test.miss(200);
  test.replays.begin();
  test.loop.pass(10ms);
  CHECK(test.tried.size() == 64);
  test.loop.pass(30ms);
  CHECK(test.tried.size() == 200);
  CHECK(test.passes == 1);
}

TEST_CASE("what is done is forgotten at once, and does not wait for what takes its time") {
  replayed test;
  test.miss(2);
  test.missed.remember_everything_doubtful();
  test.held = "";
  test.replays.begin();
  test.loop.pass(10ms);
  CHECK(test.tried == std::vector<std::string>{"", "k1000", "k1001"});
  CHECK(test.missed.size() == 0);
  CHECK(test.missed.any());
  test.release.set();
  CHECK_FALSE(test.missed.any());
}

TEST_CASE("what another is at is left to it") {
  replayed test;
  test.miss(2);
  auto const claim = test.missed.claimed(*test.missed.blocking("k1000"));
  test.replays.begin();
  test.loop.pass(1s);
  CHECK(test.tried == std::vector<std::string>{"k1001"});
}

}  // namespace tandem::model
