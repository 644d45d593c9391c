#include "tier/write_back/journal_format.hpp"

#include <boost/crc.hpp>
#include <boost/endian/conversion.hpp>

#include <cassert>
#include <limits>

namespace tandem::tier {
namespace {

namespace endian = boost::endian;

constexpr std::string_view magic = "tandemj";
constexpr char format = '2';
constexpr std::size_t head_size = 44;
constexpr std::size_t key_size_offset = 36;

using crc32c = boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true>;

template <class Number>
void append(std::string& out, Number number) {
  unsigned char bytes[sizeof number];
  endian::endian_store<Number, sizeof number, endian::order::little>(bytes, number);
  out.append(reinterpret_cast<char const*>(bytes), sizeof number);
}

template <class Number>
Number load(std::string_view bytes, std::size_t offset) {
  auto const* const in = reinterpret_cast<unsigned char const*>(bytes.data() + offset);
  return endian::endian_load<Number, sizeof(Number), endian::order::little>(in);
}

/// `seed` goes before the bytes, so that what belongs elsewhere does not pass here.
template <class Seed>
std::uint32_t checksum(Seed seed, std::string_view bytes) {
  std::string first;
  append(first, seed);
  crc32c sum;
  sum.process_bytes(first.data(), first.size());
  sum.process_bytes(bytes.data(), bytes.size());
  return sum.checksum();
}

std::uint32_t checksum_of_head(std::string_view bytes) { return checksum(std::uint8_t{0}, bytes); }

void append_record(std::string& out, std::uint64_t id, journal_record const& record, std::string_view value) {
  assert(record.key.size() <= std::numeric_limits<std::uint16_t>::max());
  assert(value.size() <= std::numeric_limits<std::uint32_t>::max());
  std::size_t const start = out.size();
  out += journal_record::mark;
  append(out, record.number);
  append(out, record.version);
  append(out, record.expires_at);
  append(out, record.flags);
  append(out, static_cast<std::uint32_t>(value.size()));
  append(out, static_cast<std::uint16_t>(record.key.size()));
  append(out, static_cast<std::uint8_t>(record.what));
  append(out, std::uint8_t{0});
  out += record.key;
  std::uint32_t const sum = checksum(id, std::string_view(out).substr(start));
  append(out, sum);
  out += value;
  append(out, checksum(sum, value));
}

}  // namespace

std::string encode(journal_head const& head) {
  std::string out(magic);
  out += format;
  append(out, head.id);
  append(out, head.length);
  append(out, head.confirmed);
  append(out, head.records);
  append(out, checksum_of_head(out));
  return out;
}

bool is_head_of_another_format(std::string_view block) {
  if (block.size() <= magic.size() || !block.starts_with(magic)) return false;
  char const digit = block[magic.size()];
  return digit >= '1' && digit <= '9' && digit != format;
}

std::optional<journal_head> decode_journal_head(std::string_view block) {
  if (block.size() < head_size || !block.starts_with(magic) || block[magic.size()] != format)
    return std::nullopt;
  std::size_t const summed = head_size - journal_record::checksum_size;
  if (load<std::uint32_t>(block, summed) != checksum_of_head(block.substr(0, summed))) return std::nullopt;
  return journal_head{load<std::uint64_t>(block, 8), load<std::uint64_t>(block, 16),
                      load<std::uint64_t>(block, 24), load<std::uint64_t>(block, 32)};
}

void append_put(std::string& out, std::uint64_t id, std::uint64_t number, unwritten_item const& item) {
  journal_record record;
  record.number = number;
  record.version = item.version;
  record.expires_at = item.expires_at;
  record.flags = item.flags;
  record.key = item.key;
  append_record(out, id, record, item.value);
}

void append_removal(std::string& out, std::uint64_t id, std::uint64_t number, std::string_view key,
                    std::uint64_t version) {
  journal_record record;
  record.number = number;
  record.version = version;
  record.what = journal_record::kind::removal;
  record.key = key;
  append_record(out, id, record, {});
}

std::size_t claimed_value_offset(std::string_view fixed_part) {
  return journal_record::fixed_size + load<std::uint16_t>(fixed_part, key_size_offset) +
         journal_record::checksum_size;
}

std::optional<journal_record> decode_journal_record(std::string_view bytes, std::uint64_t id) {
  if (bytes.size() < journal_record::fixed_size || !bytes.starts_with(journal_record::mark))
    return std::nullopt;
  std::size_t const value_offset = claimed_value_offset(bytes);
  if (bytes.size() < value_offset) return std::nullopt;
  std::size_t const summed = value_offset - journal_record::checksum_size;
  auto const sum = load<std::uint32_t>(bytes, summed);
  if (sum != checksum(id, bytes.substr(0, summed))) return std::nullopt;
  journal_record record;
  record.number = load<std::uint64_t>(bytes, 4);
  record.version = load<std::uint64_t>(bytes, 12);
  record.expires_at = load<std::int64_t>(bytes, 20);
  record.flags = load<std::uint32_t>(bytes, 28);
  record.value_size = load<std::uint32_t>(bytes, 32);
  record.what = static_cast<journal_record::kind>(load<std::uint8_t>(bytes, 38));
  record.key = bytes.substr(journal_record::fixed_size, summed - journal_record::fixed_size);
  record.checksum = sum;
  return record;
}

bool is_unchanged_value(journal_record const& record, std::string_view bytes) {
  if (bytes.size() != record.value_size + journal_record::checksum_size) return false;
  return load<std::uint32_t>(bytes, record.value_size) ==
         checksum(record.checksum, bytes.substr(0, record.value_size));
}

}  // namespace tandem::tier
