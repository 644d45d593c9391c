#include "consistency/history.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <sstream>
#include <stdexcept>

namespace tandem::consistency {
namespace {

constexpr std::array<std::string_view, 11> verb_names{
    "read", "fetch", "touch", "set", "add", "replace", "cas", "remove", "append", "prepend", "add_to"};
constexpr std::array<std::string_view, 4> outcome_names{"done", "absent", "refused", "unknown"};

template <class Enum, std::size_t Count>
Enum named(std::array<std::string_view, Count> const& names, std::string_view name) {
  auto const found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) throw std::runtime_error("history: what is " + std::string(name) + "?");
  return static_cast<Enum>(found - names.begin());
}

// Nothing is "-", so that every field is a word.
std::string word(std::string const& text) { return text.empty() ? "-" : text; }
std::string unworded(std::string const& text) { return text == "-" ? "" : text; }

operation read_operation(std::istringstream& line) {
  operation made;
  std::string what;
  std::string how;
  line >> made.start >> made.end >> made.client >> made.way >> what >> made.key >> made.argument >>
      made.expected >> how >> made.answer;
  if (!line) throw std::runtime_error("history: an operation that is cut off");
  made.what = named<verb>(verb_names, what);
  made.how = named<outcome>(outcome_names, how);
  for (std::string* each : {&made.argument, &made.expected, &made.answer}) *each = unworded(*each);
  return made;
}

}  // namespace

key_kind kind_of(std::string_view key) {
  switch (key.empty() ? ' ' : key.front()) {
    case 'c': return key_kind::counter;
    case 'l': return key_kind::log;
    default: return key_kind::unique_register;
  }
}

std::string_view name_of_verb(verb what) { return verb_names.at(static_cast<std::size_t>(what)); }

bool writes(verb what) { return what != verb::read && what != verb::fetch && what != verb::touch; }

std::string in_words(promises const& promised) {
  std::string made = "promised: every read is current at some moment while it is under way";
  auto const except = [&](moment time, std::string_view what) {
    if (time > 0) made += fmt::format("\n  except for {} s: {}", static_cast<double>(time) / 1'000'000, what);
  };
  except(promised.replay,
         "after a process that was cut off from an L1 server has replayed what that missed, and until then, "
         "what it "
         "wrote meanwhile to keys of that server, where another process reads it");
  except(promised.unseen, "what is written past Tandem");
  except(promised.killed, "what was under way, and not answered, when its process was killed");
  return made + "\n";
}

std::string written(operation const& one) {
  return fmt::format("op {} {} {} {} {} {} {} {} {} {}", one.start, one.end, one.client, one.way,
                     name_of_verb(one.what), one.key, word(one.argument), word(one.expected),
                     outcome_names[static_cast<std::size_t>(one.how)], word(one.answer));
}

std::string written(history const& whole) {
  std::string made = "# op START END CLIENT WAY VERB KEY ARGUMENT EXPECTED OUTCOME ANSWER\n";
  made +=
      fmt::format("promise {} {} {}\n", whole.promised.replay, whole.promised.unseen, whole.promised.killed);
  for (auto const& [key, server] : whole.server_of) made += fmt::format("server {} {}\n", key, server);
  for (outage const& each : whole.outages) {
    made += fmt::format("outage {} {} {} {}\n", each.start, each.end, each.process, each.server);
  }
  for (killing const& each : whole.killings) {
    made += fmt::format("killing {} {} {}\n", each.start, each.end, each.process);
  }
  for (calm const& each : whole.calms) made += fmt::format("calm {} {}\n", each.when, each.process);
  for (operation const& each : whole.operations) made += written(each) + "\n";
  return made;
}

history read_history(std::string_view text) {
  history made;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line.front() == '#') continue;
    std::istringstream words(line);
    std::string kind;
    words >> kind;
    if (kind == "op") {
      made.operations.push_back(read_operation(words));
    } else if (kind == "outage") {
      outage& each = made.outages.emplace_back();
      words >> each.start >> each.end >> each.process >> each.server;
    } else if (kind == "killing") {
      killing& each = made.killings.emplace_back();
      words >> each.start >> each.end >> each.process;
    } else if (kind == "calm") {
      calm& each = made.calms.emplace_back();
      words >> each.when >> each.process;
    } else if (kind == "promise") {
      words >> made.promised.replay >> made.promised.unseen >> made.promised.killed;
    } else if (kind == "server") {
      std::string key;
      words >> key;
      words >> made.server_of[key];
    } else {
      throw std::runtime_error("history: what is " + kind + "?");
    }
    if (!words) throw std::runtime_error("history: cut off: " + line);
  }
  return made;
}

history only(history const& whole, std::vector<std::string> const& keys) {
  auto const wanted = [&](std::string const& key) {
    return std::find(keys.begin(), keys.end(), key) != keys.end();
  };
  history made;
  made.promised = whole.promised;
  made.outages = whole.outages;
  made.killings = whole.killings;
  made.calms = whole.calms;
  for (auto const& [key, server] : whole.server_of) {
    if (wanted(key)) made.server_of[key] = server;
  }
  std::copy_if(whole.operations.begin(), whole.operations.end(), std::back_inserter(made.operations),
               [&](operation const& each) { return wanted(each.key); });
  return made;
}

}  // namespace tandem::consistency
