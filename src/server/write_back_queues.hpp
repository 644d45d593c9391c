// The write-back queues of the tiered backends that have one, with their journals: shared by all workers, and taken over by
// the next configuration that names them.
#pragma once

#include "base/result.hpp"
#include "config/configuration.hpp"
#include "metrics/registry.hpp"
#include "server/kept_by_name.hpp"
#include "tier/write_back/journal.hpp"
#include "tier/write_back/write_back_queue.hpp"

#include <memory>
#include <string>

namespace tandem::server {

class write_back_queues {
 public:
  /// Queues without journals, which nobody is to write to: for explaining where keys go.
  write_back_queues(config::configuration const& settings, base::clock const& clock);

  /// Takes over those of `before`, if given. Opens the journals of the others, and puts what they hold into the queues.
  static base::result<write_back_queues> open(config::configuration const& settings, base::clock const& clock,
                                              metrics::registry& registry,
                                              write_back_queues const* before = nullptr);

  tier::write_back_queue& named(std::string const& backend) const { return *queues_.at(backend)->queue; }

  /// After the workers have ended: closes the journals, and says what L2 did not get. So does the end of a queue that
  /// nobody has any more.
  void stop() const;

 private:
  write_back_queues() = default;

  struct entry {
    explicit entry(std::string of) : name(std::move(of)) {}
    ~entry() { stop(); }
    entry(entry const&) = delete;
    entry& operator=(entry const&) = delete;

    void stop();

    std::string const name;
    std::unique_ptr<tier::journal> journal;  // null: none is kept
    std::unique_ptr<tier::write_back_queue> queue;
    bool stopped = false;
  };

  kept_by_name<entry> queues_;
};

}  // namespace tandem::server
