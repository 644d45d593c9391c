#include "differential/sessions.hpp"

#include <algorithm>

namespace tandem::differential {
namespace {

speech const& speech_of(dialect spoken) {
  switch (spoken) {
    case dialect::text: return text_speech;
    case dialect::meta: return meta_speech;
    case dialect::binary: break;
  }
  return binary_speech;
}

std::vector<std::size_t> cuts_for(step const& said, dice& random) {
  std::size_t size = 0;
  for (std::string const& each : said.commands) size += each.size();
  std::vector<std::size_t> made;
  std::size_t const count = random.one_in(2) ? random.below(4) : 0;
  for (std::size_t i = 0; i < count; ++i) made.push_back(1 + random.below(size + 8));
  std::sort(made.begin(), made.end());
  return made;
}

step make_step(speech const& speak, vocabulary& words) {
  step made;
  std::size_t const count = 1 + words.random().below(words.one_in(3) ? 12 : 4);
  for (std::size_t i = 0; i < count; ++i) made.commands.push_back(speak.command(words));
  // memcached pads a number that gets shorter, unless the reply to an earlier get still refers to the item,
  // which depends on how the bytes arrive. So counters go first; see also the numbers that stay long in each
  // dialect.
  std::stable_partition(made.commands.begin(), made.commands.end(), speak.counts);
  if (words.one_in(20)) {
    std::erase_if(made.commands, speak.counts);
    made.commands.insert(made.commands.begin(), speak.opening(words));
  }
  return made;
}

}  // namespace

session make_session(dialect spoken, abilities able, std::uint64_t seed) {
  vocabulary words(spoken, able, seed);
  speech const& speak = speech_of(spoken);
  session made{spoken, {}};
  std::size_t const count = 1 + words.random().below(6);
  for (std::size_t i = 0; i < count; ++i) {
    if (words.one_in(100)) made.steps.push_back({{speak.flush(words)}, {}});
    made.steps.push_back(make_step(speak, words));
  }
  if (words.one_in(3)) made.steps.push_back({{speak.ending(words)}, {}});
  for (step& each : made.steps) each.cuts = cuts_for(each, words.random());
  return made;
}

std::string mutated_line(std::string line, vocabulary& words) {
  std::string_view const end = line.ends_with("\r\n") ? "\r\n" : "\n";
  line.resize(line.size() - end.size());
  // The first word after the verb stays: without the session's name in it, sessions would share an item.
  std::vector<std::size_t> spaces;
  for (std::size_t at = line.find(' '); at != std::string::npos; at = line.find(' ', at + 1))
    spaces.push_back(at);
  if (!spaces.empty()) spaces.erase(spaces.begin());
  std::size_t const at = spaces.empty() ? line.size() : words.random().of(spaces);
  std::size_t const next = std::min(line.find(' ', at + 1), line.size());
  switch (words.random().below(7)) {
    case 0: line.erase(at, next - at); break;
    case 1: line.insert(at, line.substr(at, next - at)); break;
    case 2: line.replace(at, next - at, " " + words.nonsense()); break;
    case 3: line.insert(next, " " + words.nonsense()); break;
    case 4: line.insert(at, words.one_in(2) ? "  " : " "); break;
    case 5: line += words.random().of({" ", "  ", " noreply", "\r", " x"}); break;
    default: return line + "\n";
  }
  return line + std::string(end);
}

}  // namespace tandem::differential
