#include "admin/visitors.hpp"

#include "support/catch.hpp"

#include <optional>
#include <string>
#include <vector>

namespace tandem::admin {

TEST_CASE("who gives way to a newcomer: the oldest of its address or of the largest crowd") {
  struct visit {
    std::string what;
    std::vector<std::string> present;  // addresses, the oldest first; numbered from 1
    std::string newcomer;
    std::optional<visitors::number> expected;
  };
  auto const row = GENERATE(values<visit>({
      {"an empty house", {}, "a", std::nullopt},
      {"room", {"a", "b", "c"}, "d", std::nullopt},
      {"the newcomer's address has its share", {"b", "a", "a"}, "a", 2},
      {"the house is full of one address", {"b", "a", "a", "c"}, "d", 2},
      {"the house is full of different ones: the oldest", {"b", "a", "c", "d"}, "e", 1},
      {"full, and the newcomer has its share", {"b", "a", "a", "c"}, "a", 2},
      {"over a Unix socket there are no shares", {"", "", ""}, "", std::nullopt},
      {"a full Unix socket", {"", "", "", ""}, "", 1},
  }));
  CAPTURE(row.what);
  visitors present(4, 2);
  for (std::string const& address : row.present) present.arrive(address);
  CHECK(present.in_the_way_of(row.newcomer) == row.expected);
}

TEST_CASE("whoever has left is in nobody's way") {
  visitors present(4, 2);
  auto const first = present.arrive("a");
  auto const second = present.arrive("a");
  present.leave(first);
  CHECK(present.count() == 1);
  CHECK_FALSE(present.in_the_way_of("a"));
  present.arrive("a");
  CHECK(present.in_the_way_of("a") == second);
}

}  // namespace tandem::admin
