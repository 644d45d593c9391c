#include "server/memory_trimmer.hpp"

#include "base/large_blocks.hpp"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace tandem::server {

void memory_trimmer::look(bool memory_is_short) {
  double const now = slack();
  least_ = std::min(least_, now);
  double const excess_max = std::max(excess_min, heap_.resident() / 8);
  double const excess = now - least_;
  looks_ = excess < excess_max ? 0 : looks_ + 1;
  if (looks_ < looks_min && !(memory_is_short && excess >= short_excess_min)) return;
  heap_.trim();
  ++trims_;
  looks_ = 0;
  least_ = slack();
}

process_trimmer::process_trimmer(metrics::registry& registry, std::size_t limit)
    : registry_(registry),
      plenty_(static_cast<double>(limit) / 8),
      trimmer_({resident_bytes,
                [&registry] {
                  return registry.total(metrics::buffer_bytes) + registry.total(metrics::memory_bytes);
                },
                [] { ::malloc_trim(0); }}) {
  registry.add_sampled(metrics::resident_bytes, {}, resident_bytes);
  registry.add_sampled(metrics::memory_trims_total, {},
                       [this] { return static_cast<double>(trimmer_.trims()); });
}

void process_trimmer::look() {
  if (registry_.total(metrics::buffer_bytes) < plenty_) base::large_blocks::come_from_heap();
  trimmer_.look(base::large_blocks::from_system());
}

/// The second number of /proc/self/statm, in pages: proc(5).
double resident_bytes() {
  std::ifstream file("/proc/self/statm");
  double size = 0;
  double resident = 0;
  file >> size >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

}  // namespace tandem::server
