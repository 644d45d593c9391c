#include "hashing/pecl_memcache.hpp"

#include "hashing/crc32.hpp"
#include "hashing/key_hash.hpp"
#include "hashing/point_ring.hpp"

#include <array>

namespace tandem::hashing {

namespace {

constexpr auto points_each = static_cast<std::uint32_t>(points_per_weight(distribution::pecl_memcache, 0));
constexpr std::uint32_t bucket_count = 1024;
constexpr std::uint32_t bucket_size = 0xffffffffU / bucket_count;

std::uint32_t hash_of(std::string_view bytes, hash_function function) {
  return function == hash_function::crc ? crc32(bytes) : key_hash(bytes, function);
}

class pecl_memcache_placement final : public placement {
 public:
  pecl_memcache_placement(point_ring const& ring, hash_function function) : function_(function) {
    for (std::uint32_t number = 0; number < bucket_count; ++number) {
      buckets_[number] = static_cast<std::uint32_t>(ring.at_or_above(number * bucket_size));
    }
  }

  std::size_t server_of(std::string_view hashed) const override {
    return buckets_[hash_of(hashed, function_) % bucket_count];
  }

 private:
  std::array<std::uint32_t, bucket_count> buckets_{};
  hash_function function_;
};

std::string name_in_pecl_memcache(ring_server const& server) {
  if (!server.name.empty() || server.path.empty()) return server.known_as();
  return "unix://" + server.path + ":0";
}

}  // namespace

base::result<std::unique_ptr<placement>> make_pecl_memcache_placement(std::span<ring_server const> servers,
                                                                      hash_function function) {
  auto const needed = points_needed(servers, points_each);
  if (!needed) return needed.error();
  std::vector<point_ring::point> points;
  points.reserve(*needed);
  for (std::uint32_t index = 0; index < servers.size(); ++index) {
    std::string const name = name_in_pecl_memcache(servers[index]) + "-";
    for (std::uint32_t number = 0; number < points_each * servers[index].weight; ++number) {
      points.push_back({hash_of(name + std::to_string(number), function), index});
    }
  }
  return std::unique_ptr<placement>(new pecl_memcache_placement(point_ring(std::move(points)), function));
}

}  // namespace tandem::hashing
