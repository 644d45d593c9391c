// What came of a request. Errors are responses too: a route never throws.
#pragma once

#include "base/error.hpp"
#include "base/slice.hpp"

#include <cstdint>
#include <string>

namespace tandem::model {

enum class status : std::uint8_t {
  ok,            // found, stored, touched, deleted, counted: whatever the verb wanted
  not_found,     // no such item (a get: a miss)
  not_stored,    // add, replace, append, prepend: the condition did not hold
  exists,        // the item's cas was another
  non_numeric,   // increment, decrement of something that is no number
  too_large,     // the value does not fit the server that was to store it
  client_error,  // the client's fault; message says what
  server_error,  // ours or a server's fault; message names the backend
};
inline constexpr std::size_t status_count = 8;

/// What has become of a request at the server. Whoever has sent it knows; nobody else need guess.
enum class fate : std::uint8_t {
  never,  // no server has executed it, nor will one
  maybe,  // one may have executed it, or may yet
  yes,    // one has, and said so
};

struct response {
  model::status status = status::ok;
  model::fate fate = fate::yes;                          // `never` or `maybe` of what has failed
  base::error_kind failure = base::error_kind::refused;  // of a server_error
  bool fetched = false;  // somebody had fetched the item before, where asked for
  bool created = false;  // this request has made the item, where asked for
  bool won = false;      // of the marks: this client is the one to store the item anew (W)
  bool stale = false;    // the item is marked as stale (X)
  bool claimed = false;  // another client is to store the item anew (Z)
  std::uint32_t flags = 0;
  std::uint32_t size = 0;  // bytes of the item's value, where asked for
  std::uint32_t idle = 0;  // seconds since the last access, where asked for
  std::uint32_t generation =
      0;                  // of the connection that the answer came over, if cas numbers end with it; 0: none
  std::uint64_t cas = 0;  // of the item; 0 where it was neither asked for nor learned
  std::uint64_t number = 0;  // the new value, of increment and decrement
  std::int64_t ttl = -1;     // seconds that remain, where asked for; -1: never expires
  base::slice value;         // of a get; of debug what is known of the item, as name=value in words
  base::slice message;  // of client_error and server_error, without the words CLIENT_ERROR and SERVER_ERROR

  bool hit() const { return status == status::ok; }
  bool failed() const { return status == status::client_error || status == status::server_error; }

  static response of(model::status status) {
    response made;
    made.status = status;
    return made;
  }

  static response client_error(std::string_view message) {
    response made = of(status::client_error);
    made.fate = fate::never;
    made.message = base::slice::copy_of(message);
    return made;
  }

  static response server_error(base::error_kind kind, std::string_view message,
                               model::fate fate = fate::never) {
    response made = of(status::server_error);
    made.fate = fate;
    made.failure = kind;
    made.message = base::slice::copy_of(message);
    return made;
  }
};

}  // namespace tandem::model
