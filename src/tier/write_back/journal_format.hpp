// What the bytes of a journal's file mean, format 2. It is a log: records are appended, none is changed, and the file has the
// length that its head names from the start. Numbers are little-endian; checksums are CRC-32C.
//
// The head is block 0, and is written anew, in place, for each batch of records: within one sector, so never in part.
//   8 bytes "tandemj2" | 8 id, random, the file's own | 8 length of the file | 8 end of the records that are confirmed |
//   8 how many these are | 4 checksum
// A record, from block 1 on, one behind the other:
//   4 bytes mark | 8 its number, from 1 | 8 version | 8 expiry, Unix seconds, 0: never | 4 flags | 4 size of the value |
//   2 size of the key | 1 kind | 1 zero | the key | 4 checksum of the file's id and all before |
//   the value | 4 checksum of that checksum and the value
// So a record whose value alone is damaged still tells its key.
#pragma once

#include "tier/write_back/write_log.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tandem::tier {

inline constexpr std::size_t journal_block = 4096;

struct journal_head {
  std::uint64_t id = 0;
  std::uint64_t length = 0;     // bytes
  std::uint64_t confirmed = 0;  // offset
  std::uint64_t records = 0;    // before that offset
};

struct journal_record {
  enum class kind : std::uint8_t { put = 1, removal = 2 };

  static constexpr std::size_t fixed_size = 40;
  static constexpr std::size_t checksum_size = 4;
  static constexpr std::string_view mark = "\xa7rec";

  std::uint64_t number = 0;
  std::uint64_t version = 0;
  std::int64_t expires_at = 0;
  std::uint32_t flags = 0;
  std::uint32_t value_size = 0;
  kind what = kind::put;
  std::string key;
  std::uint32_t checksum = 0;  // of what precedes the value

  std::size_t value_offset() const { return fixed_size + key.size() + checksum_size; }
  std::size_t size() const { return value_offset() + value_size + checksum_size; }
};

/// Of a put, or of a removal if the value is empty.
constexpr std::size_t journal_record_size(std::size_t key, std::size_t value) {
  return journal_record::fixed_size + key + value + 2 * journal_record::checksum_size;
}
std::string encode(journal_head const& head);
/// Whether the bytes begin as those of a journal of another version.
bool is_head_of_another_format(std::string_view block);
/// Nothing if these are not the bytes of a head, whole and unchanged.
std::optional<journal_head> decode_journal_head(std::string_view block);

/// Keys have 64 KiB at most, values 4 GiB.
void append_put(std::string& out, std::uint64_t id, std::uint64_t number, unwritten_item const& item);
void append_removal(std::string& out, std::uint64_t id, std::uint64_t number, std::string_view key,
                    std::uint64_t version);

/// How many bytes from a record's first the key and its checksum reach; told by the fixed part, not to be trusted.
std::size_t claimed_value_offset(std::string_view fixed_part);
/// What precedes the value of a record; nothing if it is not whole and unchanged.
std::optional<journal_record> decode_journal_record(std::string_view bytes, std::uint64_t id);
/// `bytes`: the value with the checksum behind it.
bool is_unchanged_value(journal_record const& record, std::string_view bytes);

}  // namespace tandem::tier
