// Feeds bytes to a parser as a socket would, in every way that they may arrive.
#pragma once

#include "base/input_buffer.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::test {

using pieces = std::vector<std::string_view>;

inline void receive(base::input_buffer& input, std::string_view bytes) {
  while (!bytes.empty()) {
    auto const room = input.prepare();
    std::size_t const count = std::min(room.size(), bytes.size());
    std::memcpy(room.data(), bytes.data(), count);
    input.commit(count);
    bytes.remove_prefix(count);
  }
}

/// Whether bytes are to be split at `place`: everywhere near both ends, and here and there between them.
inline bool worth_splitting(std::size_t place, std::size_t size) {
  return place < 100 || size - place < 100 || place % (size / 20 + 1) == 0;
}

/// All at once, in two pieces split at many places, and, unless the bytes are many, one by one.
inline std::vector<pieces> splits(std::string_view bytes) {
  std::vector<pieces> all{pieces{bytes}};
  for (std::size_t at = 1; at < bytes.size(); ++at) {
    if (worth_splitting(at, bytes.size())) all.push_back(pieces{bytes.substr(0, at), bytes.substr(at)});
  }
  if (bytes.size() > 20'000) return all;
  pieces& single = all.emplace_back();
  for (std::size_t at = 0; at < bytes.size(); ++at) single.push_back(bytes.substr(at, 1));
  return all;
}

/// What `read(pieces)` makes of the bytes, or, if that depends on how they are split, the two that differ.
template <class Read>
std::vector<std::string> at_every_split(std::string_view bytes, Read read) {
  std::vector<std::string> whole = read(pieces{bytes});
  for (pieces const& split : splits(bytes)) {
    std::vector<std::string> other = read(split);
    if (other == whole) continue;
    other.push_back("differs, split after " + std::to_string(split.front().size()) + " bytes, from:");
    other.insert(other.end(), whole.begin(), whole.end());
    return other;
  }
  return whole;
}

}  // namespace tandem::test
