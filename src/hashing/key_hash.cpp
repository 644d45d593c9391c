#include "hashing/key_hash.hpp"

namespace tandem::hashing {

bool supported(hash_function function) {
  memcached_st* const client = memcached_create(nullptr);
  if (client == nullptr) return false;
  auto const done = memcached_behavior_set(client, MEMCACHED_BEHAVIOR_HASH, libmemcached_hash(function));
  memcached_free(client);
  return memcached_success(done);
}

}  // namespace tandem::hashing
