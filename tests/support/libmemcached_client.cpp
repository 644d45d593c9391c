#include "support/libmemcached_client.hpp"

#include <cstdlib>
#include <stdexcept>

namespace tandem::test {
namespace {

void require(memcached_return_t outcome, std::string const& what) {
  if (memcached_failed(outcome)) throw std::runtime_error(what + ": " + memcached_strerror(nullptr, outcome));
}

}  // namespace

bool libmemcached_client::has(behavior const& wanted) {
  std::unique_ptr<memcached_st, freeing> const trial(memcached_create(nullptr));
  return memcached_success(memcached_behavior_set(trial.get(), wanted.name, wanted.value));
}

libmemcached_client::libmemcached_client(std::vector<std::uint16_t> const& ports,
                                         std::vector<behavior> const& behaviors)
    : client_(memcached_create(nullptr)) {
  for (behavior const& each : behaviors) {
    require(memcached_behavior_set(client_.get(), each.name, each.value), "memcached_behavior_set");
  }
  for (std::uint16_t const port : ports) {
    require(memcached_server_add(client_.get(), "127.0.0.1", port), "memcached_server_add");
  }
}

bool libmemcached_client::set(std::string const& key, std::string const& value, std::uint32_t flags) {
  return memcached_set(client_.get(), key.data(), key.size(), value.data(), value.size(), 0, flags) ==
         MEMCACHED_SUCCESS;
}

std::optional<std::string> libmemcached_client::get(std::string const& key) {
  std::size_t size = 0;
  std::uint32_t flags = 0;
  memcached_return_t outcome = MEMCACHED_SUCCESS;
  char* const raw = memcached_get(client_.get(), key.data(), key.size(), &size, &flags, &outcome);
  if (outcome == MEMCACHED_NOTFOUND) return std::nullopt;
  require(outcome, "memcached_get " + key);
  // An empty value comes as a null pointer.
  std::unique_ptr<char, decltype(&std::free)> const owner(raw, &std::free);
  return raw == nullptr ? std::string() : std::string(raw, size);
}

std::map<std::string, std::string> libmemcached_client::get_many(std::vector<std::string> const& keys) {
  std::vector<char const*> pointers;
  std::vector<std::size_t> sizes;
  for (std::string const& key : keys) {
    pointers.push_back(key.data());
    sizes.push_back(key.size());
  }
  require(memcached_mget(client_.get(), pointers.data(), sizes.data(), keys.size()), "memcached_mget");
  std::map<std::string, std::string> found;
  memcached_return_t outcome = MEMCACHED_SUCCESS;
  while (memcached_result_st* const item = memcached_fetch_result(client_.get(), nullptr, &outcome)) {
    found.emplace(std::string(memcached_result_key_value(item), memcached_result_key_length(item)),
                  std::string(memcached_result_value(item), memcached_result_length(item)));
    memcached_result_free(item);
  }
  return found;
}

bool libmemcached_client::remove(std::string const& key) {
  return memcached_delete(client_.get(), key.data(), key.size(), 0) == MEMCACHED_SUCCESS;
}

}  // namespace tandem::test
