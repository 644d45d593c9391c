// A key of a structure:
//
//   NAME                    the structure
//   NAME#PART               a part of it
//   NAME#@WORD/ARGUMENT/... a question about it
//   NAME#@@PART             a part that begins with @
//
// The first separator separates. NAME decides which server has the structure.
#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tandem::protocol::redis {

/// Views of the key that was read.
struct structured_key {
  enum class kind : unsigned char { whole, part, question };

  kind what = kind::whole;
  std::string_view name;
  std::string_view part = {};                    // of a part; without the @ that hides another
  std::string_view word = {};                    // of a question
  std::vector<std::string_view> arguments = {};  // of a question; none is empty

  bool is_whole() const { return what == kind::whole; }
  bool is_part() const { return what == kind::part; }
  bool asks(std::string_view question, std::size_t count) const {
    return what == kind::question && word == question && arguments.size() == count;
  }
};

/// Or what is wrong with it, beginning with model::bad_key_words.
base::result<structured_key, std::string> read_structured_key(std::string_view key, char separator);

/// What of a key stands before its first separator.
std::string_view name_of(std::string_view key, char separator);

}  // namespace tandem::protocol::redis
