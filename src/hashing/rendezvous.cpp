#include "hashing/rendezvous.hpp"

#include "hashing/key_hash.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace tandem::hashing {

namespace {

constexpr std::uint64_t mix(std::uint64_t bits) {
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9ULL;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebULL;
  return bits ^ (bits >> 31);
}

constexpr std::uint64_t fnv1a64(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (char const byte : bytes) hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3ULL;
  return hash;
}

struct weighted_contender {
  std::uint64_t seed;
  double weight;
};

double score(std::uint64_t draw, double weight) {
  // 2^64 itself is never reached: the largest draws round to a quotient of 1, whose score is infinite and so
  // still the highest.
  double const uniform = (static_cast<double>(draw) + 1.0) * 0x1p-64;
  return weight / -std::log(uniform);
}

class rendezvous_placement final : public placement {
 public:
  rendezvous_placement(std::vector<weighted_contender> contenders, hash_function function)
      : contenders_(std::move(contenders)),
        function_(function),
        weighted_(std::any_of(contenders_.begin(), contenders_.end(),
                              [&](auto const& one) { return one.weight != contenders_.front().weight; })) {}

  std::size_t server_of(std::string_view hashed) const override {
    std::uint64_t const key = key_hash(hashed, function_);
    return weighted_ ? highest([key](weighted_contender const& one) {
      return score(mix(one.seed ^ key), one.weight);
    })
                     : highest([key](weighted_contender const& one) { return mix(one.seed ^ key); });
  }

 private:
  template <class Score>
  std::size_t highest(Score score_of) const {
    std::size_t winner = 0;
    auto best = score_of(contenders_.front());
    for (std::size_t index = 1; index < contenders_.size(); ++index) {
      auto const drawn = score_of(contenders_[index]);
      if (drawn <= best) continue;
      best = drawn;
      winner = index;
    }
    return winner;
  }

  std::vector<weighted_contender> contenders_;
  hash_function function_;
  bool weighted_;
};

}  // namespace

std::unique_ptr<placement> make_rendezvous_placement(std::span<ring_server const> servers,
                                                     hash_function function) {
  std::vector<weighted_contender> contenders;
  contenders.reserve(servers.size());
  for (ring_server const& server : servers) {
    contenders.push_back({mix(fnv1a64(server.known_as())), static_cast<double>(server.weight)});
  }
  return std::make_unique<rendezvous_placement>(std::move(contenders), function);
}

}  // namespace tandem::hashing
