// What an error reply of Redis means for the request that it answers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tandem::protocol::redis {

enum class error_code : std::uint8_t {
  moved,            // MOVED slot host:port: another node has the slot for good
  ask,              // ASK slot host:port: another node has this key, while the slot is on its way
  try_again,        // TRYAGAIN: the slot is on its way, and not all is there
  loading,          // LOADING: the server reads its data from disk
  cluster_down,     // CLUSTERDOWN: the slot has no master now
  master_down,      // MASTERDOWN: a replica without its master
  read_only,        // READONLY: this was the master once
  no_script,        // NOSCRIPT: the digest is not known here
  wrong_type,       // WRONGTYPE: the key holds no string
  too_large,        // the string would become longer than Redis allows
  out_of_memory,    // OOM: nothing that takes memory, until there is some
  misconfigured,    // MISCONF: nothing is written, since it could not be saved to disk
  no_replicas,      // NOREPLICAS: nothing is written, since too few replicas would have it
  no_permission,    // NOPERM: the user may not do that, or not to this key
  not_signed_in,    // NOAUTH: a password is wanted
  sign_in_refused,  // WRONGPASS and its older forms: name and password do not fit
  other,
};

struct error_reply {
  error_code code = error_code::other;
  std::uint16_t slot = 0;  // of moved and ask, as all that follows
  std::string host;        // empty: that of the node which answered
  std::uint16_t port = 0;
};

/// `text` is the reply without its leading "-".
error_reply read_error(std::string_view text);

}  // namespace tandem::protocol::redis
