#include "differential/accepted.hpp"

#include <algorithm>
#include <cstdlib>
#include <regex>
#include <sstream>

namespace tandem::differential {
namespace {

std::string_view first_line(std::string_view reply) { return reply.substr(0, reply.find("\r\n")); }

reply_pair without_version(reply_pair replies) {
  auto const masked = [](std::string const& reply) {
    static std::regex const text("^VERSION 1\\.6\\.[0-9]+\r\n$");
    static std::regex const binary("^(magic 81 opcode 0b .*value )\"1\\.6\\.[0-9]+\"$");
    return std::regex_replace(std::regex_replace(reply, text, "VERSION"), binary, "$1a version");
  };
  return {masked(replies.memcached), masked(replies.tandem)};
}

reply_pair without_item_internals(reply_pair replies) {
  bool const both_tell = replies.tandem.find(" fetch=") != std::string::npos;
  auto const masked = [both_tell](std::string const& reply) {
    static std::regex const internals(" (la|cls|size)=[0-9]+");
    static std::regex const fetched(" fetch=[a-z]+");
    if (!reply.starts_with("ME ")) return reply;
    std::string const rest = std::regex_replace(reply, internals, "");
    return both_tell ? rest : std::regex_replace(rest, fetched, "");
  };
  return {masked(replies.memcached), masked(replies.tandem)};
}

// Of items beyond half a megabyte memcached knows that they are no number before it looks at the cas.
reply_pair without_chunked_numbers(reply_pair replies) {
  static std::regex const refused("^(magic 81 opcode (?:05|06|15|16) .*status )(0006|0002)( .*cas 0 ).*$");
  std::smatch mine;
  std::smatch other;
  bool const both =
      std::regex_match(replies.memcached, mine, refused) && std::regex_match(replies.tandem, other, refused);
  bool const meant = both && mine[2] == "0006" && other[2] == "0002";
  if (meant) replies.tandem = replies.memcached;
  return replies;
}

// Before 1.6.24 it told the seconds that are left as less than none.
reply_pair without_sign_of_time(reply_pair replies) {
  if (!replies.memcached.starts_with("ME ") || !replies.tandem.starts_with("ME ")) return replies;
  auto const unsigned_time = [](std::string const& reply) {
    static std::regex const signed_time(" exp=-([0-9]+)");
    return reply.find(" exp=-1 ") != std::string::npos ? reply
                                                       : std::regex_replace(reply, signed_time, " exp=$1");
  };
  return {unsigned_time(replies.memcached), unsigned_time(replies.tandem)};
}

// Beyond 30 days a time was given as a date, which each memcached counts from when it was started, to the second.
long seconds_apart_max(long told) { return told > 2'592'000 ? 2 : 1; }

// Whether both are the same number of seconds, or nearly: meta's t and l, or exp= of me.
bool within_a_second(std::string const& mine, std::string const& other) {
  static std::regex const seconds("^(t|l|exp=-?)([0-9]+)$");
  std::smatch in_mine;
  std::smatch in_other;
  if (!std::regex_match(mine, in_mine, seconds) || !std::regex_match(other, in_other, seconds)) return false;
  if (in_mine[1] != in_other[1]) return false;
  long const told = std::stol(in_mine[2].str());
  return std::labs(told - std::stol(in_other[2].str())) <= seconds_apart_max(told);
}

reply_pair without_a_second(reply_pair replies) {
  std::string_view const mine = first_line(replies.memcached);
  std::string_view const other = first_line(replies.tandem);
  if (!std::regex_search(std::string(mine), std::regex("^(VA [0-9]+|HD|ME [^ ]+)"))) return replies;
  std::istringstream my_words{std::string(mine)};
  std::istringstream other_words{std::string(other)};
  std::string made;
  std::string my_word;
  std::string other_word;
  bool met = false;
  while (my_words >> my_word && other_words >> other_word) {
    bool const near = my_word != other_word && within_a_second(my_word, other_word);
    made += (made.empty() ? "" : " ") + (near ? my_word : other_word);
    met |= near;
  }
  bool const same_count = !(my_words >> my_word) && !(other_words >> other_word);
  if (met && same_count) replies.tandem.replace(0, other.size(), made);
  return replies;
}

// The key as bytes where it is in base64: after k, or after ME, which does not say that it is.
std::string with_key_in_bytes(std::string const& reply) {
  static std::regex const token("^([A-Z]{2}(?: [^ \\r]+)*? k)([A-Za-z0-9+/]+=*) b(?=[ \\r])");
  static std::regex const of_me("^(ME )((?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2,3}=+)?)(?= )");
  std::smatch found;
  if (!std::regex_search(reply, found, token) && !std::regex_search(reply, found, of_me)) return reply;
  return found[1].str() + from_base64(found[2].str()) + found.suffix().str();
}

// Only where one has it in base64 and the other has not.
reply_pair without_key_spelling(reply_pair replies) {
  reply_pair in_bytes{with_key_in_bytes(replies.memcached), with_key_in_bytes(replies.tandem)};
  bool const one = in_bytes.memcached == replies.memcached;
  bool const other = in_bytes.tandem == replies.tandem;
  return one != other ? in_bytes : replies;
}

std::vector<accepted_difference> table() {
  return {
      {"version", "the release that Tandem speaks may be another one than the memcached that is here",
       without_version},
      {"item internals",
       "me: last access, slab class and size are those of a memcached's own memory; Redis knows no fetch",
       without_item_internals},
      {"key spelling",
       "k and me spell the key as this request does; memcached as the one that stored the item did",
       without_key_spelling},
      {"sign of a time", "me: memcached before 1.6.24 tells the time that is left as a negative number",
       without_sign_of_time},
      {"large numbers", "counting an item of over half a megabyte under another cas: both errors are right",
       without_chunked_numbers},
      {"one second", "memcached's clock ticks once a second, and not at the same moment everywhere",
       without_a_second},
  };
}

}  // namespace

accepted_differences::accepted_differences() : all_(table()) {}

bool accepted_differences::agree(reply_pair replies) {
  if (replies.memcached == replies.tandem) return true;
  for (accepted_difference& each : all_) {
    reply_pair less = each.without(replies);
    if (less == replies) continue;
    replies = std::move(less);
    ++each.met;
  }
  return replies.memcached == replies.tandem;
}

bool accepted_differences::agree(transcript const& memcached, transcript const& tandem) {
  return std::equal(memcached.begin(), memcached.end(), tandem.begin(), tandem.end(),
                    [this](std::string const& a, std::string const& b) {
                      return agree(reply_pair{a, b});
                    });
}

}  // namespace tandem::differential
