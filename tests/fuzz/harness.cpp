#include "fuzz/harness.hpp"

#include <sanitizer/allocator_interface.h>
#include <sanitizer/asan_interface.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace tandem::fuzz {
namespace {

/// The largest single allocation since the present feed was made.
std::size_t largest_allocation = 0;

void note_allocation(void const volatile*, std::size_t size) {
  largest_allocation = std::max(largest_allocation, size);
}
void note_nothing(void const volatile*) {}

void watch_allocations() {
  static int const installed = __sanitizer_install_malloc_and_free_hooks(note_allocation, note_nothing);
  if (installed == 0) fail("allocations cannot be watched");
  largest_allocation = 0;
}

}  // namespace

void fail(std::string_view what) {
  std::fprintf(stderr, "fuzz: %.*s\n", static_cast<int>(what.size()), what.data());
  std::abort();
}

feed::feed() : chunk_bytes_before_(base::chunk::bytes_in_use()) { watch_allocations(); }

// What is hidden stays so until it is written to. Whoever gets the block next, pool or heap, makes it whole again.
void feed::receive(std::string_view bytes) {
  received_ += bytes.size();
  while (!bytes.empty()) {
    if (input_.idle()) hidden_ = {};
    std::span<char> const room = input_.prepare();
    std::size_t const count = std::min(room.size(), bytes.size());
    bool const same_block = room.data() == hidden_.data();
    ASAN_UNPOISON_MEMORY_REGION(room.data(), count);
    std::memcpy(room.data(), bytes.data(), count);
    input_.commit(count);
    hidden_ = room.subspan(count);
    if (!same_block) ASAN_POISON_MEMORY_REGION(hidden_.data(), hidden_.size());
    bytes.remove_prefix(count);
  }
}

void feed::check_memory() const {
  // Small strings of a reply are chunks of their own, and containers double; a size that is merely announced is
  // far above either bound.
  constexpr std::size_t few_chunks = 4 * 16 * 1024;
  std::size_t const in_chunks = base::chunk::bytes_in_use() - chunk_bytes_before_;
  if (in_chunks > 8 * received_ + few_chunks) fail("chunks hold far more than was received");
  if (largest_allocation > 128 * received_ + few_chunks)
    fail("one allocation is far larger than what was received");
}

/// Starts from the input's FNV-1a hash.
uneven_sizes::uneven_sizes(std::string_view input) : state_(0xcbf29ce484222325u) {
  for (char const byte : input) state_ = (state_ ^ static_cast<unsigned char>(byte)) * 0x100000001b3u;
}

std::size_t uneven_sizes::operator()() {
  state_ = state_ * 6364136223846793005u + 1442695040888963407u;
  // Short pieces mostly, since most items are short.
  constexpr std::size_t largest[] = {2, 5, 16, 40, 300, 5000};
  return 1 + (state_ >> 40) % largest[(state_ >> 33) % std::size(largest)];
}

void compare(transcript const& whole, transcript const& split, std::string_view how) {
  if (split == whole) return;
  auto const [left, right] = std::mismatch(whole.begin(), whole.end(), split.begin(), split.end());
  std::string const at_once = left == whole.end() ? "(nothing)" : *left;
  std::string const in_pieces = right == split.end() ? "(nothing)" : *right;
  std::string what = "event " + std::to_string(left - whole.begin()) + " differs\n  at once: " + at_once;
  what.append("\n  ").append(how).append(": ").append(in_pieces);
  fail(what);
}

}  // namespace tandem::fuzz
