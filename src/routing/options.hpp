// The rules that send each key to a backend.
#pragma once

#include "model/structure.hpp"
#include "model/verb.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tandem::routing {

/// What a read or a delete is answered when its backend has failed; see miss_on_failure_route.hpp.
enum class on_failure : std::uint8_t { error, miss };

enum class match_kind : std::uint8_t { prefix, glob, regex, everything };

struct rule_options {
  match_kind kind = match_kind::everything;
  std::string pattern;                    // as written; empty for everything
  std::string to;                         // the backend's name
  std::string strip_prefix;               // removed from the key's front where it stands there
  std::string add_prefix;                 // put in front of the key, after stripping
  std::chrono::seconds max_ttl{0};        // 0: no bound
  std::chrono::seconds default_ttl{0};    // for items stored without one; 0: they never expire
  std::chrono::milliseconds deadline{0};  // from a request's arrival to its answer; 0: as its backend needs
  std::optional<model::structure_options> as =
      std::nullopt;  // what lies under its keys, if they are no items
};

/// Where each command goes; see split_route.hpp.
struct split_options {
  std::array<std::string, model::verb_count> by_verb;  // names of backends, by verb; empty: as otherwise
  std::string otherwise;                               // for all other commands
};

enum class replicated_write : std::uint8_t { all, one };
enum class replicated_read : std::uint8_t { first, fastest, zone };

/// Backends with the same items; see replicated_route.hpp.
struct replicated_options {
  std::vector<std::string> to = {};  // names of backends, in order; at least two, with nothing in common
  replicated_write write = replicated_write::all;
  replicated_read read = replicated_read::first;
  std::string zone = {};  // in which this process runs, where it is read by that
};

/// What is copied where; see shadow_route.hpp.
struct shadow_options {
  std::string to = {};       // a backend's name
  std::string copy_to = {};  // another's, with which it shares no server and no store
  double share = 1;          // of the keys; more than 0
  bool compare = false;      // the answers to reads
};

/// Gets of one key at the same time are one; see coalesce_route.hpp.
struct coalesce_options {
  std::string to;  // a backend's name
};

/// Who stands in for whom, and when; see failover_route.hpp.
struct failover_options {
  std::vector<std::string> to = {};  // names of backends, in order; at least two
  bool on_error = true;              // whatever failed but by a time-out
  bool on_timeout = true;
  bool on_miss = false;
  std::chrono::seconds ttl{10};  // of what is written to a stand-in, at most
};

/// Who has the keys of a pool's server while that fails; see failover_route.hpp.
struct server_failure_options {
  enum class choice : std::uint8_t { error, gutter, rehash };

  choice chosen = choice::error;
  std::string gutter = {};       // a backend's name
  std::chrono::seconds ttl{10};  // as of failover_options
};

}  // namespace tandem::routing
