// The classic text protocol.
#include "differential/sessions.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <sstream>

namespace tandem::differential {
namespace {

std::string noreply(vocabulary& words) { return words.one_in(6) ? " noreply" : ""; }

std::string keys(vocabulary& words) {
  std::size_t const count = words.one_in(60) ? 100 : 1 + words.random().below(words.one_in(2) ? 1 : 5);
  std::string made;
  // A line of more than 2048 bytes is known by its beginning only if it is a get or gets.
  for (std::size_t i = 0; i < count && made.size() < 1700; ++i) {
    made += " " + words.key();
  }
  return made;
}

std::string retrieval(vocabulary& words) {
  if (words.one_in(4)) {
    return fmt::format("{} {}{}\r\n", words.random().of({"gat", "gats"}), words.exptime(), keys(words));
  }
  return fmt::format("{}{}\r\n", words.random().of({"get", "get", "gets", "gets", "bget"}), keys(words));
}

std::string a_hundred_keys(vocabulary& words) {
  std::string made = words.random().of({"get", "gets"});
  for (int i = 0; i < 100; ++i) made += " " + words.key();
  return made + "\r\n";
}

// memcached refuses the whole command, and drops what it has not sent yet of the replies before it.
std::string opening(vocabulary& words) {
  std::string made = words.random().of({"get", "gets", "bget", "gat 0", "gats 100"});
  if (words.one_in(2)) made += " " + words.key();
  made += " " + words.long_key();
  if (words.one_in(2)) made += " " + words.key();
  return made + "\r\n";
}

// The line without its end, and what follows it.
struct upload {
  std::string line;
  std::string data;
};

upload storage(vocabulary& words, std::string const& key, std::string data) {
  std::string const verb =
      words.random().of({"set", "set", "set", "add", "replace", "append", "prepend", "cas", "cas"});
  std::string line = fmt::format("{} {} {} {} {}", verb, key, words.flags(), words.exptime(), data.size());
  if (verb == "cas") line += " " + words.cas();
  return {line + noreply(words), std::move(data)};
}

std::string stored(vocabulary& words) {
  upload const made = storage(words, words.key(), words.value());
  return made.line + "\r\n" + made.data + "\r\n";
}

std::string counter(vocabulary& words) {
  std::string const by = words.one_in(12) ? words.nonsense() : words.delta();
  return fmt::format("{} {} {}{}\r\n", words.random().of({"incr", "decr"}), words.key(), by, noreply(words));
}

// A counter's life begins with a number.
std::string counter_set(vocabulary& words) {
  std::string const number = words.number();
  return fmt::format("set {} {} 0 {}\r\n{}\r\n", words.key(), words.flags(), number.size(), number);
}

// Reads and counts in turn, which must stay in order, on a key of its own whose number never gets shorter.
std::string counting(vocabulary& words) {
  std::string const key = std::string(session_name) + "#";
  std::string made = fmt::format("set {} 0 0 10\r\n5000000000\r\n", key);
  for (std::size_t i = 2 + words.random().below(4); i > 0; --i) {
    made += words.one_in(2) ? fmt::format("{} {}\r\n", words.random().of({"get", "gets", "gat 0"}), key)
                            : fmt::format("{} {} {}\r\n", words.random().of({"incr", "decr"}), key, i);
  }
  return made;
}

std::string touch_or_delete(vocabulary& words) {
  if (words.one_in(3)) return fmt::format("touch {} {}{}\r\n", words.key(), words.exptime(), noreply(words));
  std::string const extra =
      words.one_in(6) ? words.random().of({" 0", " 5", " 0 noreply", " x", " noreply x"}) : "";
  return fmt::format("delete {}{}{}\r\n", words.key(), extra, noreply(words));
}

// Whether the line announces no more than follows: a server that waited for more would take the next commands
// for data.
bool announces_at_most(std::string const& line, std::size_t size) {
  std::istringstream words(line);
  std::string length;
  for (int i = 0; i < 5; ++i) words >> length;
  return !length.starts_with('{') &&
         std::strtoll(length.c_str(), nullptr, 10) <= static_cast<long long>(size);
}

std::string wrong_storage_line(vocabulary& words, upload const& made) {
  std::string const line = mutated_line(made.line + "\r\n", words);
  return (announces_at_most(line, made.data.size()) ? line : made.line + "\r\n") + made.data + "\r\n";
}

// What follows a storing line that is refused is a line of its own, so the data has to be harmless as such.
std::string wrong_storage(vocabulary& words) {
  std::string const key = words.one_in(3) ? words.long_key() : words.key();
  upload const made = storage(words, key, words.short_value());
  switch (words.random().below(4)) {
    case 0: return wrong_storage_line(words, made);
    case 1:
      return fmt::format("set {} {} 0 {}\r\n{}\r\n", words.key(), words.wrong_flags(), made.data.size(),
                         made.data);
    case 2:
      return fmt::format("add {} 0 {} {}\r\n{}\r\n", words.key(), words.wrong_exptime(), made.data.size(),
                         made.data);
    default:
      return fmt::format("set {} 0 0 {}\r\n{}\r\n", words.key(),
                         words.random().of({"-1", "abc", "-2147483648", "2147483647", ""}), made.data);
  }
}

// More data than announced, up to a line end; so the framing is found again.
std::string too_much_data(vocabulary& words) {
  std::string const data = words.short_value();
  return fmt::format("set {} 0 0 {}\r\n{}tail\r\n", words.key(), words.random().below(data.size() + 1), data);
}

std::string wrong_line(vocabulary& words) {
  switch (words.random().below(3)) {
    case 0: return mutated_line(retrieval(words), words);
    case 1: return mutated_line(words.one_in(2) ? counter(words) : touch_or_delete(words), words);
    default: break;
  }
  std::string const line = words.random().of({"",
                                              " ",
                                              "get",
                                              "gets",
                                              "gat",
                                              "gat 0",
                                              "set",
                                              "add",
                                              "cas",
                                              "incr",
                                              "touch",
                                              "delete",
                                              "bget",
                                              "foo",
                                              "GET",
                                              "Get x",
                                              "gett x",
                                              "\x01",

                                              "verbosity",
                                              "verbosity 1",
                                              "verbosity 1 noreply",
                                              "verbosity x",
                                              "get\t",
                                              "mset x",
                                              "  get",
                                              "quit now please",
                                              "shutdown",
                                              "incr x",
                                              "decr x 1 2 3 4",

                                              "mset x y"});
  return line + (words.one_in(8) ? "\n" : "\r\n");
}

std::string command(vocabulary& words) {
  std::size_t const chosen = words.random().below(100);
  if (chosen < 30) return retrieval(words);
  if (chosen < 60) return stored(words);
  if (chosen < 66) return counter_set(words);
  if (chosen < 76) return counter(words);
  if (chosen < 84) return touch_or_delete(words);
  if (chosen < 90) return wrong_storage(words);
  if (chosen < 91) return too_much_data(words);
  if (chosen < 92) return counting(words);
  if (chosen < 93) return a_hundred_keys(words);
  return wrong_line(words);
}

// Not the upload of a value that is refused as too large and cut short: Tandem says so at once, memcached
// when all has come.
std::string ending(vocabulary& words) {
  switch (words.random().below(4)) {
    case 0: return words.random().of({"quit\r\n", "quit noreply\r\n", "quit\n"});
    case 1:
      return words.random().of(
          {"version\r\n", "version x\r\n", "GET / HTTP/1.1\r\n", "POST /x HTTP/1.0\r\n"});
    case 2: return fmt::format("set {} 0 0 100\r\nabc\r\n", words.key());
    default: break;
  }
  std::string cut = command(words);
  if (cut.size() > 100000) return "quit\r\n";
  cut.resize(words.random().below(std::min<std::size_t>(cut.size(), 300)));
  return cut;
}

std::string flush(vocabulary& words) {
  if (words.one_in(2)) {
    return words.random().of({"flush_all\r\n", "flush_all noreply\r\n", "flush_all 0\r\n", "flush_all x\r\n",
                              "flush_all 0 0\r\n", "flush_all\n"});
  }
  return words.random().of(
      {"flush_all 100000\r\n", "flush_all 100000 noreply\r\n", "flush_all 0 noreply\r\n"});
}

bool counts(std::string const& command) { return command.starts_with("incr") || command.starts_with("decr"); }

}  // namespace

speech const text_speech{command, opening, ending, flush, counts};

}  // namespace tandem::differential
