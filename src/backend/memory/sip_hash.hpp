// SipHash by Aumasson and Bernstein ("SipHash: a fast short-input PRF", 2012), with one round per word and
// three at the end unless told otherwise. Clients choose the keys of the store: without a secret seed they
// could choose them so that all fall into one bucket.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace tandem::backend::memory {

struct sip_seed {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
};

template <int WordRounds = 1, int FinalRounds = 3>
class sip_hash {
  static_assert(std::endian::native == std::endian::little, "words are read as they lie in memory");

 public:
  static std::uint64_t of(std::string_view bytes, sip_seed seed) {
    sip_hash state(seed);
    std::size_t const whole = bytes.size() & ~std::size_t{7};
    for (std::size_t at = 0; at < whole; at += 8) state.add(word(bytes.data() + at, 8));
    std::uint64_t const length = static_cast<std::uint64_t>(bytes.size()) << 56;
    state.add(length | word(bytes.data() + whole, bytes.size() - whole));
    return state.finish();
  }

 private:
  explicit sip_hash(sip_seed seed)
      : a_(seed.low ^ 0x736f6d6570736575),
        b_(seed.high ^ 0x646f72616e646f6d),
        c_(seed.low ^ 0x6c7967656e657261),
        d_(seed.high ^ 0x7465646279746573) {}

  static std::uint64_t word(char const* from, std::size_t size) {
    std::uint64_t made = 0;
    std::memcpy(&made, from, size);
    return made;
  }

  void add(std::uint64_t word) {
    d_ ^= word;
    mix(WordRounds);
    a_ ^= word;
  }

  std::uint64_t finish() {
    c_ ^= 0xff;
    mix(FinalRounds);
    return a_ ^ b_ ^ c_ ^ d_;
  }

  void mix(int rounds) {
    for (int round = 0; round < rounds; ++round) {
      a_ += b_;
      b_ = std::rotl(b_, 13) ^ a_;
      a_ = std::rotl(a_, 32);
      c_ += d_;
      d_ = std::rotl(d_, 16) ^ c_;
      a_ += d_;
      d_ = std::rotl(d_, 21) ^ a_;
      c_ += b_;
      b_ = std::rotl(b_, 17) ^ c_;
      c_ = std::rotl(c_, 32);
    }
  }

  std::uint64_t a_, b_, c_, d_;
};

}  // namespace tandem::backend::memory
