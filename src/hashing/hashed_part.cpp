#include "hashing/hashed_part.hpp"

#include "hashing/hash_tag.hpp"

#include <algorithm>

namespace tandem::hashing {

hashed_part::hashed_part(std::vector<std::string> prefixes, std::string_view tag)
    : prefixes_(std::move(prefixes)), tagged_(!tag.empty()) {
  std::ranges::sort(prefixes_, std::ranges::greater(), &std::string::size);
  if (!tagged_) return;
  tag_open_ = tag[0];
  tag_close_ = tag[1];
}

std::string_view hashed_part::of(std::string_view key) const {
  auto const found =
      std::ranges::find_if(prefixes_, [key](std::string const& each) { return key.starts_with(each); });
  if (found != prefixes_.end()) key.remove_prefix(found->size());
  return tagged_ ? tagged_part(key, tag_open_, tag_close_) : key;
}

}  // namespace tandem::hashing
