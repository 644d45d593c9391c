// What the configuration says of two tiers.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

namespace tandem::tier {

enum class write_policy { through, around, back };
enum class l2_failure { fail, queue, l1_only };
enum class fsync_policy {
  always,    // synced before a put is told
  interval,  // once a second
  never,     // when the kernel pleases
};

enum class damage_policy {
  refuse,  // the daemon does not start
  skip,    // the file is set aside, and what is certain is kept
};

struct journal_options {
  std::string directory;
  fsync_policy fsync = fsync_policy::always;
  damage_policy damaged = damage_policy::refuse;

  friend bool operator==(journal_options const&, journal_options const&) = default;
};

struct queue_options {
  std::size_t items = 100'000;
  std::size_t bytes = std::size_t{64} << 20;
  std::optional<journal_options> journal;

  friend bool operator==(queue_options const&, queue_options const&) = default;
};

struct tiered_options {
  std::string l1;
  std::string l2;
  write_policy write = write_policy::through;
  std::chrono::seconds l1_ttl{60};
  std::chrono::seconds lease{5};         // 0: off, L1 is shared with clients that know nothing of leases
  std::chrono::seconds negative_ttl{0};  // 0: what L2 does not have is not remembered
  l2_failure on_l2_failure = l2_failure::fail;
  std::chrono::seconds stale_for{0};  // 0: what is old in L1 is not answered, whatever becomes of L2
  std::optional<queue_options> queue;
};

}  // namespace tandem::tier
