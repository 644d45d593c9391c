#include "consistency/log_check.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace tandem::consistency {
namespace {

// Every entry ends with a semicolon.
std::vector<std::string> entries_of(std::string_view log) {
  std::vector<std::string> made;
  while (!log.empty()) {
    std::size_t const end = std::min(log.find(';'), log.size() - 1) + 1;
    made.emplace_back(log.substr(0, end));
    log.remove_prefix(end);
  }
  return made;
}

// What is in front of the mark, and behind it.
std::optional<std::pair<std::string_view, std::string_view>> halves_of(std::string_view log) {
  std::size_t const mark = log.find(log_mark);
  if (mark == std::string_view::npos) return std::nullopt;
  return std::pair(log.substr(0, mark), log.substr(mark + 1));
}

class log_check {
 public:
  log_check(std::vector<operation> const& operations, settling const& when)
      : operations_(operations), when_(when) {
    for (operation const& each : operations_) {
      if (adds(each) && each.how != outcome::refused) sources_[each.argument] = &each;
      if (reads(each) && each.how == outcome::done) learn(each);
    }
  }

  verdict check() {
    for (operation const& each : operations_) {
      unsigned const way = each.what == verb::fetch ? past_tandem : each.way;
      if (reads(each) && each.how == outcome::done) content(each, each.answer, way);
      if (reads(each) && each.how == outcome::absent) nothing(each, way);
      // It executes in Redis, which knows no windows, and refuses only if there is no log at all.
      if (adds(each) && each.how == outcome::refused) complete(each, {}, past_tandem);
    }
    return std::move(made_);
  }

 private:
  static bool adds(operation const& each) { return each.what == verb::append || each.what == verb::prepend; }
  static bool reads(operation const& each) { return each.what == verb::read || each.what == verb::fetch; }

  void learn(operation const& read) {
    auto const halves = halves_of(read.answer);
    if (!halves) return;
    if (halves->first.size() >= front_.size()) front_ = halves->first, front_read_ = &read;
    if (halves->second.size() >= back_.size()) back_ = halves->second, back_read_ = &read;
  }

  void nothing(operation const& read, unsigned way) {
    ++made_.reads;
    if (complete(read, {}, way) && missing(read, {}, past_tandem) != nullptr) ++made_.excused;
  }

  void content(operation const& read, std::string const& log, unsigned way) {
    ++made_.reads;
    auto const halves = halves_of(log);
    if (!halves) return fail(read, "this is no log", {});
    std::set<std::string> told;
    for (auto const& [half, what] :
         {std::pair(halves->first, verb::prepend), {halves->second, verb::append}}) {
      for (std::string const& each : entries_of(half)) {
        auto const source = sources_.find(each);
        if (source == sources_.end()) return fail(read, "nobody ever wrote " + each, {});
        if (source->second->what != what) return fail(read, each + " is at the wrong end", {*source->second});
        if (source->second->start > read.end)
          return fail(read, "read before it was written", {*source->second});
        if (!told.insert(each).second) return fail(read, each + " is there twice", {*source->second});
      }
    }
    if (!front_.ends_with(halves->first)) return disagree(read, *front_read_);
    if (!back_.starts_with(halves->second)) return disagree(read, *back_read_);
    if (complete(read, told, way) && missing(read, told, past_tandem) != nullptr) ++made_.excused;
  }

  bool complete(operation const& read, std::set<std::string> const& told, unsigned way) {
    operation const* const lacking = missing(read, told, way);
    if (lacking != nullptr) fail(read, "an acknowledged entry is missing", {*lacking});
    return lacking == nullptr;
  }

  operation const* missing(operation const& read, std::set<std::string> const& told, unsigned way) const {
    for (auto const& [entry, source] : sources_) {
      if (when_.of(*source, way) < read.start && !told.contains(entry)) return source;
    }
    return nullptr;
  }

  void disagree(operation const& read, operation const& other) {
    fail(read, "another read tells of another order, or of less", {other});
  }

  void fail(operation const& read, std::string why, std::vector<operation> evidence) {
    made_.violations.push_back({read, std::move(why), std::move(evidence)});
  }

  std::vector<operation> const& operations_;
  settling const& when_;
  std::map<std::string, operation const*> sources_;
  std::string_view front_;  // the longest that was read of each half, and by whom
  std::string_view back_;
  operation const* front_read_ = nullptr;
  operation const* back_read_ = nullptr;
  verdict made_;
};

}  // namespace

verdict check_log(std::vector<operation> const& operations, settling const& when) {
  return log_check(operations, when).check();
}

}  // namespace tandem::consistency
