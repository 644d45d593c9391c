#include "protocol/memcached/meta/client_command.hpp"

#include "protocol/memcached/meta/base64.hpp"
#include "protocol/memcached/words.hpp"

#include <algorithm>
#include <bitset>

namespace tandem::protocol::meta {
namespace {

using model::option;
using model::verb;
using model::want;

constexpr std::string_view bad_format = "CLIENT_ERROR bad command line format";
constexpr std::string_view bad_token = "CLIENT_ERROR bad token in command line format";
constexpr std::string_view bad_flag = "CLIENT_ERROR invalid or duplicate flag";
constexpr std::string_view too_many = "CLIENT_ERROR options flags too long";
constexpr std::string_view too_many_for_mg = "CLIENT_ERROR options flags are too long";
constexpr std::string_view long_opaque = "CLIENT_ERROR opaque token too long";

/// Those of memcached 1.6.38.
constexpr std::string_view known_flags = "bcfhklqstuvxCDEFIJLMNOPRT";
constexpr std::size_t words_max = 19;   // of a line, name and key included
constexpr std::size_t opaque_max = 32;  // bytes, the O included
constexpr unsigned char letters_end = 127;

/// What all commands have in common is read first; then each takes of it what it heeds.
struct flags {
  base::slice key;
  bool value = false;
  bool renews = false;  // T
  bool long_opaque = false;
  char mode = 0;
  want wanted = want::nothing;
  option options = option::none;
  std::uint32_t client_flags = 0;
  std::uint64_t delta = 1;
  std::uint64_t initial = 0;
  model::exptime expires;
  std::optional<model::exptime> vivify;
  std::optional<model::exptime> made_for;  // N, whatever T says
  std::optional<model::exptime> recache;
  std::optional<std::uint64_t> compare_cas;
  std::optional<std::uint64_t> new_cas;
  reply_flags told;
  std::string_view opaque;
  std::string_view error;  // of several the last, as in memcached
};

void read_expires(std::string_view token, model::exptime& into, flags& all) {
  auto const seconds = read_exptime(token);
  if (!seconds) all.error = bad_token;
  into = seconds.value_or(model::exptime());
}

template <class Number>
void read_unsigned(std::string_view token, Number& into, std::string_view error, flags& all) {
  auto const number = unsigned_number(token);
  if (!number) all.error = error;
  into = static_cast<Number>(number.value_or(0));
}

/// 0 is no cas, but where memcached takes it for one.
void read_new_cas(std::string_view token, flags& all) {
  read_unsigned(token, all.new_cas.emplace(), bad_token, all);
  if (*all.new_cas == 0) all.new_cas.reset();
}

void decode_key(flags& all) {
  auto const bytes = read_base64(all.key.view());
  if (!bytes) all.error = "CLIENT_ERROR error decoding key";
  if (bytes) all.key = base::slice::copy_of(*bytes);
}

void read_mode(std::string_view token, flags& all) {
  if (token.size() != 1) all.error = "CLIENT_ERROR incorrect length for M token";
  all.mode = token.empty() ? '\0' : token.front();
}

void tell(told what, want wanted, flags& all) {
  all.told.add(what);
  all.wanted = all.wanted | wanted;
}

/// The order of T, N, R and t matters to memcached, which does one after the other.
void read_times(char flag, std::string_view token, flags& all) {
  bool const first = !all.renews && !all.vivify;
  if (flag == 't') {
    tell(told::ttl, want::ttl, all);
    if (first) all.options = all.options | option::ttl_first;
  }
  if (flag == 'T') {
    all.renews = true;
    read_expires(token, all.expires, all);
    if (all.vivify) all.vivify = all.expires;
  }
  if (flag == 'N') {
    read_expires(token, all.vivify.emplace(), all);
    all.made_for = all.vivify;
  }
  if (flag == 'R') {
    if (!all.renews) all.options = all.options | option::recache_first;
    read_expires(token, all.recache.emplace(), all);
  }
}

void read_token(char flag, std::string_view token, flags& all) {
  switch (flag) {
    case 'T':
    case 'N':
    case 'R':
    case 't': return read_times(flag, token, all);
    case 'F': return read_unsigned(token, all.client_flags, all.error.empty() ? bad_format : all.error, all);
    case 'C': return read_unsigned(token, all.compare_cas.emplace(), bad_token, all);
    case 'E': return read_new_cas(token, all);
    case 'J': return read_unsigned(token, all.initial, "CLIENT_ERROR invalid numeric initial value", all);
    case 'D': return read_unsigned(token, all.delta, "CLIENT_ERROR invalid numeric delta value", all);
    case 'M': return read_mode(token, all);
    default: return;
  }
}

void read_switch(char flag, flags& all) {
  switch (flag) {
    case 'b': all.told.set_base64(); return decode_key(all);
    case 'q': all.told.set_quiet(); return;
    case 'v': all.value = true; return;
    case 's': return tell(told::size, want::size, all);
    case 'c': return tell(told::cas, want::cas, all);
    case 'h': return tell(told::fetched, want::fetched, all);
    case 'l': return tell(told::idle, want::idle, all);
    case 'f': all.told.add(told::flags); return;
    case 'k': all.told.add(told::key); return;
    case 'u': all.options = all.options | option::unseen; return;
    case 'I': all.options = all.options | option::invalidate; return;
    case 'x': all.options = all.options | option::hollow; return;
    default: return;
  }
}

void read_opaque(std::string_view word, flags& all) {
  all.told.add(told::opaque);
  all.opaque = word;
  if (word.size() > opaque_max) all.long_opaque = true;
}

/// False for a flag after which no other is looked at.
bool read_flag(std::string_view word, std::bitset<letters_end>& seen, flags& all) {
  auto const letter = static_cast<unsigned char>(word.front());
  if (letter >= letters_end || seen.test(letter)) {
    all.error = "CLIENT_ERROR duplicate flag";
    return false;
  }
  seen.set(letter);
  if (known_flags.find(word.front()) == std::string_view::npos) {
    all.error = "CLIENT_ERROR invalid flag";
    return false;
  }
  read_token(word.front(), word.substr(1), all);
  read_switch(word.front(), all);
  if (word.front() == 'O') read_opaque(word, all);
  return true;
}

/// Every flag of a line, once. False if the line has too many words, of which `before` stand before the flags.
bool read_flags(std::string_view rest, std::size_t before, flags& all) {
  std::bitset<letters_end> seen;
  bool going_on = true;
  std::size_t words = before;
  for (auto word = take_word(rest); !word.empty(); word = take_word(rest)) {
    if (++words > words_max) return false;
    going_on = going_on && read_flag(word, seen, all);
  }
  return true;
}

base::slice part_of(base::slice const& line, std::string_view word) {
  return line.part(static_cast<std::size_t>(word.data() - line.data()), word.size());
}

client_command refused(std::string_view error) {
  client_command made;
  made.error = error;
  return made;
}

void fill_get(flags const& all, model::request& made) {
  made.command = all.renews ? verb::get_and_touch : verb::get;
  made.wanted = all.wanted | want::marks | (all.value ? want::value : want::nothing);
  made.options = without(all.options, option::invalidate | option::hollow);
  made.expires = all.expires;
  made.vivify = all.vivify;
  made.recache = all.recache;
  if (all.vivify) made.new_cas = all.new_cas;
}

/// An item that is appended to keeps its flags and time; they are of use where there is none.
void fill_extension(flags const& all, model::request& made) {
  made.vivify = all.made_for;
  made.expires = model::exptime();
  if (!made.vivify) made.flags = 0;
  if (includes(all.wanted, want::size)) made.wanted = made.wanted | want::size;
}

/// False for a mode that there is not.
bool fill_store(flags const& all, model::request& made) {
  made.wanted = want::nothing;
  switch (all.mode) {
    case '\0':
    case 'S': made.command = all.compare_cas ? verb::cas : verb::set; break;
    case 'E': made.command = verb::add; break;
    case 'A': made.command = verb::append; break;
    case 'P': made.command = verb::prepend; break;
    case 'R': made.command = all.compare_cas ? verb::cas : verb::replace; break;
    default: return false;
  }
  made.flags = all.client_flags;
  made.expires = all.expires;
  if (includes(all.wanted, want::cas)) made.wanted = want::cas;
  made.new_cas = all.new_cas;
  if (model::extends(made.command)) fill_extension(all, made);
  if (made.command != verb::add) made.compare_cas = all.compare_cas;
  if (made.command == verb::cas && includes(all.options, option::invalidate))
    made.options = option::invalidate;
  return true;
}

void fill_removal(flags const& all, model::request& made) {
  made.command = verb::remove;
  made.wanted = want::nothing;
  made.options = without(all.options, option::ttl_first | option::recache_first | option::unseen);
  made.compare_cas = all.compare_cas;
  bool const hollow = includes(made.options, option::hollow);
  bool const stays = hollow || includes(made.options, option::invalidate);
  if (!stays) return;
  made.expires = all.expires;
  made.new_cas = all.new_cas;
  if (hollow) made.flags = all.client_flags;
  if (all.renews) made.options = made.options | option::renew;
}

bool fill_arithmetic(flags const& all, model::request& made) {
  if (std::string_view("\0I+D-", 5).find(all.mode) == std::string_view::npos) return false;
  made.command = all.mode == 'D' || all.mode == '-' ? verb::decrement : verb::increment;
  made.delta = all.delta;
  made.initial = all.initial;
  made.vivify = all.vivify;
  made.compare_cas = all.compare_cas;
  made.new_cas = all.new_cas;
  made.expires = all.expires;
  made.wanted = all.value ? want::value : want::nothing;
  for (want const each : {want::cas, want::ttl}) {
    if (includes(all.wanted, each)) made.wanted = made.wanted | each;
  }
  made.options =
      without(all.options, option::recache_first | option::unseen | option::invalidate | option::hollow);
  // A quiet answer is told all the same if the item had to be made.
  if (all.told.quiet() && all.vivify) made.wanted = made.wanted | want::created;
  if (all.renews) made.options = made.options | option::renew;
  return true;
}

client_command read_debug(base::slice const& line, std::string_view rest, std::size_t key_max) {
  std::string_view const key = take_word(rest);
  if (key.empty() || key.size() > key_max) return refused(bad_format);
  flags all;
  all.key = part_of(line, key);
  if (take_word(rest) == "b") read_switch('b', all);
  if (!all.error.empty()) return refused(bad_format);
  client_command made;
  made.request.command = verb::debug;
  made.request.key = std::move(all.key);
  made.told = all.told;
  return made;
}

/// What a line's flags come to with its command; an error that the command finds in them otherwise.
std::string_view fill(std::string_view name, flags const& all, model::request& made) {
  bool const tells_little = name == "md" || name == "ma";
  if (!all.error.empty()) return tells_little ? bad_flag : all.error;
  if (name == "mg") fill_get(all, made);
  if (name == "md") fill_removal(all, made);
  if (name == "ms" && !fill_store(all, made)) return "CLIENT_ERROR invalid mode for ms M token";
  if (name == "ma" && !fill_arithmetic(all, made)) return "CLIENT_ERROR invalid mode for ma M token";
  return all.long_opaque ? long_opaque : std::string_view();
}

}  // namespace

bool is_command(std::string_view name) {
  return name == "mg" || name == "ms" || name == "md" || name == "ma" || name == "me";
}

client_command read_command(base::slice const& line, std::string_view name, std::size_t key_max) {
  std::string_view rest = line.view();
  rest.remove_prefix(static_cast<std::size_t>(name.data() - line.data()) + name.size());
  bool const stores = name == "ms";
  if (name == "me") return read_debug(line, rest, key_max);
  std::string_view const key = take_word(rest);
  if (key.empty()) return refused("ERROR");
  if (key.size() > key_max) return refused(bad_format);
  std::string_view const length = stores ? take_word(rest) : std::string_view();
  if (stores && length.empty()) return refused(bad_format);

  flags all;
  all.key = part_of(line, key);
  if (!read_flags(rest, stores ? 3 : 2, all)) return refused(name == "mg" ? too_many_for_mg : too_many);
  client_command made;
  if (stores) {
    made.value_size = read_length(length);
    if (!made.value_size) return refused(bad_format);
  }
  made.error = fill(name, all, made.request);
  made.request.key = std::move(all.key);
  made.told = all.told;
  made.opaque = all.opaque;
  return made;
}

}  // namespace tandem::protocol::meta
