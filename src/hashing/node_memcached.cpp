#include "hashing/node_memcached.hpp"

#include "hashing/key_hash.hpp"
#include "hashing/point_ring.hpp"

#include <openssl/evp.h>

#include <array>
#include <numeric>
#include <optional>

namespace tandem::hashing {

namespace {

constexpr double digests_per_server = 40;

using digest = std::array<unsigned char, 16>;

class node_memcached_placement final : public placement {
 public:
  explicit node_memcached_placement(point_ring ring) : ring_(std::move(ring)) {}

  std::size_t server_of(std::string_view hashed) const override {
    return ring_.at_or_above(key_hash(hashed, hash_function::md5));
  }

 private:
  point_ring ring_;
};

std::string name_in_node_memcached(ring_server const& server) {
  bool const host_alone = server.name.empty() && server.path.empty() && server.port == MEMCACHED_DEFAULT_PORT;
  return host_alone ? server.host : server.known_as();
}

std::optional<digest> md5_of(std::string const& text) {
  digest made{};
  int const done = EVP_Digest(text.data(), text.size(), made.data(), nullptr, EVP_md5(), nullptr);
  return done == 1 ? std::optional(made) : std::nullopt;
}

/// Four points, the least significant byte of each first.
void add(std::vector<point_ring::point>& points, digest const& from, std::uint32_t server) {
  for (std::size_t at = 0; at < from.size(); at += 4) {
    points.push_back({std::uint32_t{from[at]} | std::uint32_t{from[at + 1]} << 8 |
                          std::uint32_t{from[at + 2]} << 16 | std::uint32_t{from[at + 3]} << 24,
                      server});
  }
}

}  // namespace

base::result<std::unique_ptr<placement>> make_node_memcached_placement(std::span<ring_server const> servers) {
  double const total = std::accumulate(servers.begin(), servers.end(), 0.0,
                                       [](double sum, ring_server const& each) { return sum + each.weight; });
  std::vector<point_ring::point> points;
  for (std::uint32_t index = 0; index < servers.size(); ++index) {
    // In this order: another one rounds differently.
    double const digests =
        servers[index].weight / total * digests_per_server * static_cast<double>(servers.size());
    std::string const name = name_in_node_memcached(servers[index]) + "-";
    for (int number = 0; number < static_cast<int>(digests); ++number) {
      auto const made = md5_of(name + std::to_string(number));
      if (!made) return base::error{base::error_kind::configuration, "OpenSSL refuses MD5"};
      add(points, *made, index);
    }
  }
  return std::unique_ptr<placement>(new node_memcached_placement(point_ring(std::move(points))));
}

}  // namespace tandem::hashing
