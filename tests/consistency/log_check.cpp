#include "consistency/log_check.hpp"

#include <algorithm>
#include <map>
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

class log_check {
 public:
  log_check(std::vector<operation> const& operations, settling const& when)
      : operations_(operations), when_(when) {
    for (operation const& each : operations_) {
      if (each.what == verb::append && each.how != outcome::refused) appends_[each.argument] = &each;
      bool const longer = each.what == verb::read && each.how == outcome::done &&
                          (longest_ == nullptr || each.answer.size() > longest_->answer.size());
      if (longer) longest_ = &each;
    }
  }

  verdict check() {
    for (operation const& each : operations_) {
      if (each.what == verb::read && each.how == outcome::done) content(each, each.answer);
      if (each.what == verb::read && each.how == outcome::absent) content(each, "");
      // It executes in Redis, which knows no windows, and refuses only if there is no log at all.
      if (each.what == verb::append && each.how == outcome::refused) complete(each, {}, past_tandem);
    }
    return std::move(made_);
  }

 private:
  void content(operation const& read, std::string const& log) {
    ++made_.reads;
    std::set<std::string> told;
    for (std::string const& each : entries_of(log)) {
      auto const source = appends_.find(each);
      if (source == appends_.end()) return fail(read, "nobody ever appended " + each, {});
      if (source->second->start > read.end)
        return fail(read, "read before it was appended", {*source->second});
      if (!told.insert(each).second) return fail(read, each + " was appended twice", {*source->second});
    }
    if (longest_ != nullptr && !longest_->answer.starts_with(log)) {
      return fail(read, "another read tells of another order, or of less", {*longest_});
    }
    if (complete(read, told, read.way) && missing(read, told, past_tandem) != nullptr) ++made_.excused;
  }

  bool complete(operation const& read, std::set<std::string> const& told, unsigned way) {
    operation const* const lacking = missing(read, told, way);
    if (lacking != nullptr) fail(read, "an acknowledged append is missing", {*lacking});
    return lacking == nullptr;
  }

  operation const* missing(operation const& read, std::set<std::string> const& told, unsigned way) const {
    for (auto const& [entry, append] : appends_) {
      if (when_.of(*append, way) < read.start && !told.contains(entry)) return append;
    }
    return nullptr;
  }

  void fail(operation const& read, std::string why, std::vector<operation> evidence) {
    made_.violations.push_back({read, std::move(why), std::move(evidence)});
  }

  std::vector<operation> const& operations_;
  settling const& when_;
  std::map<std::string, operation const*> appends_;
  operation const* longest_ = nullptr;
  verdict made_;
};

}  // namespace

verdict check_log(std::vector<operation> const& operations, settling const& when) {
  return log_check(operations, when).check();
}

}  // namespace tandem::consistency
