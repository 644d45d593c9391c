#include "consistency/checker.hpp"

#include "consistency/counter_check.hpp"
#include "consistency/log_check.hpp"
#include "consistency/register_check.hpp"
#include "consistency/settling.hpp"

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

// All is calm by then.
void compare_in_the_end(std::vector<operation> const& operations, verdict& into) {
  operation const* redis = nullptr;
  for (operation const& each : operations) {
    if (each.client == onlooker && each.way == past_tandem) redis = &each;
  }
  if (redis == nullptr) return;
  for (operation const& each : operations) {
    if (each.client != onlooker || each.what != verb::read || each.way == past_tandem) continue;
    if (each.how == outcome::unknown) {
      into.violations.push_back({each, "all is calm, and it cannot be read", {}});
    } else if (each.how != redis->how || each.answer != redis->answer) {
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
    compare_in_the_end(operations, one);
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
