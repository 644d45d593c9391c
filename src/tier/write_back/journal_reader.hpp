// Reads a journal's file with plain reads, whatever has become of it: neither a short file nor any byte in it can do more
// than make it damaged.
//
// A record that cannot be read may have replaced or removed any value before it, so these are no longer certain, and
// are not kept: L2 never gets a value that was overtaken. If its key can still be read, that holds for the key
// alone. What comes after is certain. What was never confirmed, at the end, is no damage: nobody was told of it.
#pragma once

#include "base/result.hpp"
#include "tier/write_back/write_log.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tandem::tier {

struct journal_damage {
  std::uint64_t offset =
      0;  // of the first damaged record; 0: of the head, and nothing is known of the others
  std::uint64_t records = 0;     // confirmed ones in the file
  std::uint64_t unreadable = 0;  // of these
  std::uint64_t uncertain = 0;   // keys whose value could be read, and is not kept

  /// At least so many.
  std::uint64_t lost() const { return offset == 0 ? 1 : unreadable + uncertain; }
};

struct journal_content {
  std::vector<std::shared_ptr<unwritten_item const>> items;  // the newest of each key, in order of versions
  std::optional<journal_damage> damage;
  bool is_of_another_format = false;  // and was not read
};

/// Reads from a descriptor of a regular file of that many bytes.
journal_content read_journal(int file, std::uint64_t size);

/// "damaged at byte 4096: ..."
std::string to_string(journal_damage const& damage);

}  // namespace tandem::tier
