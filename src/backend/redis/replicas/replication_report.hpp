// What a Redis says of its replication: the part of INFO that tells how far it is. Offsets are of one history, which has an
// id: a replica's can be compared with its master's while both are of the same.
#pragma once

#include "base/result.hpp"
#include "protocol/redis/reply.hpp"

#include <cstdint>
#include <string>

namespace tandem::backend::redis {

struct replication_report {
  bool replica = false;
  bool linked = false;  // a replica that hears its master, and has all that it has asked for
  std::string history;
  std::uint64_t offset = 0;  // what a replica has applied, or a master has written

  /// Reads the answer to INFO replication.
  static base::result<replication_report> read(protocol::redis::reply const& received);
};

}  // namespace tandem::backend::redis
