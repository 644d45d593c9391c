#include "differential/replies.hpp"

#include <charconv>
#include <optional>

namespace tandem::differential {
namespace {

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> made;
  while (true) {
    std::size_t const space = line.find(' ');
    made.push_back(line.substr(0, space));
    if (space == std::string_view::npos) return made;
    line.remove_prefix(space + 1);
  }
}

std::optional<std::uint64_t> number_in(std::string_view word) {
  std::uint64_t number = 0;
  auto const [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  bool const whole = error == std::errc() && end == word.data() + word.size();
  return whole ? std::optional(number) : std::nullopt;
}

// How many characters of a word stand in front of a cas number; nothing if it has none.
std::optional<std::size_t> cas_offset(std::vector<std::string_view> const& words, std::size_t index) {
  std::string_view const kind = words.front();
  if (kind == "VALUE") return index == 4 ? std::optional<std::size_t>(0) : std::nullopt;
  if (kind == "ME") return words[index].starts_with("cas=") ? std::optional<std::size_t>(4) : std::nullopt;
  bool const meta = kind.size() == 2 && index > 0 && words[index].starts_with('c');
  return meta ? std::optional<std::size_t>(1) : std::nullopt;
}

std::string with_cas_named(std::string_view line, cas_numbers& cas) {
  std::vector<std::string_view> const words = words_of(line);
  std::string made;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) made += ' ';
    std::optional<std::size_t> const offset = cas_offset(words, i);
    std::optional<std::uint64_t> const number = offset ? number_in(words[i].substr(*offset)) : std::nullopt;
    made += number ? std::string(words[i].substr(0, *offset)) + cas.name(*number) : std::string(words[i]);
  }
  return made;
}

// The bytes of the data block that follows this line, with its \r\n; 0 if none does.
std::size_t block_after(std::string_view line) {
  std::vector<std::string_view> const words = words_of(line);
  std::size_t const place = words.front() == "VALUE" ? 3 : 1;
  if ((words.front() != "VALUE" && words.front() != "VA") || words.size() <= place) return 0;
  std::optional<std::uint64_t> const length = number_in(words[place]);
  return length ? *length + 2 : 0;
}

}  // namespace

std::string cas_numbers::name(std::uint64_t cas) {
  if (cas == 0) return "0";
  if (cas != last_) older_ = last_;
  last_ = cas;
  for (std::size_t i = 0; i < seen_.size(); ++i) {
    if (seen_[i] == cas) return "cas#" + std::to_string(i + 1);
  }
  seen_.push_back(cas);
  return "cas#" + std::to_string(seen_.size());
}

std::vector<std::string> text_replies(std::string_view answer, cas_numbers& cas) {
  std::vector<std::string> made;
  while (!answer.empty()) {
    std::size_t const end = answer.find("\r\n");
    if (end == std::string_view::npos) {
      made.emplace_back(answer);
      return made;
    }
    std::string_view const line = answer.substr(0, end);
    answer.remove_prefix(end + 2);
    std::string_view const block = answer.substr(0, block_after(line));
    answer.remove_prefix(block.size());
    made.push_back(with_cas_named(line, cas) + "\r\n" + std::string(block));
  }
  return made;
}

}  // namespace tandem::differential
