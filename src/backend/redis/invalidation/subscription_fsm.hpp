// What is said on one connection of a subscriber, and what is heard. Without I/O; one for each connection.
//
//   AUTH [name] password                  every connection, if there is a password; a file is read again if it is refused
//   SUBSCRIBE c, SSUBSCRIBE c             to listen to a channel; the second in a cluster only, beside the first since
//                                         a plain PUBLISH comes to every node
//   CLIENT ID, then CLIENT TRACKING ON    to track keys; p is the backend's key_prefix. Redirected to itself, which RESP2
//     REDIRECT id BCAST [PREFIX p], and   needs, so that there is no second connection that could be lost unnoticed; the
//     SUBSCRIBE __redis__:invalidate      reader of replies knows no RESP3
//   CLUSTER SLOTS                         a scout's heartbeat: tells that the peer lives, and who has which slot
//   PING                                  all others' heartbeat
//
// Order of calls: begin() when connected, then on_reply() for each reply, and beat() when a heartbeat is due. The link
// stands once everything that was asked for is confirmed and the first heartbeat answered.
#pragma once

#include "backend/redis/options.hpp"
#include "base/output_buffer.hpp"
#include "protocol/redis/reply.hpp"

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>

namespace tandem::backend::redis {

enum class link_purpose : std::uint8_t {
  listen,  // to a channel
  track,   // keys
  scout,   // neither: only to know who has which slot; in a cluster
};

class subscription_fsm {
 public:
  using reply = protocol::redis::reply;

  /// Told of what is heard. None of it may destroy the machine.
  class listener {
   public:
    /// A message on the channel.
    virtual void on_message(std::string_view message) = 0;
    /// Keys that were changed, as stored.
    virtual void on_changed(std::span<reply const> keys) = 0;
    /// Every key was.
    virtual void on_all_changed() = 0;
    /// A heartbeat was answered; a scout's by the slots. From the first one on the link stands.
    virtual void on_alive(reply const& answer) = 0;
    /// The server refused something or makes no sense: end the connection.
    virtual void on_failed(std::string reason) = 0;

   protected:
    ~listener() = default;
  };

  subscription_fsm(link_purpose purpose, redis_options const& options, std::string channel)
      : purpose_(purpose), options_(options), channel_(std::move(channel)) {}

  void begin(base::output_buffer& output);
  void beat(base::output_buffer& output);
  /// Writes what is to be said next, if anything, to `output`.
  void on_reply(reply const& received, base::output_buffer& output, listener& told);

  /// Whether a heartbeat has no answer yet.
  bool beating() const { return !awaited_.empty() && awaited_.back() == step::heartbeat; }

 private:
  enum class step : std::uint8_t { auth, client_id, tracking, subscribe, shard_subscribe, heartbeat };

  bool cluster() const { return options_.topology == topology::cluster; }
  void subscribe(std::string_view channel, base::output_buffer& output);
  void track(std::int64_t connection, base::output_buffer& output);
  void on_message(reply const& received, listener& told);
  void on_answer(reply const& received, base::output_buffer& output, listener& told);
  bool confirms(step which, reply const& received) const;

  link_purpose const purpose_;
  redis_options const& options_;
  std::string const channel_;
  std::string password_;      // as it was said
  std::deque<step> awaited_;  // in the order in which they were asked for
};

}  // namespace tandem::backend::redis
