// Between requests and Redis' commands, and between its replies and responses. Without I/O.
//
//   get, debug            GET
//   gat                   GETEX with EX, EXAT or PERSIST; also touch, where the cas is wanted
//   set, add, replace     SET, with NX or XX, with EX or EXAT; with a cas to compare (not add): script
//   append, prepend, cas  scripts
//   incr, decr, touch     scripts
//   delete                DEL; with a cas to compare, or if an empty item is to be left: script
//
// With reads, PTTL goes in the same write where the time that remains is wanted: before the command if it is to be the
// time before, else behind it. The counting script tells the time itself. Scripts that leave a string bare tell the cas
// that its content gives, where it is wanted.
//
// SET and DEL do not look at the type of the key; everything else refuses what is no string. An item whose
// time is over before it is stored is stored empty with a time in the past, so that conditions are judged as
// ever.
#pragma once

#include "backend/redis/options.hpp"
#include "base/output_buffer.hpp"
#include "model/request.hpp"
#include "model/response.hpp"
#include "protocol/redis/command_writer.hpp"
#include "protocol/redis/reply.hpp"
#include "protocol/redis/scripts.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace tandem::backend::redis {

/// How one request is put to Redis.
struct plan {
  base::slice key;  // with the backend's prefix
  std::optional<protocol::redis::script_name> script;
  std::uint32_t replies = 1;         // one for each command
  std::uint64_t number = 0;          // grows with time, whatever cas a client chooses
  protocol::redis::cas_stamp stamp;  // of the item, if one is written
};

enum class script_call : std::uint8_t { by_digest, by_body };

/// Whether it stores an item that is as the request has it, flags and all.
inline bool stores_flags(model::verb command) {
  using model::verb;
  return command == verb::set || command == verb::add || command == verb::replace || command == verb::cas;
}

class translation {
 public:
  translation(std::string_view backend, redis_options const& options);

  /// The answer to what this backend does not do, whatever the server would say.
  std::optional<model::response> refusal(model::request const& asked) const;

  /// For every verb but flush. `number` is a new cas.
  plan plan_for(model::request const& asked, std::uint64_t number) const;

  /// Writes the plan's commands, as many as it expects replies.
  void encode(model::request const& asked, plan const& how, script_call call,
              protocol::redis::preamble before, base::output_buffer& output) const;

  /// Writes one command that removes what a set of this plan was to replace, unless it is newer.
  void encode_drop(plan const& how, script_call call, protocol::redis::preamble before,
                   base::output_buffer& output) const;

  /// What replies without errors mean; none if they make no sense. Of a read, too_large is a value that clients may not
  /// have, with its size.
  std::optional<model::response> read(model::request const& asked, plan const& how,
                                      std::span<protocol::redis::reply const> replies) const;

  base::slice stored_key(base::slice const& key) const;

 private:
  using writer = protocol::redis::command_writer;

  void encode_command(model::request const& asked, plan const& how, writer& commands) const;
  void encode_script(model::request const& asked, plan const& how, script_call call, writer& commands) const;
  void call_script(protocol::redis::script_name name, script_call call, std::size_t arguments,
                   base::slice const& key, writer& commands) const;
  void encode_extension(model::request const& asked, plan const& how, writer& commands) const;
  void encode_count(model::request const& asked, plan const& how, writer& commands) const;
  void encode_removal(model::request const& asked, plan const& how, writer& commands) const;
  void encode_item(model::request const& asked, model::exptime expires, plan const& how,
                   writer& commands) const;
  std::optional<model::response> read_answer(model::request const& asked, plan const& how,
                                             protocol::redis::reply const& received) const;
  std::optional<model::response> read_item(model::request const& asked,
                                           protocol::redis::reply const& found) const;
  std::optional<model::response> stored(model::request const& asked, plan const& how) const;
  std::optional<model::response> read_count(model::request const& asked, plan const& how,
                                            protocol::redis::reply const& received) const;
  std::optional<model::response> read_status(model::request const& asked, plan const& how,
                                             protocol::redis::reply const& received) const;
  std::optional<model::response> read_script(model::request const& asked, plan const& how,
                                             protocol::redis::reply const& received) const;

  std::string backend_;
  std::string key_prefix_;
  redis::encoding encoding_;
  flags_policy flags_;
  std::size_t value_max_;
};

}  // namespace tandem::backend::redis
