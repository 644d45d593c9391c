#include "protocol/memcached/text/command_line.hpp"

#include "protocol/memcached/words.hpp"

namespace tandem::protocol::text {

command_line::command_line(std::string_view line) {
  std::string_view rest = line;
  words[0] = take_word(rest);
  arguments = rest;
  if (words[0].empty()) return;
  for (count = 1; count < words_max; ++count) {
    words[count] = take_word(rest);
    if (words[count].empty()) return;
  }
}

}  // namespace tandem::protocol::text
