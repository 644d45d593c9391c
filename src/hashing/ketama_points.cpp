#include "hashing/ketama_points.hpp"

#include "hashing/crc32.hpp"
#include "hashing/point_ring.hpp"

#include <array>

namespace tandem::hashing {

namespace {

class ketama_points_placement final : public placement {
 public:
  explicit ketama_points_placement(point_ring ring) : ring_(std::move(ring)) {}

  std::size_t server_of(std::string_view hashed) const override { return ring_.at_or_above(crc32(hashed)); }

 private:
  point_ring ring_;
};

std::uint32_t crc_of_name(std::string_view name) {
  std::size_t const colon = name.rfind(':');
  std::string_view const port = colon == std::string_view::npos ? std::string_view() : name.substr(colon + 1);
  return crc32(port, crc32(std::string_view("\0", 1), crc32(name.substr(0, colon))));
}

std::uint32_t next_place(std::uint32_t name, std::uint32_t before) {
  std::array<char, 4> bytes{};
  for (std::size_t at = 0; at < bytes.size(); ++at) bytes[at] = static_cast<char>(before >> (8 * at));
  return crc32({bytes.data(), bytes.size()}, name);
}

}  // namespace

base::result<std::unique_ptr<placement>> make_ketama_points_placement(std::span<ring_server const> servers,
                                                                      std::uint32_t points) {
  auto const needed = points_needed(servers, points);
  if (!needed) return needed.error();
  std::vector<point_ring::point> made;
  made.reserve(*needed);
  for (std::uint32_t index = 0; index < servers.size(); ++index) {
    std::uint32_t const name = crc_of_name(servers[index].known_as());
    std::uint32_t place = 0;
    for (std::uint32_t number = 0; number < points * servers[index].weight; ++number) {
      place = next_place(name, place);
      made.push_back({place, index});
    }
  }
  return std::unique_ptr<placement>(new ketama_points_placement(point_ring(std::move(made))));
}

}  // namespace tandem::hashing
