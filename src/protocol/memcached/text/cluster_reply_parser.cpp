#include "protocol/memcached/text/cluster_reply_parser.hpp"

#include "protocol/memcached/words.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace tandem::protocol::text {

using base::parse_status;

namespace {

constexpr std::size_t host_max = 255;  // of a name in DNS
constexpr std::string_view end_of_list = "\r\nEND\r\n";

/// Digits only, and all of them.
template <class Number>
bool read_digits(std::string_view digits, Number& into) {
  char const* const end = digits.data() + digits.size();
  auto const read = std::from_chars(digits.data(), end, into);
  return read.ec == std::errc() && read.ptr == end;
}

/// Up to `mark`, which is taken off as well; the whole rest if there is none.
std::string_view take_until(std::string_view& rest, char mark) {
  std::size_t const at = std::min(rest.find(mark), rest.size());
  std::string_view const taken = rest.substr(0, at);
  rest.remove_prefix(std::min(at + 1, rest.size()));
  return taken;
}

bool can_be_host(std::string_view text) {
  auto const printable = [](char c) { return c > ' ' && c < '\x7f'; };
  return text.size() <= host_max && std::ranges::all_of(text, printable);
}

bool read_server(std::string_view word, cluster_server& into) {
  std::string_view const host = take_until(word, '|');
  std::string_view const address = take_until(word, '|');
  into.host = host.empty() ? address : host;
  into.address = address;
  if (into.host.empty() || !can_be_host(host) || !can_be_host(address)) return false;
  return read_digits(word, into.port) && into.port != 0;
}

bool same_place(cluster_server const& one, cluster_server const& other) {
  return one.host == other.host && one.port == other.port;
}

bool read_servers(std::string_view line, std::vector<cluster_server>& into) {
  for (auto word = take_word(line); !word.empty(); word = take_word(line)) {
    cluster_server one;
    if (into.size() == cluster_reply_parser::servers_max || !read_server(word, one)) return false;
    bool const known =
        std::ranges::any_of(into, [&](cluster_server const& each) { return same_place(each, one); });
    if (!known) into.push_back(std::move(one));
  }
  return !into.empty();
}

std::string_view without_carriage_return(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

/// What stands behind CONFIG or VALUE: the list's name, flags, and how long it is.
bool read_length(std::string_view rest, std::string_view name, std::size_t& length) {
  std::uint32_t flags = 0;
  bool const named = take_word(rest) == name && read_digits(take_word(rest), flags);
  return named && read_digits(take_word(rest), length) && rest.empty() &&
         length <= cluster_reply_parser::list_max;
}

bool is_refusal(std::string_view word) {
  return word == "ERROR" || word == "CLIENT_ERROR" || word == "SERVER_ERROR";
}

}  // namespace

parse_status cluster_reply_parser::next(base::input_buffer& input) {
  return length_ ? read_list(input) : read_line(input);
}

parse_status cluster_reply_parser::read_line(base::input_buffer& input) {
  std::string_view const unread = input.unread();
  std::size_t const newline = unread.find('\n');
  if (std::min(newline, unread.size()) > line_max + 1) return parse_status::garbage;
  if (newline == std::string_view::npos) return parse_status::need_more;
  std::string_view const line = without_carriage_return(unread.substr(0, newline));
  std::string_view rest = line;
  std::string_view const word = take_word(rest);
  reply_ = cluster_reply();
  bool const ends = line == "END";
  bool const refuses = is_refusal(word);
  std::size_t length = 0;
  bool const told = (word == "CONFIG" && read_length(rest, "cluster", length)) ||
                    (word == "VALUE" && read_length(rest, "AmazonElastiCache:cluster", length));
  if (!ends && !refuses && !told) return parse_status::garbage;
  if (refuses) {
    reply_.what = cluster_reply::kind::refused;
    reply_.words = line;
  }
  input.consume(newline + 1);
  if (!told) return parse_status::complete;
  length_ = length;
  return read_list(input);
}

parse_status cluster_reply_parser::read_list(base::input_buffer& input) {
  std::string_view const unread = input.unread();
  std::size_t const size = *length_ + end_of_list.size();
  if (unread.size() < size) {
    input.expect(size);
    return parse_status::need_more;
  }
  if (unread.substr(*length_, end_of_list.size()) != end_of_list) return parse_status::garbage;
  std::string_view list = unread.substr(0, *length_);
  reply_.what = cluster_reply::kind::servers;
  bool const numbered = read_digits(without_carriage_return(take_until(list, '\n')), reply_.version);
  std::string_view const line = without_carriage_return(take_until(list, '\n'));
  if (!numbered || !list.empty() || !read_servers(line, reply_.servers)) return parse_status::garbage;
  input.consume(size);
  length_.reset();
  return parse_status::complete;
}

}  // namespace tandem::protocol::text
