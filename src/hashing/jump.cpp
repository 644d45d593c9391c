#include "hashing/jump.hpp"

#include "hashing/key_hash.hpp"

namespace tandem::hashing {

namespace {

class jump_placement final : public placement {
 public:
  jump_placement(std::size_t servers, hash_function function) : servers_(servers), function_(function) {}

  std::size_t server_of(std::string_view hashed) const override {
    return jump(key_hash(hashed, function_), servers_);
  }

 private:
  std::size_t servers_;
  hash_function function_;
};

}  // namespace

std::size_t jump(std::uint64_t key, std::size_t buckets) {
  std::int64_t last = -1;
  std::int64_t next = 0;
  while (next < static_cast<std::int64_t>(buckets)) {
    last = next;
    key = key * 2862933555777941757ULL + 1;
    double const draw = static_cast<double>((key >> 33) + 1);
    next = static_cast<std::int64_t>(static_cast<double>(last + 1) * (static_cast<double>(1LL << 31) / draw));
  }
  return static_cast<std::size_t>(last);
}

std::unique_ptr<placement> make_jump_placement(std::size_t servers, hash_function function) {
  return std::make_unique<jump_placement>(servers, function);
}

}  // namespace tandem::hashing
