// What the fuzz targets for parsers share: the input is parsed at once, byte by byte, and in pieces whose sizes
// its bytes give. Each time, bytes behind the last one that came cannot be read unseen, and memory may not
// outgrow what came; in the end the transcripts of all runs must be the same.
//
// A reader is the parser under test with an event loop round it, new for each run:
//
//   bool read(base::input_buffer&, transcript&);   // adds every event; false where the connection would close
#pragma once

#include "base/input_buffer.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::fuzz {

/// One entry per event. Entries own their bytes, so that they keep no chunk in use.
using transcript = std::vector<std::string>;

/// Says what is wrong, and ends the process in the way that counts as a finding.
[[noreturn]] void fail(std::string_view what);

/// An input buffer that is filled as a socket would fill it, with the rest of its block out of bounds.
class feed {
 public:
  feed();

  base::input_buffer& input() { return input_; }

  void receive(std::string_view bytes);

  /// Fails if more is in use, or was allocated at once, than the bytes received can explain.
  void check_memory() const;

 private:
  base::input_buffer input_;
  std::span<char> hidden_;
  std::size_t received_ = 0;
  std::size_t chunk_bytes_before_;
};

/// Single bytes; after the first thousand, larger pieces, since long inputs would take too long.
class single_bytes {
 public:
  std::size_t operator()() { return given_++ < 1000 ? 1 : 997; }

 private:
  std::size_t given_ = 0;
};

/// Sizes of pieces, the same for the same input.
class uneven_sizes {
 public:
  explicit uneven_sizes(std::string_view input);
  std::size_t operator()();

 private:
  std::uint64_t state_;
};

/// Gives `bytes` to a new reader in pieces of the sizes that `next_size()` tells.
template <class Reader, class Sizes>
transcript replay(std::string_view bytes, Sizes next_size) {
  feed fed;
  Reader reader;
  transcript events;
  bool open = true;
  while (open && !bytes.empty()) {
    std::string_view const piece = bytes.substr(0, next_size());
    bytes.remove_prefix(piece.size());
    fed.receive(piece);
    open = reader.read(fed.input(), events);
    fed.check_memory();
  }
  return events;
}

void compare(transcript const& whole, transcript const& split, std::string_view how);

template <class Reader>
void check_every_way(std::uint8_t const* data, std::size_t size) {
  std::string_view const bytes(reinterpret_cast<char const*>(data), size);
  transcript const whole = replay<Reader>(bytes, [] { return std::numeric_limits<std::size_t>::max(); });
  compare(whole, replay<Reader>(bytes, single_bytes()), "byte by byte");
  compare(whole, replay<Reader>(bytes, uneven_sizes(bytes)), "in uneven pieces");
}

}  // namespace tandem::fuzz
