// libmemcached, which asks one server as it is told on its standard input:
//
//     libmemcached_asking libmemcached PORT text|binary [BEHAVIOR=NUMBER...]
//
// See asking.py.
#include <libmemcached/memcached.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

using client = std::unique_ptr<memcached_st, decltype(&memcached_free)>;
using words = std::vector<std::string>;

constexpr std::uint64_t patience_ms = 60'000;

struct behavior {
  std::string_view name;
  memcached_behavior_t number;
};

constexpr std::array behaviors{
    behavior{"RETRY_TIMEOUT", MEMCACHED_BEHAVIOR_RETRY_TIMEOUT},
    behavior{"DEAD_TIMEOUT", MEMCACHED_BEHAVIOR_DEAD_TIMEOUT},
    behavior{"SERVER_FAILURE_LIMIT", MEMCACHED_BEHAVIOR_SERVER_FAILURE_LIMIT},
    behavior{"SERVER_TIMEOUT_LIMIT", MEMCACHED_BEHAVIOR_SERVER_TIMEOUT_LIMIT},
    behavior{"REMOVE_FAILED_SERVERS", MEMCACHED_BEHAVIOR_REMOVE_FAILED_SERVERS},
};

client connected(int count, char** arguments) {
  client made(memcached_create(nullptr), &memcached_free);
  bool const binary = std::string_view(arguments[3]) == "binary";
  memcached_behavior_set(made.get(), MEMCACHED_BEHAVIOR_BINARY_PROTOCOL, binary ? 1 : 0);
  memcached_behavior_set(made.get(), MEMCACHED_BEHAVIOR_CONNECT_TIMEOUT, patience_ms);
  memcached_behavior_set(made.get(), MEMCACHED_BEHAVIOR_POLL_TIMEOUT, patience_ms);
  for (int at = 4; at < count; ++at) {
    std::string_view const setting = arguments[at];
    std::size_t const equals = setting.find('=');
    for (behavior const& each : behaviors) {
      if (each.name != setting.substr(0, equals)) continue;
      memcached_behavior_set(made.get(), each.number, std::strtoull(&setting[equals + 1], nullptr, 10));
    }
  }
  memcached_server_add(made.get(), "127.0.0.1", static_cast<in_port_t>(std::atoi(arguments[2])));
  return made;
}

char told(memcached_return_t outcome) {
  if (memcached_success(outcome)) return '+';
  return outcome == MEMCACHED_NOTFOUND || outcome == MEMCACHED_NOTSTORED ? '-' : '!';
}

char set(client const& with, std::string const& key) {
  return told(memcached_set(with.get(), key.data(), key.size(), key.data(), key.size(), 0, 0));
}

char remove(client const& with, std::string const& key) {
  return told(memcached_delete(with.get(), key.data(), key.size(), 0));
}

char get(client const& with, std::string const& key) {
  std::size_t size = 0;
  std::uint32_t flags = 0;
  memcached_return_t outcome = MEMCACHED_SUCCESS;
  std::unique_ptr<char, decltype(&std::free)> const value(
      memcached_get(with.get(), key.data(), key.size(), &size, &flags, &outcome), &std::free);
  if (!memcached_success(outcome)) return told(outcome);
  return value && std::string_view(value.get(), size) == key ? '+' : 'x';
}

char fill(client const& with, std::string const& key) {
  char const found = get(with, key);
  if (found != '+') set(with, key);
  return found;
}

std::string many(client const& with, words const& keys) {
  std::vector<char const*> starts;
  std::vector<std::size_t> sizes;
  for (std::string const& key : keys) {
    starts.push_back(key.data());
    sizes.push_back(key.size());
  }
  memcached_mget(with.get(), starts.data(), sizes.data(), keys.size());
  std::map<std::string, std::string> found;
  memcached_return_t outcome = MEMCACHED_SUCCESS;
  while (memcached_result_st* const item = memcached_fetch_result(with.get(), nullptr, &outcome)) {
    found.emplace(std::string(memcached_result_key_value(item), memcached_result_key_length(item)),
                  std::string(memcached_result_value(item), memcached_result_length(item)));
    memcached_result_free(item);
  }
  std::string made;
  for (std::string const& key : keys) made += !found.contains(key) ? '-' : found[key] == key ? '+' : 'x';
  return made;
}

std::string answer(client const& with, std::string const& verb, words const& keys) {
  if (verb == "many") return many(with, keys);
  auto const one = verb == "set" ? &set : verb == "get" ? &get : verb == "fill" ? &fill : &remove;
  std::string made;
  for (std::string const& key : keys) made += one(with, key);
  return made;
}

}  // namespace

int main(int count, char** arguments) {
  client const with = connected(count, arguments);
  std::cout << "= " << memcached_lib_version() << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream parts(line);
    std::string verb;
    parts >> verb;
    words keys;
    for (std::string key; parts >> key;) keys.push_back(key);
    std::cout << "= " << answer(with, verb, keys) << std::endl;
  }
}
