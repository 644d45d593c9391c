#include "hashing/modula_weighted.hpp"

#include "hashing/key_hash.hpp"

#include <algorithm>
#include <vector>

namespace tandem::hashing {

namespace {

class modula_weighted_placement final : public placement {
 public:
  modula_weighted_placement(std::span<ring_server const> servers, hash_function function)
      : function_(function) {
    std::uint64_t sum = 0;
    for (ring_server const& each : servers) ends_.push_back(sum += each.weight);
  }

  std::size_t server_of(std::string_view hashed) const override {
    std::uint64_t const rest = key_hash(hashed, function_) % ends_.back();
    return static_cast<std::size_t>(std::ranges::upper_bound(ends_, rest) - ends_.begin());
  }

 private:
  std::vector<std::uint64_t> ends_;  // of each server's values, exclusive
  hash_function function_;
};

}  // namespace

std::unique_ptr<placement> make_modula_weighted_placement(std::span<ring_server const> servers,
                                                          hash_function function) {
  return std::make_unique<modula_weighted_placement>(servers, function);
}

}  // namespace tandem::hashing
