// memcached's binary protocol (its wiki, BinaryProtocolRevamped): get and set, with the key's number as the opaque.
#include "bench/dialect.hpp"

namespace tandem::bench {

namespace {

constexpr std::size_t header_size = 24;
constexpr unsigned char get_code = 0x00;
constexpr unsigned char set_code = 0x01;

void append_number(std::string& output, std::uint32_t number, unsigned bytes) {
  while (bytes-- > 0) output += static_cast<char>(number >> (8 * bytes) & 0xff);
}

std::string header(unsigned char code, std::size_t key_size, std::size_t extras_size,
                   std::size_t value_size) {
  std::string made = "\x80";
  append_number(made, code, 1);
  append_number(made, static_cast<std::uint32_t>(key_size), 2);
  append_number(made, static_cast<std::uint32_t>(extras_size), 1);
  append_number(made, 0, 3);
  append_number(made, static_cast<std::uint32_t>(key_size + extras_size + value_size), 4);
  return made;
}

class binary_dialect : public dialect {
 public:
  explicit binary_dialect(item_set const& items)
      : items_(items),
        get_(header(get_code, items.key(0).size(), 0, 0)),
        set_(header(set_code, items.key(0).size(), 8, items.value_size())),
        got_(header(get_code, 0, 4, items.value_size())),
        stored_(header(set_code, 0, 0, 0)) {
    got_.front() = stored_.front() = '\x81';
  }

  void write(request const& asked, std::string& output) const override {
    output.append(asked.what == action::get ? get_ : set_);
    append_number(output, asked.first, 4);
    output.append(8, '\0');                                 // cas
    if (asked.what == action::set) output.append(8, '\0');  // flags and exptime
    output.append(items_.key(asked.first));
    if (asked.what == action::set) output.append(items_.value(asked.first));
  }

  std::size_t read(std::string_view input, request const& asked) const override {
    if (input.size() < header_size) return 0;
    bool const get = asked.what == action::get;
    std::string expected = get ? got_ : stored_;
    append_number(expected, asked.first, 4);
    if (!input.starts_with(expected)) refuse(items_, asked, input);
    if (!get) return header_size;
    std::size_t const whole = header_size + 4 + items_.value_size();
    if (input.size() < whole) return 0;
    std::string_view const flags = input.substr(header_size, 4);
    std::string_view const value = input.substr(header_size + 4, items_.value_size());
    if (flags != std::string_view("\0\0\0\0", 4) || value != items_.value(asked.first)) {
      refuse(items_, asked, input);
    }
    return whole;
  }

 private:
  item_set const& items_;
  std::string get_;  // up to the opaque, as all four
  std::string set_;
  std::string got_;
  std::string stored_;
};

}  // namespace

std::unique_ptr<dialect> make_binary_dialect(item_set const& items) {
  return std::make_unique<binary_dialect>(items);
}

}  // namespace tandem::bench
