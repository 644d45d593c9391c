#include "consistency/checker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace tandem::consistency {
namespace {

// When a change is seen by everybody for certain.
moment settled(operation const& change, promise const& windows) {
  if (change.how == outcome::unknown) return never;
  moment at = change.end;
  for (fault const& each : windows.faults) {
    if (change.start > each.end + windows.replay || change.end < each.start) continue;
    at = std::max(at, std::min(each.end + windows.replay, change.end + windows.l1_ttl));
  }
  return at;
}

struct change {
  operation from;
  moment settled = 0;
};

bool changes(operation const& each) { return each.what != kind::read && each.how != outcome::unchanged; }

// The changes of one key by their start, and for each place the earliest that one from there on is settled.
class timeline {
 public:
  void add(change made) { changes_.push_back(std::move(made)); }

  void finish() {
    std::ranges::sort(changes_, {}, [](change const& each) { return each.from.start; });
    earliest_.assign(changes_.size() + 1, never);
    for (std::size_t i = changes_.size(); i-- > 0;) {
      earliest_[i] = std::min(earliest_[i + 1], changes_[i].settled);
    }
  }

  /// Until when what was current at `ended` may still be read.
  moment replaced(moment ended) const {
    auto const next =
        std::ranges::upper_bound(changes_, ended, {}, [](change const& c) { return c.from.start; });
    return earliest_[static_cast<std::size_t>(next - changes_.begin())];
  }

  std::string why_not(operation const& read) const {
    moment last = -1;
    bool known = false;
    if (!read.value) last = replaced(-1);
    for (change const& each : changes_) {
      if (each.from.value != read.value) continue;
      if (each.from.start > read.end) continue;
      known = true;
      last = std::max(last, each.from.how == outcome::unknown ? never : replaced(each.from.end));
    }
    if (last >= read.start) return "";
    if (read.value && !known) return "nobody had written this value";
    return fmt::format("not current since {}, {} us before the read began", last, read.start - last);
  }

 private:
  std::vector<change> changes_;
  std::vector<moment> earliest_;
};

std::string counter_off(std::int64_t base, std::vector<change> const& changes, operation const& read) {
  if (!read.value) return "a counter is missing";
  std::int64_t number = 0;
  std::string const& text = *read.value;
  if (std::from_chars(text.data(), text.data() + text.size(), number).ec != std::errc())
    return "not a number";
  std::int64_t low = base;
  std::int64_t high = base;
  for (change const& each : changes) {
    if (each.from.start > read.end) continue;
    bool const certain = each.settled < read.start;
    std::int64_t const amount = each.from.amount;
    if (certain || amount < 0) low += amount;
    if (certain || amount > 0) high += amount;
  }
  if (number >= low && number <= high) return "";
  return fmt::format("outside of {} to {}", low, high);
}

}  // namespace

std::vector<violation> check(std::vector<operation> const& history, promise const& windows,
                             std::map<std::string, std::int64_t> const& counters) {
  std::map<std::string, timeline> timelines;
  std::map<std::string, std::vector<change>> sums;
  for (operation const& each : history) {
    timeline& of_key = timelines[each.key];
    if (!changes(each)) continue;
    change made{each, settled(each, windows)};
    if (counters.contains(each.key)) {
      sums[each.key].push_back(std::move(made));
    } else {
      of_key.add(std::move(made));
    }
  }
  for (auto& [key, each] : timelines) each.finish();
  std::vector<violation> found;
  for (operation const& each : history) {
    if (each.what != kind::read || each.how != outcome::done) continue;
    auto const counter = counters.find(each.key);
    std::string why = counter == counters.end() ? timelines[each.key].why_not(each)
                                                : counter_off(counter->second, sums[each.key], each);
    if (!why.empty()) found.push_back({each, std::move(why)});
  }
  return found;
}

}  // namespace tandem::consistency
