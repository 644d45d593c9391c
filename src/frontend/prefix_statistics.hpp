// What `stats detail` counts while it is on: reads, hits, stores and deletes by the part of the key before the first colon,
// as memcached counts them: only of the classic text and the binary protocol, and no key without a colon. Each
// worker counts on a sheet of its own, whose lock only a dump contends for; while it is off a command costs one load.
#pragma once

#include "frontend/command_origin.hpp"
#include "model/request.hpp"
#include "model/response.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace tandem::frontend {

class prefix_statistics {
 public:
  static constexpr char delimiter = ':';
  /// Prefixes that one worker counts; of any further ones nothing is counted.
  static constexpr std::size_t prefixes_max = 10'000;

  struct counts {
    std::uint64_t gets = 0;
    std::uint64_t hits = 0;
    std::uint64_t sets = 0;
    std::uint64_t deletes = 0;
  };
  using by_prefix = std::map<std::string, counts, std::less<>>;

  class sheet {
   public:
    explicit sheet(std::atomic<bool> const& on) : on_(on) {}

    void count(model::request const& asked, model::response const& answer, command_origin from) {
      if (on_.load(std::memory_order_relaxed)) count_now(asked, answer, from);
    }

   private:
    friend class prefix_statistics;

    void count_now(model::request const& asked, model::response const& answer, command_origin from);
    counts* find(std::string_view key);

    std::atomic<bool> const& on_;
    std::mutex mutex_;
    by_prefix seen_;
  };

  void turn_on() { on_.store(true, std::memory_order_relaxed); }
  /// What was counted stays.
  void turn_off() { on_.store(false, std::memory_order_relaxed); }
  bool on() const { return on_.load(std::memory_order_relaxed); }

  /// The sheet of one more worker; it lives as long as this.
  sheet& add_worker();

  /// Lines "PREFIX name get N hit N set N del N", by name, and END.
  std::string dump();
  void clear();

 private:
  std::atomic<bool> on_{false};
  std::mutex mutex_;  // of the deque's shape
  std::deque<sheet> sheets_;
};

}  // namespace tandem::frontend
