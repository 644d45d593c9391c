#include "hashing/dalli.hpp"

#include "hashing/crc32.hpp"
#include "hashing/point_ring.hpp"

#include <openssl/sha.h>

#include <array>
#include <cmath>
#include <numeric>

namespace tandem::hashing {

namespace {

constexpr double points_per_server = 160;

class dalli_placement final : public placement {
 public:
  explicit dalli_placement(point_ring ring) : ring_(std::move(ring)) {}

  std::size_t server_of(std::string_view hashed) const override { return ring_.at_or_below(crc32(hashed)); }

 private:
  point_ring ring_;
};

std::uint32_t place_of(std::string const& point) {
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  SHA1(reinterpret_cast<unsigned char const*>(point.data()), point.size(), digest.data());
  return std::uint32_t{digest[0]} << 24 | std::uint32_t{digest[1]} << 16 | std::uint32_t{digest[2]} << 8 |
         std::uint32_t{digest[3]};
}

}  // namespace

std::unique_ptr<placement> make_dalli_placement(std::span<ring_server const> servers) {
  double const total = std::accumulate(servers.begin(), servers.end(), 0.0,
                                       [](double sum, ring_server const& each) { return sum + each.weight; });
  std::vector<point_ring::point> points;
  for (std::uint32_t index = 0; index < servers.size(); ++index) {
    double const share =
        points_per_server * static_cast<double>(servers.size()) * servers[index].weight / total;
    std::string const name = servers[index].known_as() + ":";
    for (int number = 0; number < static_cast<int>(std::floor(share)); ++number) {
      points.push_back({place_of(name + std::to_string(number)), index});
    }
  }
  return std::make_unique<dalli_placement>(point_ring(std::move(points)));
}

}  // namespace tandem::hashing
