#include "differential/vocabulary.hpp"

#include <algorithm>
#include <array>

namespace tandem::differential {
namespace {

constexpr std::size_t key_length_max = 250;

// Far in the future as seconds and as a Unix time, far in the past, and over already.
constexpr std::array<std::int64_t, 7> times{0, 100, 86400, 2592000, 2592001, 2000000000, -1};

}  // namespace

vocabulary::vocabulary(dialect spoken, abilities able, std::uint64_t seed)
    : random_(seed), able_(able), spoken_(spoken) {
  std::size_t const count = 1 + random_.below(4);
  for (std::size_t i = 0; i < count; ++i) {
    std::size_t const room = key_length_max - session_name.size();
    std::size_t const length = one_in(8) ? random_.below(room + 1) : random_.below(4);
    // The last character makes it another key than the others, unless there is no room for one.
    std::string key =
        std::string(session_name) + (spoken == dialect::binary ? bytes(length) : letters(length));
    if (i > 0 && key.size() < key_length_max) key += static_cast<char>('a' + i);
    keys_.push_back(std::move(key));
  }
}

std::string vocabulary::key() { return one_in(2) ? keys_.front() : random_.of(keys_); }

std::string vocabulary::long_key() {
  std::size_t const length = key_length_max - session_name.size() - 1 + random_.below(4);
  return std::string(session_name) + (spoken_ == dialect::binary ? bytes(length) : letters(length));
}

std::string vocabulary::key_of_any_bytes() {
  return std::string(session_name) +
         random_.of({" ", "\r\nget x\r\n", std::string_view("\0\x01\x80\xff", 4)});
}

std::string vocabulary::nonsense() {
  return random_.of({"", "0", "-1", "x", "noreply", "norepl", "abc", "1.5", "18446744073709551616", "\x01",
                     "\t", "4294967296", "99999999999", "+100", "0x10", "1e3"});
}

// memcached looks for a minus in a number of 2^63 or more, and goes on into what its memory holds behind the
// item. So no value has a minus, and there are no such numbers here; integration/verbs_test.cpp has them.
std::uint64_t vocabulary::any_number() { return random_.number() >> (3 + random_.below(61)); }

std::string vocabulary::number() {
  if (one_in(3)) return std::to_string(any_number());
  return random_.of({"0",
                     "1",
                     "5",
                     "9",
                     "10",
                     "99",
                     "100",
                     "12345",
                     "9007199254740993",
                     "00012",
                     "18446744073709551616",
                     "1.5",
                     "abc",
                     "",
                     " 5",
                     "5 ",
                     "99999999999999999999",
                     "0000000000000000000001",
                     "1\x01",
                     "+5",
                     "5a"});
}

std::string vocabulary::delta() {
  if (one_in(3)) return std::to_string(any_number());
  return random_.of({"1", "1", "2", "9", "10", "0", "9007199254740993"});
}

std::string vocabulary::exptime() { return one_in(2) ? "0" : std::to_string(random_.of(times)); }

std::string vocabulary::wrong_exptime() {
  return random_.of({"abc", "99999999999", "1.5", "", "4294967295", "--1", "0x1", "1a"});
}

std::uint32_t vocabulary::binary_exptime() {
  return one_in(2) ? 0 : static_cast<std::uint32_t>(random_.of(times));
}

std::string vocabulary::flags() {
  // Masked, so that no byte is a minus; see any_number().
  if (one_in(3)) return std::to_string(random_.number() & 0xd2d2d2d2U);
  return random_.of({"0", "1", "4294967295", "65536"});
}

std::string vocabulary::wrong_flags() { return random_.of({"-1", "4294967296", "abc", "", "1.5", "0x1"}); }

std::string vocabulary::value() {
  if (one_in(3)) return number();
  if (one_in(1000)) return letters(one_in(2) ? 600000 : 1048577 + random_.below(1000));
  constexpr std::array<std::size_t, 10> lengths{0, 1, 2, 3, 5, 20, 100, 1000, 5000, 70000};
  std::size_t const length = lengths[random_.below(one_in(20) ? lengths.size() : 7)];
  std::string made = one_in(4) ? bytes(length) : letters(length);
  if (one_in(6)) made.insert(made.size() / 2, "\r\n");
  // Of white space alone memcached makes a number of what its memory holds behind the item.
  bool const blank = made.find_first_not_of(" \t\n\v\f\r") == std::string::npos;
  return blank && !made.empty() ? made + "x" : made;
}

std::string vocabulary::short_value() { return letters(random_.below(12)); }

std::string vocabulary::cas() {
  if (one_in(6)) return random_.of({"0", "1", "18446744073709551615", "9999999999"});
  return std::string(one_in(4) ? older_cas : last_cas);
}

std::string vocabulary::word(std::size_t count) {
  if (!one_in(6)) return letters(count);
  std::string made = bytes(count);
  std::replace_if(
      made.begin(), made.end(), [](char byte) { return byte == ' ' || byte == '\n'; }, '~');
  return made;
}

std::string vocabulary::letters(std::size_t count) {
  // One letter per eight is enough to tell values apart, and millions of them are made.
  // Without m: data that is taken for a command must not be a meta command in a session of classic text.
  constexpr std::string_view alphabet = "abcdefghijklnopqrstuvwxyz0123456789:_/.";
  std::string made;
  while (made.size() < count) {
    char const letter = alphabet[random_.below(alphabet.size())];
    made.append(count < 64 ? 1 : std::min<std::size_t>(8, count - made.size()), letter);
  }
  return made;
}

std::string vocabulary::bytes(std::size_t count) {
  constexpr std::string_view favourites("\0\r\n \x80\xff\x9e\x01", 8);
  std::string made;
  while (made.size() < count) {
    made += one_in(3) ? favourites[random_.below(favourites.size())] : static_cast<char>(random_.below(256));
  }
  // No minus; see any_number().
  std::replace(made.begin(), made.end(), '-', '+');
  return made;
}

}  // namespace tandem::differential
