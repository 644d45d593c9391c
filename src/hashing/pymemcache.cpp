#include "hashing/pymemcache.hpp"

#include "hashing/murmur3.hpp"
#include "hashing/utf8.hpp"

#include <algorithm>
#include <vector>

namespace tandem::hashing {

namespace {

void append(murmur3& hash, std::string_view text) {
  while (!text.empty()) hash.append(static_cast<std::uint8_t>(take_code_point(text)));
}

struct named_contender {
  std::string name;
  std::size_t server;
  murmur3 begun;  // of "NAME-"
};

class pymemcache_placement final : public placement {
 public:
  /// In descending order of their names: of equal draws the first wins.
  explicit pymemcache_placement(std::vector<named_contender> contenders)
      : contenders_(std::move(contenders)) {}

  std::size_t server_of(std::string_view hashed) const override {
    std::size_t winner = contenders_.front().server;
    std::uint32_t best = 0;
    for (named_contender const& each : contenders_) {
      murmur3 hash = each.begun;
      append(hash, hashed);
      std::uint32_t const draw = hash.value();
      if (draw <= best) continue;
      best = draw;
      winner = each.server;
    }
    return winner;
  }

 private:
  std::vector<named_contender> contenders_;
};

}  // namespace

std::unique_ptr<placement> make_pymemcache_placement(std::span<ring_server const> servers) {
  std::vector<named_contender> contenders;
  for (std::size_t index = 0; index < servers.size(); ++index) {
    named_contender made{servers[index].known_as(), index, {}};
    append(made.begun, made.name + "-");
    contenders.push_back(std::move(made));
  }
  std::ranges::sort(contenders, std::ranges::greater(), &named_contender::name);
  return std::make_unique<pymemcache_placement>(std::move(contenders));
}

}  // namespace tandem::hashing
