// Where each key of a pool goes. Every worker makes its own ring from the same options; it is immutable,
// never connects, and takes no notice of servers that are down: their keys stay theirs.
#pragma once

#include "base/result.hpp"
#include "hashing/options.hpp"
#include "hashing/placement.hpp"

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
};

class server_ring {
 public:
  /// A configuration error where there are no servers, a weight is 0 or means nothing to the distribution
  /// (jump), the hash tag is not two characters, or the installed libmemcached lacks the hash function.
  static base::result<server_ring> make(ring_options const& options);

  /// The index in ring_options::servers.
  std::size_t server_of(std::string_view key) const {
    return placement_->server_of(tagged_ ? tagged_part_of(key) : key);
  }

 private:
  server_ring(std::unique_ptr<placement> placed, std::string_view hash_tag);

  std::string_view tagged_part_of(std::string_view key) const;

  std::unique_ptr<placement> placement_;
  bool tagged_ = false;
  char tag_open_ = 0;
  char tag_close_ = 0;
};

}  // namespace tandem::hashing
