#include "consistency/register_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <utility>

namespace tandem::consistency {
namespace {

// Of the definite writes that have settled by some moment, the one that began last: whatever ended before that
// is over.
class overwriting {
 public:
  void add(moment settled, operation const& write) { entries_.push_back({settled, &write}); }

  void finish() {
    std::sort(entries_.begin(), entries_.end(),
              [](entry const& one, entry const& other) { return one.settled < other.settled; });
    for (std::size_t i = 1; i < entries_.size(); ++i) {
      if (entries_[i - 1].write->start > entries_[i].write->start) entries_[i].write = entries_[i - 1].write;
    }
  }

  /// Null if none had settled.
  operation const* last_before(moment when) const {
    auto const after = std::lower_bound(entries_.begin(), entries_.end(), when,
                                        [](entry const& each, moment at) { return each.settled < at; });
    return after == entries_.begin() ? nullptr : std::prev(after)->write;
  }

 private:
  struct entry {
    moment settled;
    operation const* write;
  };
  std::vector<entry> entries_;
};

// When some kind of write may have taken effect.
class spans {
 public:
  void add(operation const& write) { entries_.emplace_back(write.start, end_of(write)); }

  void finish() {
    std::sort(entries_.begin(), entries_.end());
    for (std::size_t i = 1; i < entries_.size(); ++i)
      entries_[i].second = std::max(entries_[i].second, entries_[i - 1].second);
  }

  /// Whether one may have done so within this time.
  bool any(moment from, moment until) const {
    auto const after = std::upper_bound(entries_.begin(), entries_.end(), std::pair(until, never));
    return after != entries_.begin() && std::prev(after)->second >= from;
  }

 private:
  std::vector<std::pair<moment, moment>> entries_;  // by start; ends are the latest so far
};

bool writes_value(operation const& each) {
  bool const may = each.what == verb::set || each.what == verb::add || each.what == verb::replace ||
                   each.what == verb::cas;
  return may && (each.how == outcome::done || each.how == outcome::unknown);
}

bool removes(operation const& each) { return each.what == verb::remove && each.how != outcome::refused; }

class register_check {
 public:
  register_check(std::vector<operation> const& operations, settling const& when)
      : operations_(operations), when_(when) {
    for (operation const& each : operations_) learn(each);
    learn_failed();
    for (unsigned way = 0; way <= past_tandem; ++way) {
      any_[way].finish();
      values_[way].finish();
    }
    certain_removals_.finish();
    removals_.finish();
    stores_.finish();
  }

  verdict check() {
    for (operation const& each : operations_) {
      if (each.what == verb::read && each.how == outcome::done) hit(each, each.answer, each.way);
      if (each.what == verb::read && each.how == outcome::absent) miss(each, each.way);
      if (each.what != verb::read) in_redis(each);
    }
    check_agreement();
    return std::move(made_);
  }

 private:
  void learn(operation const& each) {
    if (writes_value(each)) sources_[each.argument] = &each;
    if (writes_value(each) && (each.what == verb::set || each.what == verb::add)) stores_.add(each);
    if (removes(each)) removals_.add(each);
    if (removes(each) && definite(each)) certain_removals_.add(each.end, each);
    if (!definite(each) || !(writes_value(each) || removes(each))) return;
    for (unsigned way = 0; way <= past_tandem; ++way) {
      any_[way].add(when_.of(each, way), each);
      if (writes_value(each)) values_[way].add(when_.of(each, way), each);
    }
  }

  // Of writes that failed, those that somebody read.
  void learn_failed() {
    std::map<operation const*, moment> seen;
    for (operation const& each : operations_) {
      bool const reads = !writes(each.what) && each.how == outcome::done;
      auto const source = reads ? sources_.find(each.answer) : sources_.end();
      if (source == sources_.end() || definite(*source->second)) continue;
      moment& first = seen.emplace(source->second, each.end).first->second;
      first = std::min(first, each.end);
    }
    for (auto const& [write, when] : seen) {
      for (unsigned way = 0; way <= past_tandem; ++way) {
        any_[way].add(when_.of_failed(*write, when, way), *write);
        values_[way].add(when_.of_failed(*write, when, way), *write);
      }
    }
  }

  void hit(operation const& read, std::string const& value, unsigned way) {
    ++made_.reads;
    auto const source = sources_.find(value);
    if (source == sources_.end()) return fail(read, "nobody ever wrote this value", {});
    operation const& write = *source->second;
    if (write.start > read.end) return fail(read, "it was read before it was written", {write});
    operation const* const over = any_[way].last_before(read.start);
    if (over != nullptr && over->start > end_of(write)) {
      return fail(read, "the value had been replaced before the read began", {write, *over});
    }
    operation const* const strict = any_[past_tandem].last_before(read.start);
    if (strict != nullptr && strict->start > end_of(write)) ++made_.excused;
    operation const*& last = last_reads_[&write];
    if (last == nullptr || last->start < read.start) last = &read;
  }

  // What these find, they find in Redis, which knows no windows.
  void in_redis(operation const& each) {
    bool const done = each.how == outcome::done;
    bool const refused = each.how == outcome::refused;
    if (each.what == verb::fetch && done) hit(each, each.answer, past_tandem);
    if (each.what == verb::cas && done) replaced(each);
    bool const probes = each.what == verb::touch || each.what == verb::fetch;
    bool const found_nothing = (probes && each.how == outcome::absent) || (each.what == verb::add && done) ||
                               (each.what == verb::replace && refused);
    bool const found_something = (each.what == verb::touch && done) || (each.what == verb::add && refused) ||
                                 (each.what == verb::replace && done) || (each.what == verb::remove && done);
    if (found_nothing) miss(each, past_tandem);
    if (found_something) presence(each);
  }

  void presence(operation const& each) {
    ++made_.reads;
    operation const* const over = certain_removals_.last_before(each.start);
    moment const from = over == nullptr ? 0 : over->start;
    if (!stores_.any(from, each.end)) {
      fail(each, "there was nothing all the time", {over == nullptr ? each : *over});
    }
  }

  void replaced(operation const& cas) {
    hit(cas, cas.expected, past_tandem);
    auto const [first, fresh] = replacements_.emplace(cas.expected, &cas);
    if (!fresh) fail(cas, "one value was replaced by cas twice", {*first->second});
  }

  void miss(operation const& read, unsigned way) {
    ++made_.reads;
    if (absence_possible(read, past_tandem)) return;
    if (absence_possible(read, way)) {
      ++made_.excused;
      return;
    }
    fail(read, "there was a value all the time", {*values_[way].last_before(read.start)});
  }

  // Whether some removal, or the beginning of all, may be what this miss saw.
  bool absence_possible(operation const& read, unsigned way) const {
    operation const* const over = values_[way].last_before(read.start);
    return over == nullptr || removals_.any(over->start, read.end);
  }

  // No read may say that `one` was the last of two writes that are done, and another that `other` was. A write
  // stays a candidate while reads of it are still to begin.
  void check_agreement() {
    std::vector<std::pair<moment, operation const*>> by_settling;
    for (auto const& [write, last] : last_reads_) by_settling.emplace_back(when_.of(*write), write);
    std::sort(by_settling.begin(), by_settling.end());
    std::vector<operation const*> candidates;
    for (auto const& [settled, write] : by_settling) {
      if (settled == never) break;
      std::erase_if(candidates,
                    [&, at = settled](auto const* each) { return last_reads_[each]->start <= at; });
      for (operation const* each : candidates) {
        if (when_.of(*each) < last_reads_[write]->start) disagree(*each, *write);
      }
      candidates.push_back(write);
    }
  }

  void disagree(operation const& one, operation const& other) {
    operation const* earlier = last_reads_[&one];
    operation const* later = last_reads_[&other];
    if (later->start < earlier->start) std::swap(earlier, later);
    fail(*later, "two writes were done, and reads disagree on which was the last", {one, other, *earlier});
  }

  void fail(operation const& read, std::string why, std::vector<operation> evidence) {
    made_.violations.push_back({read, std::move(why), std::move(evidence)});
  }

  std::vector<operation> const& operations_;
  settling const& when_;
  std::map<std::string, operation const*> sources_;
  std::map<std::string, operation const*> replacements_;  // cas that succeeded, by what they replaced
  std::array<overwriting, past_tandem + 1> any_;          // by the reader's way
  std::array<overwriting, past_tandem + 1> values_;       // the same without removals
  overwriting certain_removals_;
  spans removals_;
  spans stores_;  // of values where there may have been none
  std::map<operation const*, operation const*> last_reads_;
  verdict made_;
};

}  // namespace

verdict check_register(std::vector<operation> const& operations, settling const& when) {
  return register_check(operations, when).check();
}

}  // namespace tandem::consistency
