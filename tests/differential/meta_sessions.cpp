// The meta protocol, with commands of the classic one between them: both are spoken on one connection.
#include "differential/sessions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <sstream>

namespace tandem::differential {
namespace {

struct spelled_key {
  std::string word;
  bool in_base64 = false;
  bool breaks_lines = false;
};

spelled_key spelled_in_base64(std::string const& key) {
  return {in_base64(key), true, key.find('\n') != std::string::npos};
}

spelled_key key_for(vocabulary& words) {
  switch (words.random().below(16)) {
    case 0: return spelled_in_base64(words.key());
    case 1:
    case 2:
    case 3: return spelled_in_base64(words.key_of_any_bytes());
    case 4: return {words.key(), words.one_in(4)};
    case 5:
      if (!words.one_in(4)) break;
      return {std::string(session_name_in_base64) +
                  words.random().of({"=", "A", "AA", "AAA", "A===", "!AAA", "AA=A"}),
              true};
    default: break;
  }
  return {words.one_in(50) ? words.long_key() : words.key(), false};
}

constexpr std::size_t opaque_max = 32;  // bytes, the O included

std::string opaque(vocabulary& words) {
  return "O" + (words.one_in(8) ? std::string(opaque_max - 3 + words.random().below(4), 'o')
                                : words.random().of({"", "1", "abc", "123456", "c5", "k"}));
}

// Above all numbers that servers give, so that an item's own and one that was chosen compare the same everywhere. Not 0,
// which memcached gives to some items.
std::string chosen_cas(vocabulary& words) {
  return words.random().of({"9000000000000000001", "9000000000000000002", "18446744073709551615"});
}

std::string flag(vocabulary& words, char letter) {
  bool const wrong = words.one_in(16);
  std::string const name(1, letter);
  switch (letter) {
    case 'C': return name + (wrong ? words.nonsense() : words.cas());
    case 'D':
    case 'J': return name + (wrong ? words.nonsense() : words.delta());
    case 'F': return name + (wrong ? words.wrong_flags() : words.flags());
    case 'L':
    case 'P': return name + words.random().of({"", "path/", "1"});
    // The modes of ms; those of ma have a letter of their own here.
    case 'M':
      return name + words.random().of({"E", "A", "P", "R", "S", "e", "a", "p", "r", "s", wrong ? "X" : "S"});
    case '+':
      return words.random().of(
          {"MI", "MD", "M+", "M-", "Mi", "Md", wrong ? "Mincr" : "MD", wrong ? "M" : "MD"});
    case 'E':
      return name +
             (wrong ? words.random().of({"", "-1", "x", "1.5", "18446744073709551616"}) : chosen_cas(words));
    case 'N': return name + (wrong ? words.wrong_exptime() : words.random().of({"0", "0", "100", "86400"}));
    case 'O': return opaque(words);
    // No time to live that an item may have is near one of these.
    case 'R':
      return name + (wrong ? words.wrong_exptime() : words.random().of({"0", "30", "1000", "100000"}));
    case 'T': return name + (wrong ? words.wrong_exptime() : words.exptime());
    default: return words.one_in(40) ? name + "x" : name;
  }
}

bool begins(std::vector<std::string> const& flags, std::string_view with) {
  return std::any_of(flags.begin(), flags.end(),
                     [&](std::string const& each) { return each.starts_with(with); });
}

// Each letter at most once, in any order, unless the wrong ones make it otherwise.
std::vector<std::string> some_flags(vocabulary& words, std::string_view letters) {
  std::vector<std::string> made;
  for (char const letter : letters) {
    if (words.one_in(letter == 'q' ? 6 : 3)) made.push_back(flag(words, letter));
  }
  if (!made.empty() && words.one_in(30)) made.push_back(words.random().of(made));
  if (words.one_in(30)) made.push_back(words.random().of({"S5", "!", "0", "z", "A", "\x01", "noreply", ""}));
  if (words.one_in(200)) made.insert(made.end(), 24, "z");
  for (std::size_t i = made.size(); i > 1; --i) std::swap(made[i - 1], made[words.random().below(i)]);
  // memcached prints a number that has wrapped for the time left of what has just expired, and for what ma has just
  // made with N if T comes after t.
  constexpr std::array over{"T-", "T2592001", "T4294967295", "T99999999999", "N4294967295", "N99999999999"};
  bool const no_time_left =
      std::any_of(over.begin(), over.end(), [&](char const* each) { return begins(made, each); });
  bool const made_with_both = begins(made, "N") && begins(made, "T");
  if (no_time_left || made_with_both)
    std::erase_if(made, [](std::string const& each) { return each.starts_with('t'); });
  return made;
}

std::string line_of(std::string const& verb, spelled_key const& key, std::vector<std::string> flags,
                    vocabulary& words) {
  if (key.in_base64) {
    // memcached forgets that the key of an item it makes itself was in base64, and spells it in bytes.
    std::erase_if(flags, [](std::string const& each) { return each.starts_with('N'); });
    // So does an item that has grown by a number or an append, and then a line feed in its key breaks the line.
    if (key.breaks_lines) std::erase_if(flags, [](std::string const& each) { return each.starts_with('k'); });
    flags.insert(flags.begin() + static_cast<std::ptrdiff_t>(words.random().below(flags.size() + 1)), "b");
  }
  // memcached finds out that an opaque is too long when it has done the rest.
  for (std::string& each : flags) {
    bool const late = verb == "mg" || verb == "ma";
    if (late && each.starts_with('O')) each.resize(std::min(each.size(), opaque_max));
  }
  std::string made = verb + " " + key.word;
  for (std::string const& each : flags) made += " " + each;
  return made;
}

std::string retrieval(vocabulary& words) {
  std::string letters = words.able().leases ? "cfkstuvqOTLPhlNR" : "cfkstuvqOTLP";
  if (words.able().newer) letters += "xE";
  // Most commands want the value and do not write.
  std::string const wanted = words.one_in(2) ? "vfckstqO" : letters;
  return line_of("mg", key_for(words), some_flags(words, wanted), words) + "\r\n";
}

bool chooses_cas(std::string const& line) { return line.find(" E") != std::string::npos; }

// What memcached refuses when it has the value leaves its E to the next item that this connection stores.
void drop_cas_of_refused(std::vector<std::string>& flags) {
  constexpr std::array modes{"ME", "MA", "MP", "MR", "MS"};
  bool const refused = std::any_of(flags.begin(), flags.end(), [&](std::string const& each) {
    bool const wrong_mode =
        each.starts_with('M') && std::find(modes.begin(), modes.end(), each) == modes.end();
    return wrong_mode || (each.starts_with('O') && each.size() > opaque_max);
  });
  if (refused) std::erase_if(flags, [](std::string const& each) { return each.starts_with('E'); });
}

// Where the number grows, memcached tells the E and gives the item another.
void keep_length(std::vector<std::string>& flags, vocabulary& words) {
  if (!begins(flags, "E")) return;
  std::erase_if(flags,
                [](std::string const& each) { return each.starts_with('M') || each.starts_with('D'); });
  flags.push_back(words.random().of({"MD", "M-", "D0"}));
}

std::string storage_line(vocabulary& words, std::size_t size) {
  // What I does depends on which cas number is the larger one, which only one item's own numbers tell.
  bool const stale = words.able().leases && words.has_one_key();
  spelled_key const key = stale ? spelled_key{words.key(), false} : key_for(words);
  std::string letters = stale ? "cFkqOTMI" : "cFkqOTM";
  if (words.able().newer) letters += "sNxE";
  std::vector<std::string> flags = some_flags(words, letters);
  if (words.one_in(4)) {
    flags.push_back(begins(flags, "I")
                        ? words.random().of({"C{cas}", "C{old}", "C1", "C18446744073709551615"})
                        : flag(words, 'C'));
  }
  drop_cas_of_refused(flags);
  std::string const verb = fmt::format("ms {} {}", key.word, size);
  std::string line = line_of("ms", key, std::move(flags), words);
  return verb + line.substr(3 + key.word.size());
}

std::string storage(vocabulary& words) {
  std::string const data = words.value();
  std::string const line = storage_line(words, data.size());
  // Behind a key that is too long, or too many flags, the data is a line of its own, and must not be too long for one.
  constexpr std::size_t long_line = 200;
  bool const many_flags = std::count(line.begin(), line.end(), ' ') > 15;
  if ((line.size() > long_line || many_flags) && data.size() > long_line) return "mn\r\n";
  return line + "\r\n" + data + "\r\n";
}

// The data of a line whose length is no number is a line of its own.
std::string wrong_storage(vocabulary& words) {
  std::string const data = words.short_value();
  std::string const key = words.key();
  switch (words.random().below(3)) {
    case 0: return fmt::format("ms {} {} c\r\n{}tail\r\n", key, words.random().below(data.size() + 1), data);
    case 1:
      return fmt::format("ms {}{}\r\n{}\r\n", key, words.random().of({"", " abc", " -1", " S3", " 1x"}),
                         data);
    default: break;
  }
  std::string const line = mutated_line(storage_line(words, data.size()) + "\r\n", words);
  if (chooses_cas(line)) return "mn\r\n";
  std::istringstream split(line);
  std::string verb;
  std::string named;
  std::string length;
  split >> verb >> named >> length;
  if (std::strtoll(length.c_str(), nullptr, 10) > static_cast<long long>(data.size())) return "mn\r\n";
  return line + data + "\r\n";
}

// Not T: where the number grows, memcached gives the new time to the item that it has just replaced.
std::string arithmetic(vocabulary& words) {
  std::string letters = words.one_in(2) ? "vNJD" : "NJD+qtcvkOC";
  if (words.able().newer) letters += "Ex";
  std::vector<std::string> flags = some_flags(words, letters);
  keep_length(flags, words);
  return line_of("ma", key_for(words), std::move(flags), words) + "\r\n";
}

std::string deletion(vocabulary& words) {
  std::string letters = words.able().leases ? "qkOCIT" : "qkOCT";
  if (words.able().newer) letters += "xFE";
  return line_of("md", key_for(words), some_flags(words, letters), words) + "\r\n";
}

std::string debug(vocabulary& words) {
  spelled_key key = key_for(words);
  while (key.breaks_lines) key = key_for(words);
  return fmt::format("me {}{}\r\n", key.word, key.in_base64 ? " b" : "");
}

std::string wrong_line(vocabulary& words) {
  auto const mutated = [&words](std::string const& line) {
    std::string made = mutated_line(line, words);
    return chooses_cas(made) ? "mn\r\n" : made;
  };
  switch (words.random().below(5)) {
    case 0: return mutated(retrieval(words));
    case 1: return mutated(arithmetic(words));
    case 2: return mutated(deletion(words));
    case 3: return mutated(debug(words));
    default: break;
  }
  return words.random().of({"mg\r\n", "ms\r\n", "md\r\n", "ma\r\n", "me\r\n", "mn\r\n", "mn x\r\n",
                            "mn q\r\n", "mx x\r\n", "mne\r\n", "m\r\n", "mg \r\n", "MG x\r\n", "mn\n",
                            "mgx x\r\n"});
}

// Where Tandem asks in the meta protocol, a classic get or touch takes the turn of who is to renew a stale item; and of a get
// with a key that is too long, memcached executes what stands before it.
bool leaves_other_traces(std::string const& classic, vocabulary const& words) {
  bool const retrieves = classic.starts_with("g") || classic.starts_with("bget") || classic.starts_with("t");
  constexpr std::size_t long_line = 200;
  // Nor may a cas number of another item, perhaps of another server, be compared with one's own.
  bool const tells_cas = classic.find("\r\ngets ") != std::string::npos;
  return (retrieves && classic.size() > long_line) || (words.able().leases && (retrieves || tells_cas));
}

// Of any of the command's lines.
bool asks_for_newer(std::string const& command) {
  std::istringstream lines(command);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream split(line);
    std::string verb;
    split >> verb;
    for (std::string word; split >> word;) {
      bool const everywhere = word.front() == 'E' || word.front() == 'x';
      bool const of_ms = verb == "ms" && (word.front() == 's' || word.front() == 'N');
      if (verb.starts_with("m") && (everywhere || of_ms)) return true;
    }
  }
  return false;
}

std::string any_command(vocabulary& words) {
  std::size_t const chosen = words.random().below(100);
  if (chosen < 26) return retrieval(words);
  if (chosen < 48) return storage(words);
  if (chosen < 60) return arithmetic(words);
  if (chosen < 66) return deletion(words);
  if (chosen < 69) return debug(words);
  if (chosen < 72) return "mn\r\n";
  if (chosen < 76) return wrong_storage(words);
  if (chosen < 82) return wrong_line(words);
  std::string classic = text_speech.command(words);
  while (leaves_other_traces(classic, words)) classic = text_speech.command(words);
  return classic;
}

std::string command(vocabulary& words) {
  std::string made = any_command(words);
  while (!words.able().newer && asks_for_newer(made)) made = any_command(words);
  return made;
}

std::string ending(vocabulary& words) {
  if (words.one_in(2)) return text_speech.ending(words);
  if (words.one_in(3)) return fmt::format("ms {} 100 c\r\nabc\r\n", words.key());
  std::string cut = words.one_in(2) ? retrieval(words) : arithmetic(words);
  cut.resize(words.random().below(cut.size()));
  return cut;
}

std::string opening(vocabulary&) { return "mn\r\n"; }
std::string flush(vocabulary& words) { return text_speech.flush(words); }

bool counts(std::string const& command) { return command.starts_with("ma") || text_speech.counts(command); }

}  // namespace

speech const meta_speech{command, opening, ending, flush, counts};

}  // namespace tandem::differential
