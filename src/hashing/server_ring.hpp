// Where each key of a pool goes. Every worker makes its own ring from the same options; it is immutable,
// never connects, and takes no notice of servers that are down: their keys stay theirs.
#pragma once

#include "base/result.hpp"
#include "hashing/hashed_part.hpp"
#include "hashing/options.hpp"
#include "hashing/placement.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::hashing {

struct ring_options {
  std::vector<ring_server> servers;
  hashing::distribution distribution = hashing::distribution::ketama;
  hash_function hash = hash_function::md5;
  std::string hash_tag;  // empty, or the opening and the closing character, such as "{}"
  std::vector<std::string> hash_without_prefix = {};  // see hashed_part.hpp
  std::uint32_t points = 150;                         // of a server of weight 1, with ketama_points
};

class server_ring {
 public:
  /// A configuration error where there are no servers, a weight is 0 or means nothing to the distribution, the
  /// hash tag is not two characters, the distribution does not take the hash function, or the installed
  /// libmemcached lacks it.
  static base::result<server_ring> make(ring_options const& options);

  /// The index in ring_options::servers.
  std::size_t server_of(std::string_view key) const {
    return placement_->server_of(part_.is_whole() ? key : part_.of(key));
  }

  /// What of `key` decides where it goes.
  std::string_view hashed_part_of(std::string_view key) const { return part_.of(key); }

 private:
  server_ring(std::unique_ptr<placement> placed, hashed_part part)
      : placement_(std::move(placed)), part_(std::move(part)) {}

  std::unique_ptr<placement> placement_;
  hashed_part part_;
};

}  // namespace tandem::hashing
