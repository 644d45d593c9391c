// libmemcached, the real client, as programs use it: with one server (Tandem) or a pool of its own.
#pragma once

#include <libmemcached/memcached.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tandem::test {

class libmemcached_client {
 public:
  struct behavior {
    memcached_behavior_t name;
    std::uint64_t value;
  };

  /// Whether the installed library knows it: some hash functions are left out of some builds.
  static bool has(behavior const& wanted);

  explicit libmemcached_client(std::vector<std::uint16_t> const& ports,
                               std::vector<behavior> const& behaviors = {});

  [[nodiscard]] bool set(std::string const& key, std::string const& value, std::uint32_t flags = 0);
  /// Nothing on a miss; throws on an error.
  [[nodiscard]] std::optional<std::string> get(std::string const& key);
  /// The keys that were found, read in one multi-get.
  std::map<std::string, std::string> get_many(std::vector<std::string> const& keys);
  [[nodiscard]] bool remove(std::string const& key);

 private:
  struct freeing {
    void operator()(memcached_st* client) const { memcached_free(client); }
  };

  std::unique_ptr<memcached_st, freeing> client_;
};

}  // namespace tandem::test
