// How the servers do, for the process as a whole: many links of many workers see the same server, and the log is to say
// once that it is down, why, and once that it is back. A server is known by the terms on which it is spoken to, and has
// the names of all backends that mean it. Process-wide and thread-safe; a lock is taken when what a link sees has changed,
// never by a request.
//
//   trouble begins     a line with the reason, and another for each further reason that any link gives (see outage.hpp)
//   trouble is over    a line when no link sees any more of it and one of them has seen the server do well since
//   a link is ended    withdraws what it saw, without a line
//   a name is dropped  by the last who has it: the series with that name end
//
// Whether it is asked at all, and for which of its keys, is decided here, too (policy/breaker.hpp): by what all links and
// probes have come to. A line when it is left alone, when it returns, and when it has all its keys again.
//
// Each worker tells what it sees through a watched_server (watched_server.hpp).
#pragma once

#include "base/identity.hpp"
#include "base/log.hpp"
#include "base/token_bucket.hpp"
#include "net/outage.hpp"
#include "net/successes.hpp"
#include "net/trouble.hpp"
#include "policy/breaker.hpp"
#include "policy/shared_limit.hpp"

#include <atomic>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tandem::net {

/// A server as metrics and messages name it.
struct server_name {
  std::string backend;
  std::string server;

  /// What messages begin with.
  std::string str() const { return "backend " + backend + " server " + server; }

  friend auto operator<=>(server_name const&, server_name const&) = default;
};

/// What all workers' links to a server have in common.
struct guard_options {
  policy::breaker_options breaker = {};
  unsigned retries_min = 10;  // a second
  std::size_t requests_max = 10000;
};

class server_health {
 public:
  using log = std::function<void(base::log_level, std::string_view line)>;

  /// Called when nobody calls any server by that name any more.
  using farewell = std::function<void(server_name const& of)>;

  /// Both are called by any thread, with the lock held.
  explicit server_health(log say = base::log_line, farewell gone = {})
      : say_(std::move(say)), gone_(std::move(gone)) {}

  server_health(server_health const&) = delete;
  server_health& operator=(server_health const&) = delete;

  /// What is heard of a server, and when; nothing: that time has passed.
  struct news {
    enum class what : std::uint8_t { nothing, answered, failed, unreachable, probe_succeeded, probe_failed };

    what happened;
    base::time_point now;
    std::uint32_t random;  // uniform over all values
  };

  class server {
   public:
    explicit server(guard_options const& options)
        : breaker_(options.breaker),
          spare_retries_(options.retries_min, options.retries_min),
          requests_(options.requests_max) {}

    /// Of all workers.
    net::successes& successes() { return successes_; }

    /// That wait for it, over all links of all workers.
    policy::shared_limit& requests() { return requests_; }

    // Without a lock:

    /// Whether it is asked for this key, or for something that is no key's.
    bool admits(std::string_view key) const {
      unsigned const share = share_.load(std::memory_order_relaxed);
      return share >= 100 || (share > 0 && (key.empty() || std::hash<std::string_view>()(key) % 100 < share));
    }

    /// Percent of its keys that it is asked for.
    unsigned share() const { return share_.load(std::memory_order_relaxed); }

    /// Whether all is well: it is asked for all of its keys, and has not failed since it last answered.
    bool trusted() const { return trust_.load(std::memory_order_relaxed) == trust::whole; }

    /// Whether it is asked for all of its keys, and has failed since it last answered.
    bool suspected() const { return trust_.load(std::memory_order_relaxed) == trust::suspected; }

    /// Whether the caller is to ask it how it is: nobody has for so long.
    bool claim_probe(base::time_point now, base::duration pause);

    /// Whether `who` is the one of all workers that shows how it does; until it says that it is not any more.
    bool reports(void const* who) {
      void const* now = reporter_.load(std::memory_order_relaxed);
      return now == who || (now == nullptr && reporter_.compare_exchange_strong(now, who));
    }
    void reports_no_more(void const* who) { reporter_.compare_exchange_strong(who, nullptr); }

    /// Whether the caller is the first of all workers to have these news, which another would say again.
    bool is_new(std::size_t news) { return last_news_.exchange(news) != news; }

   private:
    friend server_health;

    enum class trust : std::uint8_t { whole, suspected, none };

    std::atomic<unsigned> share_{100};
    std::atomic<trust> trust_{trust::whole};
    std::atomic<base::duration::rep> last_probe_{0};
    std::atomic<void const*> reporter_{nullptr};
    std::atomic<std::size_t> last_news_{0};
    policy::breaker breaker_;
    base::token_bucket spare_retries_;
    net::successes successes_;
    policy::shared_limit requests_;
    std::map<server_name, std::size_t> names_;  // and how many workers use them
    std::size_t troubled_ = 0;                  // links that see any
    outage now_;
    std::optional<trouble> last_trouble_;  // of any link
  };

  /// The same for all who know it as this, while one of them has it.
  std::shared_ptr<server> known_as(base::identity const& who, guard_options const& options = {});

  void named(server& one, server_name const& as);
  void unnamed(server& one, server_name const& as);

  /// A link sees trouble, the server did well, and a link that saw trouble is ended. `was_troubled`: whether this link saw
  /// any before.
  void began(server& at, bool was_troubled, trouble const& what);
  void ended(server& at, bool was_troubled);
  void left(server& at);

  /// Whether a request may be tried again though not enough have been asked lately to allow for it.
  bool spare_retry(server& at, base::time_point now);

  /// Decides what of its keys it is asked for from now on.
  void heard(server& at, news const& what);

  // For people, since each takes the lock.

  /// Why it is not asked for this key now, in words; empty if it is.
  std::string why_not_asked(server const& at, std::string_view key, base::time_point now);

  /// What any link has last come to see of it, while one sees any trouble.
  std::optional<trouble> trouble_of(server const& at);

 private:
  static std::string names_of(server const& one);
  void say_change(server const& at, policy::breaker::state before, news::what because) const;

  log const say_;
  farewell const gone_;
  std::mutex mutex_;
  std::vector<std::pair<base::identity, std::weak_ptr<server>>> servers_;
  std::map<server_name, std::size_t> names_;  // of all servers
};

}  // namespace tandem::net
