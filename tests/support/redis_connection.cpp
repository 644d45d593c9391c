#include "support/redis_connection.hpp"

#include <sys/time.h>

#include <stdexcept>

namespace tandem::test {
namespace {

constexpr timeval limit{5, 0};

redis_reply converted(redisReply const& raw) {
  using form = redis_reply::form;
  redis_reply made;
  switch (raw.type) {
    case REDIS_REPLY_INTEGER:
      made.kind = form::integer;
      made.number = raw.integer;
      break;
    case REDIS_REPLY_NIL: break;
    case REDIS_REPLY_ARRAY:
      made.kind = form::array;
      for (std::size_t i = 0; i < raw.elements; ++i) made.elements.push_back(converted(*raw.element[i]));
      break;
    case REDIS_REPLY_ERROR:
    default:
      made.kind = raw.type == REDIS_REPLY_ERROR ? form::error : form::text;
      made.text.assign(raw.str, static_cast<std::size_t>(raw.len));
  }
  return made;
}

}  // namespace

redis_connection::redis_connection(std::uint16_t port, std::string const& host)
    : context_(redisConnectWithTimeout(host.c_str(), port, limit), &redisFree) {
  if (!context_ || context_->err != 0) {
    throw std::runtime_error("cannot connect to the Redis on port " + std::to_string(port));
  }
  redisSetTimeout(context_.get(), limit);
}

redis_reply redis_connection::command(std::vector<std::string> const& words) {
  std::vector<char const*> pointers;
  std::vector<std::size_t> sizes;
  for (std::string const& word : words) {
    pointers.push_back(word.data());
    sizes.push_back(word.size());
  }
  void* const raw =
      redisCommandArgv(context_.get(), static_cast<int>(words.size()), pointers.data(), sizes.data());
  if (raw == nullptr) throw std::runtime_error(words.front() + ": " + context_->errstr);
  std::unique_ptr<void, decltype(&freeReplyObject)> const owner(raw, &freeReplyObject);
  return converted(*static_cast<redisReply const*>(raw));
}

}  // namespace tandem::test
