// How a client of the load generator speaks: it writes requests, and checks replies byte by byte against what the
// keys say. Dialects have no state of their own; a client owns its requests in flight, in their order.
#pragma once

#include "bench/item_set.hpp"

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tandem::bench {

enum class action : std::uint8_t { get, set };

struct request {
  action what = action::get;
  std::uint32_t first = 0;       // the number of its key
  std::uint32_t keys = 1;        // of a get: `first` and those that follow it, around the end
  std::uint64_t started_ns = 0;  // or, at a fixed rate, when it should have been
};

/// A reply that no correct server gives to this request.
struct wrong_reply : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class dialect {
 public:
  static constexpr std::uint32_t keys_max = 128;  // in one get

  virtual ~dialect() = default;

  virtual void write(request const& asked, std::string& output) const = 0;

  /// The size of the whole reply at the front of `input`; 0 if more is needed. Throws wrong_reply.
  virtual std::size_t read(std::string_view input, request const& asked) const = 0;
};

/// `name` is text, meta, binary, redis, or absent: text, but no item is there. All but these two texts ask for one key
/// at a time. Throws std::invalid_argument.
std::unique_ptr<dialect> make_dialect(std::string_view name, item_set const& items);

/// Throws a wrong_reply that shows what came.
[[noreturn]] void refuse(item_set const& items, request const& asked, std::string_view input);

std::unique_ptr<dialect> make_text_dialect(item_set const& items);
std::unique_ptr<dialect> make_absent_dialect(item_set const& items);
std::unique_ptr<dialect> make_meta_dialect(item_set const& items);
std::unique_ptr<dialect> make_binary_dialect(item_set const& items);
std::unique_ptr<dialect> make_redis_dialect(item_set const& items);

}  // namespace tandem::bench
