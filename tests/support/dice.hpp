// Choices that depend on the seed alone: the distributions of the standard library differ between libraries.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <random>
#include <string>
#include <string_view>

namespace tandem::test {

class dice {
 public:
  explicit dice(std::uint64_t seed) : engine_(seed) {}

  std::uint64_t number() { return engine_(); }
  std::size_t below(std::size_t count) { return static_cast<std::size_t>(engine_() % count); }
  bool one_in(std::size_t count) { return below(count) == 0; }

  template <class Choices>
  auto of(Choices const& choices) {
    return choices.begin()[below(choices.size())];
  }
  std::string of(std::initializer_list<std::string_view> choices) {
    return std::string(choices.begin()[below(choices.size())]);
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace tandem::test
