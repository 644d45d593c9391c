#include "tier/near_item.hpp"

#include <boost/endian/conversion.hpp>

#include <cstring>
#include <string_view>
#include <utility>

namespace tandem::tier {
namespace {

constexpr std::string_view item_mark = "\x9di";
constexpr std::string_view aging_mark = "\x9ds";
constexpr std::string_view nothing_mark = "\x9dn";
constexpr std::size_t number_bytes = sizeof(std::uint64_t);
constexpr std::size_t item_header_bytes = item_mark.size() + number_bytes;
static_assert(item_header_bytes + number_bytes == near_header_bytes);

std::uint64_t number_at(char const* where) {
  return boost::endian::load_big_u64(reinterpret_cast<unsigned char const*>(where));
}

void put_number(std::uint64_t number, char* where) {
  boost::endian::store_big_u64(reinterpret_cast<unsigned char*>(where), number);
}

}  // namespace

near_item read_near_item(base::slice const& stored) {
  std::string_view const bytes = stored.view();
  if (bytes == nothing_mark) return {near_item::kind::nothing, 0, {}};
  if (bytes.size() < item_header_bytes) return {};
  std::uint64_t const cas = number_at(bytes.data() + item_mark.size());
  if (bytes.starts_with(item_mark)) return {near_item::kind::item, cas, stored.part(item_header_bytes)};
  if (bytes.size() < near_header_bytes || !bytes.starts_with(aging_mark)) return {};
  auto const old_at_ms = static_cast<std::int64_t>(number_at(bytes.data() + item_header_bytes));
  return {near_item::kind::item, cas, stored.part(near_header_bytes), old_at_ms};
}

base::slice make_near_item(std::uint64_t cas, base::slice const& value, std::int64_t old_at_ms) {
  std::string_view const mark = old_at_ms == 0 ? item_mark : aging_mark;
  std::size_t const header = old_at_ms == 0 ? item_header_bytes : near_header_bytes;
  std::size_t const size = header + value.size();
  base::chunk_ref block = base::chunk_ref::allocate_exact(size);
  char* const data = block->data();
  std::memcpy(data, mark.data(), mark.size());
  put_number(cas, data + mark.size());
  if (old_at_ms != 0) put_number(static_cast<std::uint64_t>(old_at_ms), data + item_header_bytes);
  std::memcpy(data + header, value.data(), value.size());
  return base::slice(std::move(block), data, size);
}

base::slice make_near_nothing() { return base::slice::of_static(nothing_mark); }

}  // namespace tandem::tier
