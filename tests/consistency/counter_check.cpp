#include "consistency/counter_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <utility>

namespace tandem::consistency {
namespace {

// What is added by a certain moment: in all, and the parts that are above and below zero.
class sums {
 public:
  struct sum {
    std::int64_t above = 0;
    std::int64_t below = 0;
  };

  void add(moment when, std::int64_t amount) {
    entries_.push_back({when, {std::max<std::int64_t>(amount, 0), std::min<std::int64_t>(amount, 0)}});
  }

  void finish() {
    std::sort(entries_.begin(), entries_.end(),
              [](entry const& one, entry const& other) { return one.when < other.when; });
    for (std::size_t i = 1; i < entries_.size(); ++i) {
      entries_[i].total.above += entries_[i - 1].total.above;
      entries_[i].total.below += entries_[i - 1].total.below;
    }
  }

  sum before(moment when) const {
    auto const after = std::lower_bound(entries_.begin(), entries_.end(), when,
                                        [](entry const& each, moment at) { return each.when < at; });
    return after == entries_.begin() ? sum() : std::prev(after)->total;
  }

 private:
  struct entry {
    moment when;
    sum total;
  };
  std::vector<entry> entries_;
};

struct range {
  std::int64_t low;
  std::int64_t high;
  bool holds(std::int64_t number) const { return low <= number && number <= high; }
};

class counter_check {
 public:
  counter_check(std::vector<operation> const& operations, settling const& when)
      : operations_(operations), when_(when) {
    for (operation const& each : operations_) learn(each);
    attempted_.finish();
    for (sums& each : settled_) each.finish();
  }

  verdict check() {
    for (operation const& each : operations_) {
      if (each.what != verb::add_to && writes(each.what)) continue;
      if (each.how == outcome::done && each.what != verb::touch) number(each);
      if (each.how == outcome::absent) fail(each, "the counter was never removed");
    }
    return std::move(made_);
  }

 private:
  void learn(operation const& each) {
    if (each.what == verb::set) base_ = std::stoll(each.argument);
    if (each.what != verb::add_to || each.how == outcome::refused || each.how == outcome::absent) return;
    std::int64_t const amount = std::stoll(each.argument);
    attempted_.add(each.start, amount);
    if (!definite(each)) return;
    for (unsigned way = 0; way <= past_tandem; ++way) settled_[way].add(when_.of(each, way), amount);
  }

  range possible(operation const& read, unsigned way) const {
    sums::sum const certain = settled_[way].before(read.start);
    sums::sum const attempted = attempted_.before(read.end + 1);
    std::int64_t const own = read.what == verb::add_to ? std::stoll(read.argument) : 0;
    return {base_ + certain.above + attempted.below + std::max<std::int64_t>(own, 0),
            base_ + attempted.above + certain.below + std::min<std::int64_t>(own, 0)};
  }

  void number(operation const& read) {
    ++made_.reads;
    // What Redis itself says knows no windows.
    unsigned const way = read.what == verb::read ? read.way : past_tandem;
    std::int64_t const told = std::stoll(read.answer);
    range const may = possible(read, way);
    if (!may.holds(told)) {
      fail(read, fmt::format("it can have been {} to {} only", may.low, may.high));
    } else if (!possible(read, past_tandem).holds(told)) {
      ++made_.excused;
    }
  }

  void fail(operation const& read, std::string why) {
    made_.violations.push_back({read, std::move(why), {}});
  }

  std::vector<operation> const& operations_;
  settling const& when_;
  std::int64_t base_ = 0;
  sums attempted_;  // by start
  std::array<sums, past_tandem + 1> settled_;
  verdict made_;
};

}  // namespace

verdict check_counter(std::vector<operation> const& operations, settling const& when) {
  return counter_check(operations, when).check();
}

}  // namespace tandem::consistency
