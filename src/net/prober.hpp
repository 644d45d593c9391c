// Asks one server how it is, by itself, so that what is known of it does not depend on traffic: once `probe_every`, when nothing
// was heard of it; at once when it has failed; and while it is left alone or returns, so that it is proved before clients
// ask it. One worker asks for all (server_health); what comes of it is told there. A server that nobody in this worker has
// wanted yet is not asked, nor one whose link is down: there the attempts to connect are probes.
// A connection over which a probe is not answered is made anew: it may be the connection alone.
//
// Belongs to one worker, and to what has the links.
#pragma once

#include "base/background_tasks.hpp"
#include "base/timer.hpp"
#include "net/options.hpp"
#include "net/reactor.hpp"
#include "net/watched_server.hpp"

#include <chrono>
#include <cstdint>

namespace tandem::net {

class prober final : private base::timer {
 public:
  enum class answer : std::uint8_t { well, silent, lost };

  /// The links.
  class subject {
   public:
    /// Whether it can be asked.
    virtual bool can_be_probed() const = 0;
    /// When it said something last.
    virtual base::time_point last_heard() const = 0;
    /// Asks it; lost: the connection was, which is known already.
    virtual base::task<answer> probe() = 0;

   protected:
    ~subject() = default;
  };

  prober(net::reactor& reactor, metrics::worker_metrics& metrics, watched_server& of, subject& links,
         upstream_options const& on);
  ~prober() override;

 private:
  /// Between two looks at a server that is not trusted.
  static constexpr std::chrono::milliseconds uneasy_interval{50};

  void on_deadline() override;
  void look();
  bool wants_probe(base::time_point now) const;
  void look_again();
  base::task<void> ask();

  net::reactor& reactor_;
  watched_server& of_;
  subject& links_;
  base::duration const every_;
  base::duration const every_in_doubt_;
  metrics::counter& answered_;
  metrics::counter& silent_;
  base::background_tasks asking_{1};
};

}  // namespace tandem::net
