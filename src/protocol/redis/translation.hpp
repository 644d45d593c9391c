// Between requests and Redis' commands, and between its replies and responses.
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
//
// Here is decided which group of verbs a request belongs to; verbs/groups.hpp has the groups.
#pragma once

#include "base/output_buffer.hpp"
#include "model/request.hpp"
#include "model/response.hpp"
#include "protocol/redis/command_writer.hpp"
#include "protocol/redis/reply.hpp"
#include "protocol/redis/translation_terms.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tandem::protocol::redis {

class translation {
 public:
  translation(std::string_view backend, translation_options options)
      : backend_(backend), options_(std::move(options)) {}

  /// The answer to what this backend does not do, whatever the server would say.
  std::optional<model::response> refusal(model::request const& asked) const;

  /// For every verb but flush. `number` is a new cas.
  plan plan_for(model::request const& asked, std::uint64_t number) const;

  /// Writes the plan's commands, as many as it expects replies.
  void encode(model::request const& asked, plan const& how, script_call call, preamble before,
              base::output_buffer& output) const;

  /// Writes one command that removes what a set of this plan was to replace, unless it is newer.
  void encode_drop(plan const& how, script_call call, preamble before, base::output_buffer& output) const;

  /// Writes one command that does nothing, in the place of one that is not to be said any more.
  static void encode_nothing(preamble before, base::output_buffer& output);

  /// What replies without errors mean; none if they make no sense. Of a read, too_large is a value that clients may not
  /// have, with its size.
  std::optional<model::response> read(model::request const& asked, plan const& how,
                                      std::span<reply const> replies) const;

  base::slice stored_key(base::slice const& key) const;

 private:
  std::string backend_;
  translation_options options_;
};

}  // namespace tandem::protocol::redis
