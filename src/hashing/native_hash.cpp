#include "hashing/native_hash.hpp"

#include "hashing/utf8.hpp"

namespace tandem::hashing {

namespace {

constexpr char32_t first_with_surrogates = 0x10000;

/// Two's complement without the sign: that of -2^31 is 2^31.
std::uint32_t magnitude(std::uint32_t bits) { return (bits >> 31) != 0 ? 0U - bits : bits; }

template <std::uint32_t (*Hash)(std::string_view)>
class modulo_placement final : public placement {
 public:
  explicit modulo_placement(std::size_t servers) : servers_(servers) {}

  std::size_t server_of(std::string_view hashed) const override { return Hash(hashed) % servers_; }

 private:
  std::size_t servers_;
};

std::uint32_t memjs_hash(std::string_view text) { return magnitude(native_hash(text)); }

}  // namespace

std::uint32_t native_hash(std::string_view text) {
  std::uint32_t hash = 0;
  while (!text.empty()) {
    char32_t const point = take_code_point(text);
    if (point < first_with_surrogates) {
      hash = 31 * hash + point;
      continue;
    }
    hash = 31 * hash + (0xd800U + ((point - first_with_surrogates) >> 10));
    hash = 31 * hash + (0xdc00U + (point & 0x3ffU));
  }
  return hash;
}

std::unique_ptr<placement> make_memjs_placement(std::size_t servers) {
  return std::make_unique<modulo_placement<memjs_hash>>(servers);
}

std::unique_ptr<placement> make_spymemcached_placement(std::size_t servers) {
  return std::make_unique<modulo_placement<native_hash>>(servers);
}

}  // namespace tandem::hashing
