// One item of the store: header, key and value in one block of plain memory. It is linked into its stripe's
// hash table and into one of its segments, and is only touched under the stripe's lock.
#pragma once

#include <boost/intrusive/list_hook.hpp>
#include <boost/intrusive/unordered_set_hook.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>
#include <string_view>
#include <utility>

namespace tandem::backend::memory {

/// How useful an item has proved to be; stripe.hpp says how items move.
enum class segment : std::uint8_t { hot, warm, cold };
inline constexpr std::size_t segment_count = 3;

/// Bytes that malloc takes from the system for `size` bytes: with its header, rounded to 16 bytes, or to pages where
/// a block may have a mapping of its own (glibc's M_MMAP_THRESHOLD starts at 128 KiB).
inline constexpr std::size_t mapped_from = 128 * 1024;
constexpr std::size_t block_bytes(std::size_t size) {
  if (size >= mapped_from - 64) return (size + 24 + 4095) & ~std::size_t{4095};
  return std::max<std::size_t>(32, (size + 8 + 15) & ~std::size_t{15});
}

/// All that can be asked of malloc for that price, so that a value may grow into the rounding.
constexpr std::size_t usable_bytes(std::size_t block) { return block - (block >= mapped_from ? 24 : 8); }

using unchecked_hook = boost::intrusive::link_mode<boost::intrusive::normal_link>;

struct item : boost::intrusive::list_base_hook<unchecked_hook>,
              boost::intrusive::unordered_set_base_hook<unchecked_hook> {
  static constexpr std::size_t key_max = std::numeric_limits<std::uint16_t>::max();
  static constexpr std::size_t value_max = std::numeric_limits<std::uint32_t>::max();

  std::uint64_t hash = 0;
  std::uint64_t cas = 0;
  std::int64_t expires_ms = 0;  // monotonic; 0: never
  std::uint32_t flags = 0;
  std::uint32_t value_size = 0;
  std::uint16_t key_size = 0;
  memory::segment in = segment::hot;
  std::uint8_t uses = 0;         // counted up to 2: seen again, and active
  bool fetched = false;          // a get has found it
  bool stale = false;            // it is to be stored anew
  bool claimed = false;          // one client has been told that it is to store the item anew
  std::uint32_t accessed_s = 0;  // monotonic
  std::uint32_t flushes = 0;     // that there had been when it was stored

  static std::size_t charge_for(std::size_t key_size, std::size_t value_size);
  static item* create(std::string_view key, std::size_t value_size);
  /// An item that is in no container, with the old bytes in front and more room behind.
  static item* enlarge(item* old, std::size_t value_size);
  static void destroy(item* which) { std::free(which); }

  char* bytes() { return reinterpret_cast<char*>(this + 1); }
  char const* bytes() const { return reinterpret_cast<char const*>(this + 1); }
  char* value_data() { return bytes() + key_size; }
  std::string_view key() const { return {bytes(), key_size}; }
  std::string_view value() const { return {bytes() + key_size, value_size}; }

  /// Bytes of the budget that the item takes.
  std::size_t charge() const { return charge_for(key_size, value_size); }
};

inline std::size_t item::charge_for(std::size_t key_size, std::size_t value_size) {
  return block_bytes(sizeof(item) + key_size + value_size);
}

inline item* item::create(std::string_view key, std::size_t value_size) {
  void* block = std::malloc(usable_bytes(charge_for(key.size(), value_size)));
  if (!block) throw std::bad_alloc();
  item* made = new (block) item;
  made->key_size = static_cast<std::uint16_t>(key.size());
  made->value_size = static_cast<std::uint32_t>(value_size);
  std::memcpy(made->bytes(), key.data(), key.size());
  return made;
}

inline item* item::enlarge(item* old, std::size_t value_size) {
  // realloc rather than a second block: large blocks grow by remapping pages, and the bound has room for one.
  void* block = std::realloc(static_cast<void*>(old), usable_bytes(charge_for(old->key_size, value_size)));
  if (!block) throw std::bad_alloc();
  item* made = static_cast<item*>(block);
  made->value_size = static_cast<std::uint32_t>(value_size);
  return made;
}

}  // namespace tandem::backend::memory
