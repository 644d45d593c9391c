#include "protocol/redis/command_writer.hpp"

#include <charconv>

namespace tandem::protocol::redis {

void command_writer::write(std::string_view word) {
  begin('$', word.size());
  output_.append(word);
  output_.append("\r\n");
}

void command_writer::write(joined const& word) {
  begin('$', word.head.size() + word.rest.size());
  output_.append(word.head);
  output_.append(word.rest);
  output_.append("\r\n");
}

void command_writer::begin_command(std::size_t count) {
  if (before_ == preamble::asking) output_.append("*1\r\n$6\r\nASKING\r\n");
  begin('*', count);
}

void command_writer::begin(char type, std::size_t count) {
  char line[24];
  line[0] = type;
  char* const end = std::to_chars(line + 1, line + sizeof line - 2, count).ptr;
  end[0] = '\r';
  end[1] = '\n';
  output_.append(std::string_view(line, static_cast<std::size_t>(end + 2 - line)));
}

}  // namespace tandem::protocol::redis
