#include "bench/dialect.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bitset>

namespace tandem::bench {

namespace {

class text_dialect : public dialect {
 public:
  explicit text_dialect(item_set const& items)
      : items_(items), size_words_(fmt::format(" 0 {}\r\n", items.value_size())) {}

  void write(request const& asked, std::string& output) const override {
    if (asked.what == action::set) {
      output.append("set ").append(items_.key(asked.first)).append(" 0 0 ");
      output.append(std::string_view(size_words_).substr(3));
      output.append(items_.value(asked.first)).append("\r\n");
      return;
    }
    output.append("get");
    std::size_t const before_end = std::min<std::size_t>(asked.keys, items_.count() - asked.first);
    output.append(items_.words(asked.first, before_end)).append(items_.words(0, asked.keys - before_end));
    output.append("\r\n");
  }

  std::size_t read(std::string_view input, request const& asked) const override {
    if (asked.what == action::set) return read_word(input, "STORED\r\n", asked);
    return read_values(input, asked);
  }

 protected:
  std::size_t read_word(std::string_view input, std::string_view word, request const& asked) const {
    if (!input.starts_with(word.substr(0, input.size()))) refuse(items_, asked, input);
    return input.size() < word.size() ? 0 : word.size();
  }

 private:
  /// The values of all keys, each once, in any order: a proxy may give them server by server.
  std::size_t read_values(std::string_view input, request const& asked) const {
    std::size_t const item_size =
        6 + items_.key(0).size() + size_words_.size() + items_.value_size() + 2;  // VALUE, and the line's end
    std::size_t const whole = item_size * asked.keys + 5;
    // An error is no longer than a line, and is not waited out.
    if (input.size() < whole && (input.empty() || input.front() == 'V')) return 0;
    std::bitset<keys_max> seen;
    for (std::size_t index = 0; index < asked.keys; ++index) {
      std::string_view const item = input.substr(0, item_size);
      if (item.size() < item_size) refuse(items_, asked, input);
      std::size_t const place = read_item(item, asked, index);
      if (place >= asked.keys || seen[place]) refuse(items_, asked, item);
      seen.set(place);
      input.remove_prefix(item_size);
    }
    if (!input.starts_with("END\r\n")) refuse(items_, asked, input);
    return whole;
  }

  /// The place of its key among those asked for, which most likely is `expected`.
  std::size_t read_item(std::string_view item, request const& asked, std::size_t expected) const {
    std::string_view const key = item.substr(6, items_.key(0).size());
    std::size_t number = (asked.first + expected) % items_.count();
    if (key != items_.key(number)) {
      auto const other = items_.number_of(key);
      if (!other) refuse(items_, asked, item);
      number = *other;
    }
    if (!item.starts_with("VALUE ") || !item.ends_with("\r\n")) refuse(items_, asked, item);
    item.remove_prefix(6 + key.size());
    if (!item.starts_with(size_words_)) refuse(items_, asked, item);
    item.remove_prefix(size_words_.size());
    if (!item.starts_with(items_.value(number))) refuse(items_, asked, item);
    return (number + items_.count() - asked.first) % items_.count();
  }

  item_set const& items_;
  std::string size_words_;  // what follows a key in a VALUE line
};

/// Asks for items that nobody has stored: hardly any work for the generator, and a server's for each key.
class absent_dialect final : public text_dialect {
 public:
  using text_dialect::text_dialect;

  std::size_t read(std::string_view input, request const& asked) const override {
    return read_word(input, asked.what == action::set ? "STORED\r\n" : "END\r\n", asked);
  }
};

}  // namespace

std::unique_ptr<dialect> make_absent_dialect(item_set const& items) {
  return std::make_unique<absent_dialect>(items);
}

std::unique_ptr<dialect> make_text_dialect(item_set const& items) {
  return std::make_unique<text_dialect>(items);
}

}  // namespace tandem::bench
