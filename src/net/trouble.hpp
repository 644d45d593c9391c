// What can be wrong with a server: a kind that is a metric's label, and words for people.
#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tandem::net {

enum class trouble_kind : std::uint8_t {
  connect,          // refused, unreachable, no such name
  connection_lost,  // it takes connections and closes them before it has answered
  timeout,          // it takes connections and says nothing
  bad_protocol,     // it speaks something else
  version,          // too old
  sign_in,          // it refuses the name, the password or the database
  loading,          // it reads its data
  master_down,      // a replica that has no master
  read_only,        // a replica where a master should be
  out_of_memory,    // it takes no writes: memory
  misconfigured,    // it takes no writes: it cannot save to disk
  no_replicas,      // it takes no writes: too few replicas would have them
  no_permission,    // the name that was signed in with may not do what is asked
  lagging,          // a replica that has not, or may not have, what its master had a while ago
  refused,          // it refuses for a reason of its own
};

/// As the label of a metric has it.
constexpr std::string_view name_of(trouble_kind kind) {
  switch (kind) {
    case trouble_kind::connect: return "connect";
    case trouble_kind::connection_lost: return "connection_lost";
    case trouble_kind::timeout: return "timeout";
    case trouble_kind::bad_protocol: return "bad_protocol";
    case trouble_kind::version: return "version";
    case trouble_kind::sign_in: return "sign_in";
    case trouble_kind::loading: return "loading";
    case trouble_kind::master_down: return "master_down";
    case trouble_kind::read_only: return "read_only";
    case trouble_kind::out_of_memory: return "out_of_memory";
    case trouble_kind::misconfigured: return "misconfigured";
    case trouble_kind::no_replicas: return "no_replicas";
    case trouble_kind::no_permission: return "no_permission";
    case trouble_kind::lagging: return "lagging";
    case trouble_kind::refused: return "refused";
  }
  return "unknown";
}

/// What the server does, as the log says it before the reason: some troubles concern a part of what is asked.
constexpr std::string_view effect_of(trouble_kind kind) {
  switch (kind) {
    case trouble_kind::connect:
    case trouble_kind::connection_lost:
    case trouble_kind::timeout:
    case trouble_kind::bad_protocol:
    case trouble_kind::version:
    case trouble_kind::sign_in:
    case trouble_kind::loading:
    case trouble_kind::master_down: return "is down";
    case trouble_kind::read_only:
    case trouble_kind::out_of_memory:
    case trouble_kind::misconfigured:
    case trouble_kind::no_replicas: return "refuses writes";
    case trouble_kind::lagging: return "is not read as a replica";
    case trouble_kind::no_permission:
    case trouble_kind::refused: return "refuses requests";
  }
  return "is down";
}

/// Whether nothing at all is asked of a server that is in it.
constexpr bool is_down_by(trouble_kind kind) { return effect_of(kind) == effect_of(trouble_kind::connect); }

struct trouble {
  trouble_kind kind;
  std::string words;
};

/// The kind that a connection's end is of.
constexpr trouble_kind trouble_of(base::error_kind kind) {
  switch (kind) {
    case base::error_kind::connect: return trouble_kind::connect;
    case base::error_kind::timeout: return trouble_kind::timeout;
    case base::error_kind::connection_lost: return trouble_kind::connection_lost;
    case base::error_kind::bad_reply: return trouble_kind::bad_protocol;
    case base::error_kind::refused:
    case base::error_kind::overload:
    case base::error_kind::configuration: return trouble_kind::refused;
  }
  return trouble_kind::refused;
}

}  // namespace tandem::net
