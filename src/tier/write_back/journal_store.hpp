// The journal's directory: its lock, and the file `journal.log` with the records. Holds what is in the file in memory, too,
// which is what the queue holds anyway; a file that is full, or that the system has failed, is replaced by a new one that
// has nothing else in it. So is the file of the last process. For one thread at a time.
#pragma once

#include "base/result.hpp"
#include "tier/write_back/journal.hpp"
#include "tier/write_back/journal_file.hpp"
#include "tier/write_back/journal_format.hpp"
#include "tier/write_back/journal_reader.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tandem::tier {

class journal::store {
 public:
  /// How long a file is made for records of so many bytes: with as much room for what is to come.
  static std::size_t length_for(std::size_t record_bytes);

  static base::result<std::unique_ptr<store>> open(journal_settings const& settings, journal_findings& found);

  /// All of them or, on an error, none.
  base::result<bool> apply(changes const& batch);
  base::result<bool> apply(std::string const& key, change const& made);

  base::result<bool> sync();

  /// Whether the last change failed since the system failed to write, rather than for want of room within the bound.
  bool system_fails() const { return system_fails_; }

 private:
  using item_ref = std::shared_ptr<unwritten_item const>;
  struct contents {
    std::unordered_map<std::string_view, item_ref> items;  // the keys are the items'
    std::size_t bytes = 0;                                 // of their records

    void put(item_ref item);
    void remove(std::string_view key);
  };
  struct log_file {
    journal_file file;
    journal_head head;
  };
  struct due_change {
    std::string_view key;
    std::uint64_t version;
    item_ref item;  // null: a removal
  };

  explicit store(journal_settings const& settings) : settings_(settings) {}

  base::error failed(std::string_view what, int code) const;
  base::error refused(std::string_view name, std::string_view why) const;
  std::string path(std::string_view name) const;
  base::result<bool> lock_directory();
  base::result<bool> read_last(journal_findings& found);
  base::result<bool> handle(journal_damage const& damage, journal_findings& found);
  base::result<std::string> set_aside() const;

  bool is_due(std::string const& key, change const& made) const;
  base::result<bool> apply(std::vector<due_change> const& due);
  bool has_room_for(std::vector<due_change> const& due) const;
  base::result<bool> write(std::vector<due_change> const& due);
  int append(std::string_view records, std::uint64_t count);
  int replace_file(contents const& all);
  int write_new(log_file& made, contents const& all) const;

  journal_settings const settings_;
  journal_file lock_;  // whose lock keeps other processes out
  log_file log_;
  contents contents_;
  bool file_failed_ = false;  // then nobody knows what is in it
  bool system_fails_ = false;
};

}  // namespace tandem::tier
