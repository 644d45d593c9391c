#include "protocol/memcached/meta/reply_parser.hpp"

#include "model/refusal.hpp"
#include "protocol/memcached/words.hpp"

#include <algorithm>
#include <charconv>

namespace tandem::protocol::meta {

using base::parse_status;

namespace {

constexpr std::string_view line_end = "\r\n";

/// Digits only, and all of them.
template <class Number>
std::optional<Number> read_number(std::string_view text) {
  Number number = 0;
  auto const end = text.data() + text.size();
  auto const read = std::from_chars(text.data(), end, number);
  if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return number;
}

template <class Number>
bool read_into(Number& target, std::string_view text) {
  auto const number = read_number<Number>(text);
  if (!number) return false;
  target = *number;
  return true;
}

/// One flag that the server returned; false for any that meta::encode does not ask for.
bool read_flag(std::string_view flag, reply& into) {
  std::string_view const token = flag.substr(1);
  switch (flag.front()) {
    case 'f': return read_into(into.flags, token);
    case 'c': return read_into(into.cas, token);
    case 't': return read_into(into.ttl, token) && into.ttl >= -1;
    case 's': return read_into(into.size, token);
    case 'l': return read_into(into.idle, token);
    case 'h': into.fetched = token == "1"; return token == "0" || token == "1";
    case 'W': return into.won = token.empty();
    case 'X': return into.stale = token.empty();
    case 'Z': return into.claimed = token.empty();
    default: return false;
  }
}

bool read_flags(std::string_view rest, reply& into) {
  for (auto flag = take_word(rest); !flag.empty(); flag = take_word(rest)) {
    if (!read_flag(flag, into)) return false;
  }
  return true;
}

std::optional<reply_code> read_code(std::string_view word) {
  struct entry {
    std::string_view word;
    reply_code code;
  };
  static constexpr entry table[] = {
      {"VA", reply_code::value},
      {"HD", reply_code::done},
      {"EN", reply_code::miss},
      {"NF", reply_code::not_found},
      {"NS", reply_code::not_stored},
      {"EX", reply_code::exists},
      {"ME", reply_code::debug},
      {"MN", reply_code::no_operation},
      {"OK", reply_code::ok},
      {"ERROR", reply_code::error},
      {"CLIENT_ERROR", reply_code::client_error},
      {"SERVER_ERROR", reply_code::server_error},
  };
  auto const found = std::find_if(std::begin(table), std::end(table),
                                  [word](entry const& each) { return each.word == word; });
  if (found == std::end(table)) return std::nullopt;
  return found->code;
}

/// What stands behind the first word of a line.
bool read_rest(std::string_view rest, reply& into, std::optional<std::size_t>& length) {
  switch (into.code) {
    case reply_code::value:
      length = read_number<std::size_t>(take_word(rest));
      return length && read_flags(rest, into);
    case reply_code::done:
    case reply_code::not_found:
    case reply_code::not_stored:
    case reply_code::exists: return read_flags(rest, into);
    case reply_code::miss:
    case reply_code::no_operation:
    case reply_code::ok: return rest.empty();
    case reply_code::debug:
    case reply_code::error:
    case reply_code::client_error:
    case reply_code::server_error: return true;  // a message of any words
  }
  return false;
}

bool has_message(reply_code code) {
  return code == reply_code::debug || code == reply_code::error || code == reply_code::client_error ||
         code == reply_code::server_error;
}

using possible_response = std::optional<model::response>;

possible_response when(bool expected, model::status status) {
  if (!expected) return std::nullopt;
  return model::response::of(status);
}

model::response of_item(reply&& received) {
  model::response answer;
  answer.flags = received.flags;
  answer.cas = received.cas;
  answer.ttl = received.ttl;
  answer.size = received.size;
  answer.idle = received.idle;
  answer.fetched = received.fetched;
  answer.won = received.won;
  answer.stale = received.stale;
  answer.claimed = received.claimed;
  answer.value = std::move(received.value);
  return answer;
}

possible_response of_value(model::request const& asked, reply&& received) {
  bool const told = includes(asked.wanted, model::want::value);
  if (retrieves(asked.command) && told) return of_item(std::move(received));
  if (!counts(asked.command)) return std::nullopt;
  base::slice const digits = std::exchange(received.value, base::slice());
  model::response answer = of_item(std::move(received));
  if (!read_into(answer.number, digits.view())) return std::nullopt;
  return answer;
}

possible_response of_done(model::request const& asked, reply&& received) {
  bool const told = includes(asked.wanted, model::want::value);
  bool const expected = stores(asked.command) || asked.command == model::verb::touch ||
                        asked.command == model::verb::remove || (retrieves(asked.command) && !told);
  if (!expected) return std::nullopt;
  return of_item(std::move(received));
}

/// ME KEY NAME=VALUE...: the key may stand there in base64, and is known.
possible_response of_debug(model::request const& asked, reply&& received) {
  if (asked.command != model::verb::debug) return std::nullopt;
  std::size_t const key_end = std::min(received.message.view().find(' ') + 1, received.message.size());
  model::response answer;
  answer.value = received.message.part(key_end);
  return answer;
}

/// A server that refuses the line of a storing command may go on to read the value as commands, so that no
/// later reply is sure to belong to a request of ours. It knows the value's length where it minds a flag, and this proxy
/// knows it whatever a route refuses.
possible_response of_error(model::request const& asked, reply&& received, model::status status) {
  std::string_view const words = received.message.view();
  bool const value_read = words == "invalid flag" || model::is_refusal(words);
  if (stores(asked.command) && !value_read) return std::nullopt;
  model::response answer = model::response::of(status);
  answer.message = std::move(received.message);
  if (answer.message.empty()) answer.message = base::slice::of_static("the server does not know the command");
  return answer;
}

possible_response of_client_error(model::request const& asked, reply&& received) {
  if (counts(asked.command) && received.message.view().starts_with("cannot increment or decrement")) {
    return model::response::of(model::status::non_numeric);
  }
  return of_error(asked, std::move(received), model::status::client_error);
}

possible_response of_server_error(model::request const& asked, reply&& received) {
  if (stores(asked.command) && received.message.view().starts_with("object too large")) {
    return model::response::of(model::status::too_large);
  }
  model::response answer = model::response::of(model::status::server_error);
  answer.message = std::move(received.message);
  return answer;
}

}  // namespace

parse_status reply_parser::next(base::input_buffer& input) {
  return expected_ ? read_value(input) : read_line(input);
}

parse_status reply_parser::read_line(base::input_buffer& input) {
  std::string_view const unread = input.unread();
  std::size_t const newline = unread.find('\n', searched_);
  std::size_t const length = std::min(newline, unread.size());
  if (length > line_max + 1) return parse_status::garbage;
  if (newline == std::string_view::npos) {
    searched_ = length;
    return parse_status::need_more;
  }
  searched_ = 0;
  std::string_view rest = unread.substr(0, newline);
  if (!rest.ends_with('\r')) return parse_status::garbage;
  rest.remove_suffix(1);
  rest.remove_suffix(rest.size() - (rest.find_last_not_of(' ') + 1));
  if (rest.starts_with(' ')) return parse_status::garbage;
  reply_ = reply();
  auto const code = read_code(take_word(rest));
  if (!code) return parse_status::garbage;
  reply_.code = *code;
  if (!read_rest(rest, reply_, expected_)) return parse_status::garbage;
  if (expected_ && *expected_ > value_max_) return parse_status::garbage;
  if (has_message(*code)) {
    std::string_view const message = rest.substr(std::min(rest.find_first_not_of(' '), rest.size()));
    reply_.message = input.peek(static_cast<std::size_t>(message.data() - unread.data()), message.size());
  }
  input.consume(newline + 1);
  return expected_ ? read_value(input) : parse_status::complete;
}

parse_status reply_parser::any_line(base::input_buffer& input) {
  std::string_view const unread = input.unread();
  std::size_t const newline = unread.find('\n');
  if (newline == std::string_view::npos && unread.size() <= line_max) return parse_status::need_more;
  std::size_t const length = std::min({newline, unread.size(), line_max});
  std::string_view const line = unread.substr(0, length);
  reply_ = reply();
  reply_.message = input.peek(0, line.find_last_not_of("\r ") + 1);
  input.consume(newline == std::string_view::npos ? length : newline + 1);
  return parse_status::complete;
}

parse_status reply_parser::read_value(base::input_buffer& input) {
  if (*expected_ > kept_max_) return pass_value(input);
  std::string_view const unread = input.unread();
  std::size_t const size = *expected_ + line_end.size();
  if (unread.size() < size) {
    input.expect(size);
    return parse_status::need_more;
  }
  if (unread.substr(*expected_, line_end.size()) != line_end) return parse_status::garbage;
  reply_.value = input.take(*expected_);
  input.consume(line_end.size());
  expected_.reset();
  return parse_status::complete;
}

/// Holds none of the value's bytes longer than until more are read.
parse_status reply_parser::pass_value(base::input_buffer& input) {
  std::size_t const here = std::min(*expected_ - passed_, input.unread().size());
  if (here > 0) input.consume(here);
  passed_ += here;
  std::string_view const unread = input.unread();
  if (passed_ < *expected_ || unread.size() < line_end.size()) return parse_status::need_more;
  if (!unread.starts_with(line_end)) return parse_status::garbage;
  input.consume(line_end.size());
  reply_.oversized = *expected_;
  expected_.reset();
  passed_ = 0;
  return parse_status::complete;
}

namespace {

possible_response of_one(model::request const& asked, reply&& received) {
  using model::status;
  using model::verb;
  bool const conditional = asked.compare_cas.has_value();
  switch (received.code) {
    case reply_code::value: return of_value(asked, std::move(received));
    case reply_code::done: return of_done(asked, std::move(received));
    case reply_code::debug: return of_debug(asked, std::move(received));
    case reply_code::miss: {
      bool const reads = retrieves(asked.command) || asked.command == verb::debug;
      return when(reads || asked.command == verb::touch, status::not_found);
    }
    case reply_code::not_found: {
      bool const expected =
          counts(asked.command) || asked.command == verb::remove || (stores(asked.command) && conditional);
      return when(expected, status::not_found);
    }
    case reply_code::not_stored:
      return when(stores(asked.command) || counts(asked.command), status::not_stored);
    case reply_code::exists: {
      bool const expected = stores(asked.command) || counts(asked.command) || asked.command == verb::remove;
      return when(expected && conditional, status::exists);
    }
    case reply_code::no_operation: return std::nullopt;
    case reply_code::ok: return when(asked.command == verb::flush, status::ok);
    case reply_code::error: return of_error(asked, std::move(received), status::server_error);
    case reply_code::client_error: return of_client_error(asked, std::move(received));
    case reply_code::server_error: return of_server_error(asked, std::move(received));
  }
  return std::nullopt;
}

}  // namespace

std::optional<model::response> to_response(model::request const& asked, std::span<reply> received) {
  if (received.size() == 1) return of_one(asked, std::move(received.front()));
  // The item was looked for first.
  reply& before = received.front();
  if (before.code == reply_code::server_error) return of_server_error(asked, std::move(before));
  if (before.code != reply_code::miss && before.code != reply_code::debug) return std::nullopt;
  possible_response answer = of_one(asked, std::move(received.back()));
  if (answer) answer->created = answer->hit() && before.code == reply_code::miss;
  return answer;
}

}  // namespace tandem::protocol::meta
