#include "consistency/checker.hpp"

#include "consistency/counter_check.hpp"
#include "consistency/log_check.hpp"
#include "consistency/register_check.hpp"
#include "consistency/settling.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace tandem::consistency {
namespace {

verdict check_key(std::string const& key, std::vector<operation> const& operations, settling const& when) {
  switch (kind_of(key)) {
    case key_kind::unique_register: return check_register(operations, when);
    case key_kind::counter: return check_counter(operations, when);
    case key_kind::log: return check_log(operations, when);
  }
  return {};
}

// A client that hung up does not know how long its write went on.
constexpr moment hung_up = 1'000'000;

// Whether a process may have been killed after it wrote to Redis and before it told L1.
bool killed_in_between(history const& whole, std::vector<operation> const& operations, moment read) {
  return std::any_of(whole.killings.begin(), whole.killings.end(), [&](killing const& by) {
    if (read > by.end + whole.promised.killed) return false;
    return std::any_of(operations.begin(), operations.end(), [&](operation const& each) {
      bool const cut_off = writes(each.what) && each.how == outcome::unknown && each.way == by.process;
      return cut_off && each.start <= by.end && each.end + hung_up >= by.start;
    });
  });
}

// All is calm by then.
void compare_in_the_end(history const& whole, std::vector<operation> const& operations, verdict& into) {
  operation const* redis = nullptr;
  for (operation const& each : operations) {
    if (each.client == onlooker && each.way == past_tandem) redis = &each;
  }
  if (redis == nullptr) return;
  for (operation const& each : operations) {
    if (each.client != onlooker || each.what != verb::read || each.way == past_tandem) continue;
    if (each.how == outcome::unknown) {
      into.violations.push_back({each, "all is calm, and it cannot be read", {}});
    } else if (each.how == redis->how && each.answer == redis->answer) {
      continue;
    } else if (killed_in_between(whole, operations, each.start)) {
      ++into.excused;
    } else {
      into.violations.push_back({each, "all is calm, and Redis holds something else", {*redis}});
    }
  }
}

}  // namespace

verdict judged(history const& whole) {
  std::map<std::string, std::vector<operation>> by_key;
  for (operation const& each : whole.operations) by_key[each.key].push_back(each);
  settling const when(whole);
  verdict all;
  for (auto const& [key, operations] : by_key) {
    verdict one = check_key(key, operations, when);
    compare_in_the_end(whole, operations, one);
    all.reads += one.reads;
    all.excused += one.excused;
    for (violation& each : one.violations) all.violations.push_back(std::move(each));
  }
  return all;
}

std::string explained(violation const& found) {
  std::string made = found.why + ":\n  " + written(found.judged) + "\n";
  if (!found.evidence.empty()) made += "because of\n";
  for (operation const& each : found.evidence) made += "  " + written(each) + "\n";
  return made;
}

}  // namespace tandem::consistency
