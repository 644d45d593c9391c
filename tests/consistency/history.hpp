// What clients asked, what they were told, and when: what the checker judges. Times are microseconds on one
// clock that never goes back.
#pragma once

#include "consistency/promises.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::consistency {

/// Keys say by their first letter what they are for, so that each can be judged by its own rules: a register
/// holds one of many values that are unique, a counter is a number, a log is only appended to.
enum class key_kind : std::uint8_t { unique_register, counter, log };
key_kind kind_of(std::string_view key);
/// In a log, between what was prepended and what was appended.
inline constexpr char log_mark = '|';

enum class verb : std::uint8_t {
  read,
  fetch,  // gat: a read that Redis answers
  touch,  // the same of whether there is something
  set,
  add,      // and so a read of nothing, if it succeeded
  replace,  // and so a read of something, if it succeeded
  cas,      // and so a read of `expected`, if it succeeded
  remove,
  append,
  prepend,
  add_to,  // incr, or decr of a negative argument; its answer is a read, too
};
/// As in the file; of what memcached calls by the same name, as there.
std::string_view name_of_verb(verb what);
/// Whether it may change what is there.
bool writes(verb what);

enum class outcome : std::uint8_t {
  done,     // read: a hit
  absent,   // there was nothing: a miss; a deletion that found nothing
  refused,  // nothing was changed, for certain
  unknown,  // an error, or no answer: may have taken effect, or may do so yet
};

/// The answer to an operation of unknown outcome if there was one.
inline constexpr std::string_view failed = "failed";

/// The way that an operation took: one of the Tandem processes, or past them, straight to Redis.
inline constexpr unsigned processes = 2;
inline constexpr unsigned past_tandem = processes;

/// The client that reads everything once more when all is calm.
inline constexpr unsigned onlooker = 1000;

struct operation {
  unsigned client = 0;
  unsigned way = 0;
  verb what = verb::read;
  std::string key;
  std::string argument;  // what was written, appended or added
  std::string expected;  // cas: the value in whose place
  outcome how = outcome::unknown;
  std::string answer;  // of a hit: the value; of add_to: the sum; `failed`, if Tandem itself said so
  moment start = 0;
  moment end = 0;
};

struct history {
  promises promised;
  std::vector<operation> operations;
  std::vector<outage> outages;
  std::vector<killing> killings;
  std::vector<calm> calms;
  std::map<std::string, unsigned> server_of;  // L1's server of each key
};

/// One line each; lines that begin with # are passed over when it is read again.
std::string written(history const& whole);
std::string written(operation const& one);
/// Throws std::runtime_error at a line that it does not understand.
history read_history(std::string_view text);

/// Only what is about these keys.
history only(history const& whole, std::vector<std::string> const& keys);

}  // namespace tandem::consistency
