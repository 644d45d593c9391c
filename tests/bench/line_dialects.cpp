// Meta and Redis' protocol: the whole reply to a request is known beforehand, but for the value.
#include "bench/dialect.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tandem::bench {

namespace {

/// Compares as soon as bytes are there, so that an error is not waited out.
bool matches(std::string_view& input, std::string_view expected) {
  std::size_t const common = std::min(input.size(), expected.size());
  bool const same = input.substr(0, common) == expected.substr(0, common);
  input.remove_prefix(common);
  return same;
}

class meta_dialect : public dialect {
 public:
  explicit meta_dialect(item_set const& items) : items_(items), size_(std::to_string(items.value_size())) {}

  void write(request const& asked, std::string& output) const override {
    std::string_view const key = items_.key(asked.first);
    if (asked.what == action::get) {
      output.append("mg ").append(key).append(" k v\r\n");
      return;
    }
    output.append("ms ").append(key).append(" ").append(size_).append("\r\n");
    output.append(items_.value(asked.first)).append("\r\n");
  }

  std::size_t read(std::string_view input, request const& asked) const override {
    std::string_view rest = input;
    bool right = true;
    std::size_t whole = 4;
    if (asked.what == action::set) {
      right = matches(rest, "HD\r\n");
    } else {
      std::string_view const key = items_.key(asked.first);
      std::string_view const value = items_.value(asked.first);
      right = matches(rest, "VA ") && matches(rest, size_) && matches(rest, " k") && matches(rest, key);
      whole = 3 + size_.size() + 2 + key.size() + 2 + value.size() + 2;
      if (right && input.size() < whole) return 0;
      right = right && matches(rest, "\r\n") && matches(rest, value) && matches(rest, "\r\n");
    }
    if (!right) refuse(items_, asked, input);
    return input.size() < whole ? 0 : whole;
  }

 private:
  item_set const& items_;
  std::string size_;
};

class redis_dialect : public dialect {
 public:
  explicit redis_dialect(item_set const& items)
      : items_(items),
        value_head_(fmt::format("${}\r\n", items.value_size())),
        key_head_(fmt::format("${}\r\n", items.key(0).size())) {}

  void write(request const& asked, std::string& output) const override {
    output.append(asked.what == action::get ? "*2\r\n$3\r\nGET\r\n" : "*3\r\n$3\r\nSET\r\n");
    output.append(key_head_).append(items_.key(asked.first)).append("\r\n");
    if (asked.what == action::get) return;
    output.append(value_head_).append(items_.value(asked.first)).append("\r\n");
  }

  std::size_t read(std::string_view input, request const& asked) const override {
    std::string_view rest = input;
    bool right = true;
    std::size_t whole = 5;
    if (asked.what == action::set) {
      right = matches(rest, "+OK\r\n");
    } else {
      whole = value_head_.size() + items_.value_size() + 2;
      right = matches(rest, value_head_);
      if (right && input.size() < whole) return 0;
      right = right && matches(rest, items_.value(asked.first)) && matches(rest, "\r\n");
    }
    if (!right) refuse(items_, asked, input);
    return input.size() < whole ? 0 : whole;
  }

 private:
  item_set const& items_;
  std::string value_head_;
  std::string key_head_;
};

}  // namespace

std::unique_ptr<dialect> make_meta_dialect(item_set const& items) {
  return std::make_unique<meta_dialect>(items);
}

std::unique_ptr<dialect> make_redis_dialect(item_set const& items) {
  return std::make_unique<redis_dialect>(items);
}

}  // namespace tandem::bench
