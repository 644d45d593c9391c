// What several Sentinels say, and what is believed of it: dialogues in which time is given.
#include "backend/redis/sentinel/council.hpp"

#include "support/catch.hpp"

#include <optional>
#include <string>
#include <vector>

using namespace std::chrono_literals;

namespace tandem::backend::redis {
namespace {

using asked = std::vector<std::size_t>;

sentinel_view view(std::string const& host, std::uint64_t epoch) { return {{host, 1, {}}, epoch}; }

struct stand {
  explicit stand(std::size_t sentinels = 3) : all(names(sentinels)) {}

  static std::vector<std::string> names(std::size_t count) {
    std::vector<std::string> made;
    for (std::size_t each = 0; each < count; ++each) made.push_back("s" + std::to_string(each));
    return made;
  }

  /// In words: who was the master before and is now; empty where nothing has changed.
  static std::string words(std::optional<council::change> const& made) {
    if (!made) return "";
    return (made->was ? made->was->host : "nobody") + " -> " + made->now.host;
  }

  asked ask() { return all.ask(now); }
  std::string says(std::size_t which, std::string const& host, std::uint64_t epoch) {
    return words(all.answered(which, view(host, epoch), now));
  }
  std::string fails(std::size_t which) { return words(all.failed(which, "refused", now)); }
  std::string believed() const { return all.believed() ? all.believed()->master.host : ""; }
  std::optional<base::duration> pause() const {
    auto const due = all.due();
    return due ? std::optional(*due - now) : std::nullopt;
  }
  /// All agree, as in calm times.
  void agree(std::string const& host, std::uint64_t epoch) {
    ask();
    for (std::size_t each = 0; each < 3; ++each) says(each, host, epoch);
  }

  council all;
  base::time_point now{1h};
};

}  // namespace

TEST_CASE("the first master is the newest that a majority of the Sentinels knows") {
  stand test;
  CHECK(test.ask() == asked{0, 1, 2});
  CHECK(test.says(0, "old", 4).empty());
  CHECK(test.says(1, "new", 5) == "nobody -> new");
  CHECK(test.says(2, "old", 4).empty());
  CHECK(test.believed() == "new");
}

TEST_CASE("without a majority the first master is what is known when all have answered or failed") {
  stand test;
  test.ask();
  CHECK(test.fails(0).empty());
  CHECK(test.says(1, "a", 5).empty());
  CHECK(test.fails(2) == "nobody -> a");
  stand none;
  none.ask();
  for (std::size_t each = 0; each < 3; ++each) CHECK(none.fails(each).empty());
  CHECK(none.believed().empty());
  CHECK(none.all.deaf());
  CHECK(none.all.complaints() == "s0: refused; s1: refused; s2: refused");
}

TEST_CASE("a single Sentinel is a majority of one") {
  stand test(1);
  test.ask();
  CHECK(test.says(0, "a", 0) == "nobody -> a");
}

TEST_CASE("of one epoch, what most say is the newest") {
  stand test(5);
  test.ask();
  test.says(0, "a", 7);
  test.says(1, "b", 7);
  CHECK(test.says(2, "b", 7) == "nobody -> b");
}

TEST_CASE("a newer epoch is believed at once, whoever tells it and whatever the others say") {
  stand test;
  test.agree("a", 4);
  test.now += 1s;
  CHECK(test.ask() == asked{0, 1, 2});
  CHECK(test.says(2, "b", 5) == "a -> b");
  CHECK(test.says(0, "a", 4).empty());
  CHECK(test.says(1, "a", 4).empty());
  CHECK(test.believed() == "b");
}

TEST_CASE("a newer epoch of the same master is no switch, and what was before is outdated from then on") {
  stand test;
  test.agree("a", 4);
  CHECK(test.says(0, "a", 9).empty());
  CHECK(test.says(1, "b", 8).empty());
  CHECK(test.believed() == "a");
  CHECK(test.says(1, "b", 10) == "a -> b");
}

TEST_CASE("a demoted master that some still name is not believed in, however often they say so") {
  stand test;
  test.agree("a", 4);
  test.says(0, "b", 5);
  for (int round = 0; round < 100; ++round) {
    test.now += 1s;
    test.ask();
    CHECK(test.says(0, "b", 5).empty());
    CHECK(test.says(1, "a", 4).empty());
    CHECK(test.says(2, "a", 4).empty());
  }
  CHECK(test.believed() == "b");
}

TEST_CASE("an older epoch is believed if a majority says the same for long and nobody confirms the newer") {
  stand test;
  test.agree("a", 4);
  test.says(0, "b", 5);
  test.now += 1s;
  test.ask();
  CHECK(test.fails(0).empty());
  CHECK(test.says(1, "a", 4).empty());
  CHECK(test.says(2, "a", 4).empty());
  test.now += council::dissent_max - 1ms;
  CHECK(test.says(1, "a", 4).empty());
  test.now += 1ms;
  CHECK(test.says(2, "a", 4) == "b -> a");
}

TEST_CASE("one who confirms what is believed, or a majority lost, has the time begin anew") {
  stand test;
  test.agree("b", 5);
  auto const dissent = [&] {
    test.fails(0);
    test.says(1, "a", 4);
    test.says(2, "a", 4);
  };
  dissent();
  test.now += 9s;
  test.says(0, "b", 5);
  dissent();
  test.now += 9s;
  test.fails(2);
  test.says(2, "a", 4);
  test.now += 9s;
  CHECK(test.says(1, "a", 4).empty());
  CHECK(test.believed() == "b");
}

TEST_CASE("who was believed stays the master while no Sentinel answers") {
  stand test;
  test.agree("a", 4);
  CHECK_FALSE(test.all.deaf());
  test.now += 1s;
  test.ask();
  for (std::size_t each = 0; each < 3; ++each) CHECK(test.fails(each).empty());
  CHECK(test.all.deaf());
  CHECK(test.believed() == "a");
}

TEST_CASE("each Sentinel is asked once a second, and one that does not answer delays nobody else") {
  stand test;
  CHECK(test.ask() == asked{0, 1, 2});
  CHECK_FALSE(test.pause());
  test.says(0, "a", 1);
  test.says(1, "a", 1);
  CHECK(test.pause() == council::calm);
  test.now += council::calm - 1ms;
  CHECK(test.ask().empty());
  test.now += 1ms;
  CHECK(test.ask() == asked{0, 1});
  test.fails(2);
  CHECK(test.pause() == council::calm);
}

TEST_CASE("in doubt all are asked soon, also those that are being asked") {
  stand test;
  test.agree("a", 1);
  test.all.doubt();
  CHECK(test.pause() == council::quick);
  test.now += council::quick;
  CHECK(test.ask() == asked{0, 1, 2});
  test.all.doubt();
  test.says(0, "a", 1);
  CHECK(test.pause() == council::quick);
  test.now += council::quick;
  CHECK(test.ask() == asked{0});
  test.says(1, "a", 1);
  CHECK(test.pause() == council::quick);
  test.says(0, "a", 1);
  CHECK(test.pause() == council::quick);
  test.now += council::quick;
  CHECK(test.ask() == asked{1});
}

}  // namespace tandem::backend::redis
