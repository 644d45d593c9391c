#include "protocol/redis/command_writer.hpp"

#include <charconv>

namespace tandem::protocol::redis {

command_writer& command_writer::command(std::string_view name, std::size_t arguments) {
  if (before_ == preamble::asking) output_.append("*1\r\n$6\r\nASKING\r\n");
  begin('*', arguments + 1);
  return argument(name);
}

command_writer& command_writer::argument(std::string_view word) {
  begin('$', word.size());
  output_.append(word);
  output_.append("\r\n");
  return *this;
}

command_writer& command_writer::argument(base::slice const& word) {
  return argument(std::string_view(""), word);  // not a null pointer, which memcpy may not be given
}

command_writer& command_writer::argument(std::string_view head, base::slice const& rest) {
  begin('$', head.size() + rest.size());
  output_.append(head);
  output_.append(rest);
  output_.append("\r\n");
  return *this;
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
