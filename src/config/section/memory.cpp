#include "config/section/sections.hpp"
#include "config/section_reader.hpp"

namespace tandem::config {

backend::memory::memory_options read_memory(node const& section) {
  constexpr std::size_t size_min = 64 * 1024;
  constexpr std::size_t size_max = std::size_t{1} << 44;
  backend::memory::memory_options options;
  section_reader const keys(section, {"size"});
  keys.read_size("size", options.size, {size_min, size_max});
  return options;
}

}  // namespace tandem::config
