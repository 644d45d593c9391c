// The write-back queues of the tiered backends that have one, with their journals: shared by all workers.
#pragma once

#include "base/result.hpp"
#include "config/configuration.hpp"
#include "metrics/registry.hpp"
#include "tier/write_back/journal.hpp"
#include "tier/write_back/write_back_queue.hpp"

#include <map>
#include <memory>
#include <string>

namespace tandem::server {

class write_back_queues {
 public:
  /// Queues without journals, which nobody is to write to: for explaining where keys go.
  write_back_queues(config::configuration const& settings, base::clock const& clock);

  /// Opens the journals, and puts what they hold into the queues.
  static base::result<std::unique_ptr<write_back_queues>> open(config::configuration const& settings,
                                                               base::clock const& clock,
                                                               metrics::registry& figures);

  tier::write_back_queue& named(std::string const& backend) { return *queues_.at(backend).queue; }

  /// After the workers have ended: closes the journals, and says what L2 did not get.
  void stop();

 private:
  write_back_queues() = default;

  struct entry {
    std::unique_ptr<tier::journal> journal;  // null: none is kept
    std::unique_ptr<tier::write_back_queue> queue;
  };

  std::map<std::string, entry> queues_;
};

}  // namespace tandem::server
