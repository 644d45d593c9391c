// Who the process believes to be the master of one backend that has Sentinels, and who is told when that changes. The
// sentinel_watch of the backend writes it; every worker's directory reads it, so that no worker asks the demoted one any
// longer than another does. Process-wide and thread-safe; whoever listens is told on its own thread.
#pragma once

#include "backend/redis/options.hpp"
#include "base/executor.hpp"
#include "net/options.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace tandem::backend::redis {

class master_belief {
  struct ear;

 public:
  explicit master_belief(sentinel_options of) : of_(std::move(of)) {}
  master_belief(master_belief const&) = delete;
  master_belief& operator=(master_belief const&) = delete;

  sentinel_options const& of() const { return of_; }

  /// Grows with every change. Cheap.
  std::uint64_t version() const { return version_.load(std::memory_order_acquire); }

  std::optional<net::endpoint> master() const;
  std::vector<net::endpoint> replicas() const;

  /// Why no master is known, in words.
  std::string trouble() const;

  /// From the return on no worker asks another, or takes an answer from it.
  void believe(net::endpoint master, std::vector<net::endpoint> replicas = {});
  void is_troubled(std::string why);

  /// Something happened that another master would explain: whoever watches is told.
  void suspect();

  enum class interest : std::uint8_t { changes, suspicions };

  /// Listens for as long as it exists. `told` is called on the executor's thread, which makes and ends this.
  class listener {
   public:
    listener(master_belief& to, interest in, base::executor& on, std::function<void()> told);
    ~listener();
    listener(listener const&) = delete;
    listener& operator=(listener const&) = delete;

   private:
    master_belief& to_;
    std::shared_ptr<ear> const self_;  // what is posted looks at it, maybe after the end
  };

 private:
  void tell(interest about);

  sentinel_options const of_;
  std::atomic<std::uint64_t> version_{0};
  mutable std::mutex mutex_;
  std::optional<net::endpoint> master_;
  std::vector<net::endpoint> replicas_;
  std::string trouble_ = "no Sentinel has been asked yet";
  std::vector<std::shared_ptr<ear>> ears_;
};

}  // namespace tandem::backend::redis
