// The same words, over and over, such as a pipeline of requests or the answers to it.
#pragma once

#include <string>
#include <string_view>

namespace tandem::test {

inline std::string repeated(std::string_view what, int count) {
  std::string made;
  for (; count > 0; --count) made += what;
  return made;
}

}  // namespace tandem::test
