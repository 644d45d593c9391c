#include "tier/near_item.hpp"

#include <cstring>
#include <string_view>
#include <utility>

namespace tandem::tier {
namespace {

constexpr std::string_view item_mark = "\x9di";
constexpr std::string_view nothing_mark = "\x9dn";
constexpr std::size_t header_bytes = item_mark.size() + sizeof(std::uint64_t);
static_assert(header_bytes == near_header_bytes);

}  // namespace

near_item read_near_item(base::slice const& stored) {
  std::string_view const bytes = stored.view();
  if (bytes == nothing_mark) return {near_item::kind::nothing, 0, {}};
  if (bytes.size() < header_bytes || !bytes.starts_with(item_mark)) return {};
  std::uint64_t cas = 0;
  for (char const byte : bytes.substr(item_mark.size(), sizeof(cas)))
    cas = cas << 8 | static_cast<unsigned char>(byte);
  return {near_item::kind::item, cas, stored.part(header_bytes)};
}

base::slice make_near_item(std::uint64_t cas, base::slice const& value) {
  std::size_t const size = header_bytes + value.size();
  base::chunk_ref block = base::chunk_ref::allocate_exact(size);
  char* const data = block->data();
  std::memcpy(data, item_mark.data(), item_mark.size());
  for (std::size_t index = 0; index < sizeof(cas); ++index)
    data[item_mark.size() + index] = static_cast<char>(cas >> (8 * (sizeof(cas) - 1 - index)));
  std::memcpy(data + header_bytes, value.data(), value.size());
  return base::slice(std::move(block), data, size);
}

base::slice make_near_nothing() { return base::slice::of_static(nothing_mark); }

}  // namespace tandem::tier
