// What clients asked, what they were told, and when: what the checker judges. Times are microseconds on one
// clock that never goes back.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::consistency {

using moment = std::int64_t;

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
  std::string answer;  // of a hit: the value; of add_to: the sum
  moment start = 0;
  moment end = 0;
};

/// A time during which a process may have failed to reach an L1 server, as far as those know who cut the link.
struct outage {
  unsigned process = 0;
  unsigned server = 0;
  moment start = 0;
  moment end = 0;
};

/// A process was killed, without warning.
struct killing {
  unsigned process = 0;
  moment start = 0;
  moment end = 0;
};

/// Windows that the configuration opens, and nothing else does.
struct promises {
  /// A process that could not reach an L1 server replays the removals which that server missed. Until so long after the
  /// end of the outage, which is when it has done so, the other processes may be told there what was removed; that
  /// process itself may not.
  moment replay = 0;
  /// What was written past Tandem may stay unseen through Tandem so long: the rest of the time of L1's item, or
  /// what an invalidation takes on its way.
  moment unseen = 0;
  /// A write that was under way in a process that was killed may be in Redis, and not seen in L1 for so long: the time of
  /// L1's item.
  moment killed = 0;
};

/// What is promised, in words: a line each.
std::string in_words(promises const& promised);

struct history {
  promises promised;
  std::vector<operation> operations;
  std::vector<outage> outages;
  std::vector<killing> killings;
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
