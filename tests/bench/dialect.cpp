#include "bench/dialect.hpp"

#include <fmt/format.h>

namespace tandem::bench {

void refuse(item_set const& items, request const& asked, std::string_view input) {
  std::string shown;
  for (char const each : input.substr(0, 120)) {
    bool const plain = each >= ' ' && each <= '~';
    shown += plain ? std::string(1, each) : fmt::format("\\x{:02x}", static_cast<unsigned char>(each));
  }
  throw wrong_reply(fmt::format("wrong reply to {} of {} keys from {}: {}",
                                asked.what == action::get ? "get" : "set", asked.keys, items.key(asked.first),
                                shown));
}

std::unique_ptr<dialect> make_dialect(std::string_view name, item_set const& items) {
  if (name == "text") return make_text_dialect(items);
  if (name == "absent") return make_absent_dialect(items);
  if (name == "meta") return make_meta_dialect(items);
  if (name == "binary") return make_binary_dialect(items);
  if (name == "redis") return make_redis_dialect(items);
  throw std::invalid_argument(fmt::format("no dialect is named {}", name));
}

}  // namespace tandem::bench
