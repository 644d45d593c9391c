#include "support/dialogue.hpp"

#include <regex>

namespace tandem::test {
namespace {

// Numbers cas values in the order in which they were first seen, from 1.
class cas_names {
 public:
  std::string of(std::string const& cas) {
    last_ = cas;
    for (std::size_t i = 0; i < seen_.size(); ++i) {
      if (seen_[i] == cas) return "cas#" + std::to_string(i + 1);
    }
    seen_.push_back(cas);
    return "cas#" + std::to_string(seen_.size());
  }

  std::string const& last() const { return last_; }

 private:
  std::vector<std::string> seen_;
  std::string last_ = "0";
};

// VALUE key flags bytes cas
std::string with_cas_named(std::string const& answer, cas_names& names) {
  static std::regex const value_line("(VALUE [^ \r\n]+ [0-9]+ [0-9]+ )([0-9]+)\r\n");
  std::string made;
  auto rest = answer.cbegin();
  for (std::smatch found; std::regex_search(rest, answer.cend(), found, value_line); rest = found[0].second) {
    made.append(rest, found[0].first);
    made += found[1].str() + names.of(found[2].str()) + "\r\n";
  }
  return made.append(rest, answer.cend());
}

}  // namespace

std::string replaced(std::string_view text, std::string_view what, std::string_view by) {
  std::string made(text);
  for (std::size_t at = 0; (at = made.find(what, at)) != std::string::npos; at += by.size()) {
    made.replace(at, what.size(), by);
  }
  return made;
}

std::string transcript(text_client& client, dialogue const& held, names const& with) {
  std::string made;
  cas_names cas;
  for (std::string_view const step : held.steps) {
    std::string const named = replaced(replaced(step, "{k}", with.key), "{f}", with.flags);
    std::string const answer = client.converse(replaced(named, "{cas}", cas.last()));
    made += "> " + replaced(named, "\r\n", "|") + "\n" + with_cas_named(answer, cas);
    if (answer.ends_with("<closed>")) break;
  }
  return made;
}

}  // namespace tandem::test
