// What one worker counts about its clients: for the metrics, and as memcached does for `stats`, which tells the sums over
// the workers of either.
#pragma once

#include "frontend/command_origin.hpp"
#include "frontend/ending.hpp"
#include "frontend/stats.hpp"
#include "metrics/registry.hpp"
#include "model/request.hpp"
#include "model/response.hpp"

#include <array>

namespace tandem::frontend {

class client_metrics {
 public:
  /// `account` is what `stats` tells of the same, as memcached counts it.
  client_metrics(metrics::worker_metrics& metrics, client_account& account);

  /// Tandem's own requests are not the client's commands, and move nothing here.
  void answered(model::request const& asked, model::response const& response, command_origin from);

  /// A command whose value was refused: because of its size, or since its line did not end where it should.
  void value_too_large(model::verb command) { value_refused(command, tally::store_too_large); }
  void value_ended_badly(model::verb command) { value_refused(command, tally::cmd_set); }

  /// One connection is over, or `count` are.
  void ended(ending why, std::size_t count = 1) { endings_[static_cast<std::size_t>(why)]->add(count); }

  metrics::counter& connections_total;
  metrics::counter& rejected_total;
  metrics::counter& read_bytes;
  metrics::counter& written_bytes;
  metrics::counter& paused_total;
  metrics::counter& turns_cut_total;
  metrics::counter& stalled_total;
  metrics::counter& memory_waits_total;
  metrics::counter& protocol_errors;
  metrics::counter& refused_in_flight;
  metrics::counter& refused_connections;
  metrics::counter& refused_of_address;
  metrics::gauge& in_flight;
  metrics::gauge& buffer_bytes;

 private:
  struct per_command {
    metrics::counter* commands;
    metrics::counter* hits;
    metrics::counter* misses;
  };

  void value_refused(model::verb command, tally in_stats) {
    account_.tallies.add(in_stats);
    commands_[static_cast<std::size_t>(command)].commands->add();
  }

  client_account& account_;
  std::array<per_command, model::verb_count> commands_;
  std::array<metrics::counter*, ending_count> endings_;
  metrics::counter& client_errors_;
  metrics::counter& server_errors_;
};

}  // namespace tandem::frontend
