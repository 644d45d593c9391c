// A direct connection to a Redis server, for looking behind Tandem's back. Throws if the connection fails.
#pragma once

#include <hiredis/hiredis.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tandem::test {

struct redis_reply {
  enum class form : std::uint8_t { text, integer, nil, array, error };

  form kind = form::nil;
  std::string text;  // of text (strings and statuses) and error
  std::int64_t number = 0;
  std::vector<redis_reply> elements;

  bool is_error() const { return kind == form::error; }
  bool is_nil() const { return kind == form::nil; }
};

class redis_connection {
 public:
  explicit redis_connection(std::uint16_t port, std::string const& host = "127.0.0.1");

  redis_reply command(std::vector<std::string> const& words);

 private:
  std::unique_ptr<redisContext, decltype(&redisFree)> context_;
};

}  // namespace tandem::test
