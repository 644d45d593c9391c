#include "protocol/memcached/text/command_line.hpp"

#include "protocol/memcached/words.hpp"

namespace tandem::protocol::text {

command_line::command_line(std::string_view first, std::string_view rest) : arguments(rest) {
  words[0] = first;
  if (words[0].empty()) return;
  for (count = 1; count < words_max; ++count) {
    words[count] = take_word(rest);
    if (words[count].empty()) return;
  }
}

}  // namespace tandem::protocol::text
