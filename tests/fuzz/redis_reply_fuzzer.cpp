// What a Redis server answers, with its errors and stored items taken apart.
#include "fuzz/harness.hpp"
#include "protocol/redis/error_reply.hpp"
#include "protocol/redis/item.hpp"
#include "protocol/redis/reply_parser.hpp"

#include <fmt/core.h>

namespace {

namespace fuzz = tandem::fuzz;
namespace redis = tandem::protocol::redis;
using tandem::base::parse_status;

std::string describe_error(std::string_view text) {
  redis::error_reply const read = redis::read_error(text);
  return fmt::format("{} {} {} {} {}", text, static_cast<unsigned>(read.code), read.slot, read.host,
                     read.port);
}

std::string describe_item(tandem::base::slice const& stored) {
  redis::item const read = redis::read_item(redis::encoding::framed, stored);
  return fmt::format("'{}' flags {} cas {}", read.value.view(), read.flags, read.cas);
}

void describe(redis::reply const& received, std::string& told) {
  told.append(std::to_string(static_cast<unsigned>(received.kind))).append(" ");
  switch (received.kind) {
    case redis::reply_kind::nil: return;
    case redis::reply_kind::integer:
    case redis::reply_kind::oversized: told += std::to_string(received.number); return;
    case redis::reply_kind::status: told += received.text.view(); return;
    case redis::reply_kind::error: told += describe_error(received.text.view()); return;
    case redis::reply_kind::string: told += describe_item(received.text); return;
    case redis::reply_kind::array: break;
  }
  told += "[";
  for (redis::reply const& element : received.elements) describe(element, told += " ");
  told += "]";
}

class reply_reader {
 public:
  bool read(tandem::base::input_buffer& input, fuzz::transcript& events) {
    for (;;) {
      parse_status const found = parser_.next(input);
      if (found == parse_status::need_more) return true;
      if (found == parse_status::garbage) {
        events.push_back("garbage");
        return false;
      }
      describe(parser_.take(), events.emplace_back());
    }
  }

 private:
  redis::reply_parser parser_{{.kept_max = 64 << 10}};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  fuzz::check_every_way<reply_reader>(data, size);
  return 0;
}
