// Which flags of a meta command its reply tells or gives back, in the client's order: what is kept of the line until then,
// in four bytes.
#pragma once

#include <cstdint>

namespace tandem::protocol::meta {

/// A flag that there are words for in a reply.
enum class told : std::uint8_t { size, ttl, cas, flags, idle, fetched, key, opaque };

class reply_flags {
 public:
  /// Each at most once.
  void add(told one) {
    bits_ |= static_cast<std::uint32_t>(one) << (flag_width * count());
    bits_ += one_more;
  }

  void set_base64() { bits_ |= base64_bit; }
  void set_quiet() { bits_ |= quiet_bit; }
  bool base64() const { return (bits_ & base64_bit) != 0; }
  bool quiet() const { return (bits_ & quiet_bit) != 0; }

  /// Calls `use(told)` for each, in the order added.
  template <class Use>
  void for_each(Use use) const {
    std::uint32_t rest = bits_;
    for (std::uint32_t left = count(); left > 0; --left, rest >>= flag_width)
      use(static_cast<told>(rest & flag_mask));
  }

 private:
  static constexpr std::uint32_t flag_width = 3;
  static constexpr std::uint32_t flag_mask = 7;
  static constexpr std::uint32_t flags_max = 8;
  static constexpr std::uint32_t count_shift = flag_width * flags_max;
  static constexpr std::uint32_t one_more = 1U << count_shift;
  static constexpr std::uint32_t base64_bit = 1U << 30U;
  static constexpr std::uint32_t quiet_bit = 1U << 31U;

  std::uint32_t count() const { return (bits_ & ~(base64_bit | quiet_bit)) >> count_shift; }

  std::uint32_t bits_ =
      0;  // the flags from the lowest up, their number, and the two that change the others' form
};

}  // namespace tandem::protocol::meta
