#include "protocol/memcached/text/request_parser.hpp"

#include "protocol/memcached/meta/client_command.hpp"
#include "protocol/memcached/text/command_line.hpp"
#include "protocol/memcached/words.hpp"

#include <algorithm>
#include <limits>

namespace tandem::protocol::text {
namespace {

using model::verb;
using model::want;

constexpr std::string_view unknown_command = "ERROR";
constexpr std::string_view bad_format = "CLIENT_ERROR bad command line format";
constexpr std::string_view too_long = "CLIENT_ERROR line too long";
constexpr std::string_view bad_exptime = "CLIENT_ERROR invalid exptime argument";

/// A line that is no retrieval may be this long, and have this many spaces in front of a retrieval's name.
constexpr std::size_t narrow_line_max = 2048;
constexpr std::size_t leading_spaces_max = 100;

bool starts_retrieval(std::string_view line) {
  std::size_t const spaces = std::min(line.find_first_not_of(' '), line.size());
  if (spaces > leading_spaces_max) return false;
  line.remove_prefix(spaces);
  constexpr std::string_view names[] = {"get ", "gets ", "gat ", "gats "};
  return std::any_of(std::begin(names), std::end(names),
                     [line](auto name) { return line.starts_with(name); });
}

/// Whether a word of `words` has more than `bytes` bytes. Looks at few of them.
bool longer_word(std::string_view words, std::size_t bytes) {
  while (words.size() > bytes) {
    std::size_t const space = words.rfind(' ', bytes);
    if (space == std::string_view::npos) return true;
    words.remove_prefix(space + 1);
  }
  return false;
}

/// memcached hangs up on an HTTP request, whose last word names the protocol; but it looks for that only
/// where the first letter does not lead to a command of its own, and not beyond 23 words.
bool http_request(std::string_view line) {
  constexpr std::size_t words_max = 23;
  std::string_view const name = take_word(line);
  if (name.size() < 2 || std::string_view("acdgimst").find(name.front()) != std::string_view::npos)
    return false;
  std::string_view last = name;
  for (std::size_t words = 1; words < words_max; ++words) {
    std::string_view const word = take_word(line);
    if (word.empty()) break;
    last = word;
  }
  return last.starts_with("HTTP/");
}

/// Numbers of memcached's classes of memory, between commas.
bool names_classes(std::string_view list) {
  constexpr std::uint64_t classes_max = 64;
  std::size_t count = 0;
  while (!list.empty()) {
    std::string_view const one = list.substr(0, list.find(','));
    list.remove_prefix(std::min(one.size() + 1, list.size()));
    if (one.empty()) continue;
    auto const number = unsigned_number(one);
    if (!number || *number == 0 || *number >= classes_max) return false;
    ++count;
  }
  return count > 0;
}

}  // namespace

struct request_parser::retrieval_command {
  std::string_view name;
  verb meaning;
  want wanted;

  static retrieval_command const* find(std::string_view name);
};

request_parser::retrieval_command const* request_parser::retrieval_command::find(std::string_view name) {
  static constexpr retrieval_command table[] = {
      {"get", verb::get, want::value},           {"gets", verb::get, want::value | want::cas},
      {"gat", verb::get_and_touch, want::value}, {"gats", verb::get_and_touch, want::value | want::cas},
      {"bget", verb::get, want::value},
  };
  auto const found =
      std::ranges::find_if(table, [name](retrieval_command const& entry) { return entry.name == name; });
  return found == std::end(table) ? nullptr : found;
}

struct request_parser::command {
  static constexpr std::size_t any = std::numeric_limits<std::size_t>::max();

  std::string_view name;
  event (request_parser::*read)(command const&, command_line const&);
  std::size_t words_min;  // the name included
  std::size_t words_max;
  verb meaning = verb::get;

  static command const* find(std::string_view name);
};

request_parser::command const* request_parser::command::find(std::string_view name) {
  using parser = request_parser;
  static constexpr command table[] = {
      {"set", &parser::storage, 5, 6, verb::set},
      {"delete", &parser::removal, 2, 4, verb::remove},
      {"incr", &parser::arithmetic, 3, 4, verb::increment},
      {"decr", &parser::arithmetic, 3, 4, verb::decrement},
      {"add", &parser::storage, 5, 6, verb::add},
      {"replace", &parser::storage, 5, 6, verb::replace},
      {"append", &parser::storage, 5, 6, verb::append},
      {"prepend", &parser::storage, 5, 6, verb::prepend},
      {"cas", &parser::storage, 6, 7, verb::cas},
      {"touch", &parser::touch, 3, 4, verb::touch},
      {"mn", &parser::no_operation, 1, any},
      {"version", &parser::version, 1, any},
      {"stats", &parser::stats, 1, any},
      {"verbosity", &parser::verbosity, 2, 3},
      {"flush_all", &parser::flush, 1, 3, verb::flush},
      {"lru_crawler", &parser::crawler, 3, 3},
      {"config", &parser::configuration, 3, 3},
      {"quit", &parser::quit, 1, any},
      {"shutdown", &parser::shutdown, 1, any},
  };
  auto const found = std::find_if(std::begin(table), std::end(table),
                                  [name](command const& entry) { return entry.name == name; });
  return found == std::end(table) ? nullptr : found;
}

event request_parser::next(base::input_buffer& input) {
  switch (phase_) {
    case phase::line: return read_line(input);
    case phase::value: return read_value(input);
    case phase::keys: return next_key();
    case phase::swallow: return swallow(input);
    case phase::closed: return event::hang_up;
  }
  return event::hang_up;
}

event request_parser::read_line(base::input_buffer& input) {
  forget();
  noreply_ = false;
  refused_ = refused_value::none;

  std::string_view const unread = input.unread();
  std::size_t const newline = unread.find('\n', searched_);
  std::size_t const length = std::min(newline, unread.size());
  if (length > narrow_line_max) {
    if (length > limits_.line_max || !starts_retrieval(unread))
      return close(closing::line_too_long, too_long);
  }
  if (newline == std::string_view::npos) {
    searched_ = length;
    return event::need_more;
  }
  searched_ = 0;
  line_ = input.take(newline + 1);
  std::string_view line = line_.view().substr(0, newline);
  if (line.ends_with('\r')) line.remove_suffix(1);
  event const found = dispatch(line.substr(0, line.find('\0')));
  return phase_ == phase::value ? read_value(input) : found;
}

event request_parser::dispatch(std::string_view text) {
  std::string_view rest = text;
  std::string_view const name = take_word(rest);
  if (meta::is_command(name)) return meta_command(text, name);
  if (auto const* const entry = retrieval_command::find(name)) return retrieval(*entry, rest);
  command_line const line(name, rest);
  command const* const entry = command::find(line[0]);
  if (!entry) return http_request(text) ? close(closing::http) : fail(unknown_command);
  if (line.count < entry->words_min || line.count > entry->words_max) return fail(unknown_command);
  return (this->*entry->read)(*entry, line);
}

event request_parser::retrieval(retrieval_command const& entry, std::string_view words) {
  std::string_view keys = words;
  std::string_view first = take_word(keys);
  if (first.empty()) return fail(unknown_command);
  retrieves_ = {entry.meaning, entry.wanted, {}};
  if (entry.meaning == verb::get_and_touch) {
    auto const expires = read_exptime(first);
    if (!expires) return fail(bad_exptime);
    retrieves_.expires = *expires;
    words = keys;
    first = take_word(keys);
  }
  // One bad key is the answer to all of them, so it has to be known before the first is answered.
  if (!key_fits(first) || longer_word(keys, limits_.key_max)) return fail(bad_format);
  bool const lone = !first.empty() && keys.find_first_not_of(' ') == std::string_view::npos;
  if (lone) return begin_key(first, event::lone_key);
  phase_ = phase::keys;
  keys_ = words;
  return next_key();
}

event request_parser::next_key() {
  std::string_view const key = take_word(keys_);
  if (!key.empty()) return begin_key(key, event::key);
  phase_ = phase::line;
  return event::end_of_keys;
}

event request_parser::begin_key(std::string_view key, event as) {
  request_.command = retrieves_.command;
  request_.wanted = retrieves_.wanted;
  request_.expires = retrieves_.expires;
  request_.key = part_of_line(key);
  return as;
}

event request_parser::storage(command const& entry, command_line const& line) {
  noreply_ = line.noreply();
  if (!key_fits(line[1])) return fail(bad_format);
  auto const flags = unsigned_number(line[2]);
  auto const expires = read_exptime(line[3]);
  auto const length = read_length(line[4]);
  if (!flags || !expires || !length) return fail(bad_format);
  if (entry.meaning == verb::cas) {
    request_.compare_cas = unsigned_number(line[5]);
    if (!request_.compare_cas) return fail(bad_format);
  }
  request_.command = entry.meaning;
  request_.key = part_of_line(line[1]);
  request_.flags = static_cast<std::uint32_t>(*flags);
  request_.expires = *expires;
  body_ = *length;
  when_stored_ = event::request;
  if (body_ > limits_.value_max) return refuse_value();
  phase_ = phase::value;
  return event::need_more;
}

event request_parser::meta_command(std::string_view text, std::string_view name) {
  meta::client_command read = meta::read_command(part_of_line(text), name, limits_.key_max);
  body_ = read.value_size.value_or(0);
  if (!read.error.empty()) {
    if (read.value_size) swallow_value();
    return fail(read.error);
  }
  request_ = std::move(read.request);
  told_ = read.told;
  opaque_ = read.opaque.empty() ? base::slice() : part_of_line(read.opaque);
  if (!read.value_size) return event::meta;
  when_stored_ = event::meta;
  if (body_ > limits_.value_max) return refuse_value();
  phase_ = phase::value;
  return event::need_more;
}

event request_parser::arithmetic(command const& entry, command_line const& line) {
  noreply_ = line.noreply();
  if (!key_fits(line[1])) return fail(bad_format);
  auto const delta = unsigned_number(line[2]);
  if (!delta) return fail("CLIENT_ERROR invalid numeric delta argument");
  request_.command = entry.meaning;
  request_.key = part_of_line(line[1]);
  request_.delta = *delta;
  return event::request;
}

event request_parser::touch(command const& entry, command_line const& line) {
  noreply_ = line.noreply();
  if (!key_fits(line[1])) return fail(bad_format);
  auto const expires = read_exptime(line[2]);
  if (!expires) return fail(bad_exptime);
  request_.command = entry.meaning;
  request_.key = part_of_line(line[1]);
  request_.expires = *expires;
  return event::request;
}

/// Once upon a time a delete could be delayed; old clients still send the delay, which has to be 0.
event request_parser::removal(command const& entry, command_line const& line) {
  if (line.count > 2) {
    noreply_ = line.noreply();
    bool const undelayed = line[2] == "0";
    bool const valid = line.count == 3 ? undelayed || noreply_ : undelayed && noreply_;
    if (!valid) return fail("CLIENT_ERROR bad command line format.  Usage: delete <key> [noreply]");
  }
  if (!key_fits(line[1])) return fail(bad_format);
  request_.command = entry.meaning;
  request_.key = part_of_line(line[1]);
  return event::request;
}

event request_parser::flush(command const& entry, command_line const& line) {
  noreply_ = line.noreply();
  request_.command = entry.meaning;
  bool const delayed = line.count > (noreply_ ? 2u : 1u);
  if (!delayed) return event::request;
  auto const delay = read_exptime(line[1]);
  if (!delay) return fail(bad_exptime);
  request_.expires = *delay;
  return event::request;
}

event request_parser::no_operation(command const&, command_line const&) {
  local_ = local_command::no_operation;
  return event::local;
}

event request_parser::version(command const&, command_line const&) {
  local_ = local_command::version;
  return event::local;
}

event request_parser::verbosity(command const&, command_line const& line) {
  noreply_ = line.noreply();
  if (!unsigned_number(line[1])) return fail(bad_format);
  local_ = local_command::verbosity;
  return event::local;
}

/// Of all that steers memcached's crawler only the listing of items, which tools wait for the end of.
event request_parser::crawler(command const&, command_line const& line) {
  if (line[1] != "metadump") return fail(unknown_command);
  bool const valid = line[2] == "all" || line[2] == "hash" || names_classes(line[2]);
  if (!valid) return fail("BADCLASS invalid class id");
  local_ = local_command::metadump;
  return event::local;
}

event request_parser::configuration(command const&, command_line const& line) {
  if (line[1] != "get" || line[2] != "cluster") return fail(unknown_command);
  local_ = local_command::cluster;
  return event::local;
}

event request_parser::stats(command const&, command_line const& line) {
  local_ = local_command::stats;
  arguments_ = line.arguments;
  arguments_.remove_prefix(std::min(arguments_.find_first_not_of(' '), arguments_.size()));
  arguments_.remove_suffix(arguments_.size() - (arguments_.find_last_not_of(' ') + 1));
  return event::local;
}

event request_parser::quit(command const&, command_line const&) { return close(closing::asked); }

event request_parser::shutdown(command const&, command_line const&) {
  return fail("ERROR: shutdown not enabled");
}

event request_parser::fail(std::string_view line) {
  request_ = model::request();
  error_line_ = line;
  return event::error;
}

event request_parser::close(closing why, std::string_view last_line) {
  phase_ = phase::closed;
  why_ = why;
  error_line_ = last_line;
  return event::hang_up;
}

base::slice request_parser::part_of_line(std::string_view part) const {
  return line_.part(static_cast<std::size_t>(part.data() - line_.data()), part.size());
}

}  // namespace tandem::protocol::text
