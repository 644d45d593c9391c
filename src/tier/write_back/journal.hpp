// The write-back queue's log on disk, in a directory of its own, which one process at a time may
// use. One thread commits whatever has gathered since its last commit, so that no worker waits for the disk and many
// writes share one sync. Open it, take what it brought back, hand it to the queue; stop() it before the queue ends.
//
// What is committed outlives SIGKILL whatever `fsync` says, for it is in the kernel's hands. A power cut is survived with
// `always`. With `interval` and `never` it may take what was not synced yet, and leave the journal damaged.
//
// `journal_format.hpp` says what is in the file, `journal_reader.hpp` what becomes of one that is damaged. Another
// format is refused, never guessed at.
#pragma once

#include "base/result.hpp"
#include "tier/options.hpp"
#include "tier/write_back/write_log.hpp"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace tandem::tier {

struct journal_settings {
  std::string directory;  // made if it is missing; its parent is not
  fsync_policy fsync = fsync_policy::always;
  std::size_t bytes_max = std::size_t{1} << 30;  // of the file; while it is rewritten there are two
  damage_policy damaged = damage_policy::refuse;
};

/// What the last process left.
struct journal_findings {
  std::vector<std::shared_ptr<unwritten_item const>> restored;  // not written when it ended
  std::uint64_t lost = 0;  // records and values, by damage; at least so many
  std::string notice;      // of the damage; empty: there was none
};

class journal final : public write_log {
 public:
  /// The bound of the file for a queue of so many items and bytes, whatever their sizes.
  static std::size_t bytes_max_for(std::size_t items, std::size_t bytes);

  static base::result<std::unique_ptr<journal>> open(journal_settings const& settings);
  ~journal() override;

  /// Once.
  journal_findings take_findings() { return std::move(findings_); }

  /// Both any thread; told on the journal's. A put that finds no room is told false and leaves the older version.
  void put(std::shared_ptr<unwritten_item const> item, told done) override;
  /// One that fails is tried again until it succeeds or a newer version comes, and told then.
  void remove(std::string const& key, std::uint64_t version, told done) override;

  /// Commits and syncs what is there and ends the thread. Later calls are forgotten, untold.
  void stop();

 private:
  struct change {
    std::shared_ptr<unwritten_item const> item;  // null: a removal
    std::uint64_t version = 0;
    std::vector<told> tellers;
  };
  using changes = std::unordered_map<std::string, change>;
  class store;

  explicit journal(std::unique_ptr<store> opened, fsync_policy fsync);

  void add(std::string const& key, change made);
  void run();
  void commit(changes& batch);
  void settle(std::string const& key, change& made, base::result<bool> const& result);
  void sync_if_due(bool now);

  std::unique_ptr<store> const store_;
  fsync_policy const fsync_;
  journal_findings findings_;
  std::mutex mutex_;
  std::condition_variable wake_;
  changes pending_;  // the newest of each key
  bool stopping_ = false;
  // The thread's own.
  std::chrono::steady_clock::time_point next_sync_;
  bool unsynced_ = false;
  bool failing_ = false;
  std::thread thread_;
};

}  // namespace tandem::tier
