// Makes answers comparable between servers: one string per reply, in which each cas number is replaced by a
// number that tells when it was first seen. Nothing else is changed or left out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::differential {

/// The cas numbers of one connection, by the order in which they were first seen.
class cas_numbers {
 public:
  /// "cas#1" for the first, and so on; 0, which means none, stays "0".
  std::string name(std::uint64_t cas);

  /// 0 if there is none.
  std::uint64_t last() const { return last_; }
  std::uint64_t older() const { return older_; }

 private:
  std::vector<std::uint64_t> seen_;
  std::uint64_t last_ = 0;
  std::uint64_t older_ = 0;
};

/// Replies in classic text and meta: each with its data block. What is incomplete at the end is a reply too.
std::vector<std::string> text_replies(std::string_view answer, cas_numbers& cas);

/// Packets, each as a line of all its fields. What is no packet, or not all of one, is a reply at the end.
std::vector<std::string> binary_replies(std::string_view answer, cas_numbers& cas);

}  // namespace tandem::differential
