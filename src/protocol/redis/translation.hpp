// Between requests and Redis' commands, and between its replies and responses: how, depends on what lies under a key. An item
// does (item_translation.hpp), or a structure (structures/structure.hpp).
#pragma once

#include "base/output_buffer.hpp"
#include "base/result.hpp"
#include "model/request.hpp"
#include "model/response.hpp"
#include "protocol/redis/command_writer.hpp"
#include "protocol/redis/reply.hpp"
#include "protocol/redis/translation_terms.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace tandem::protocol::redis {

class translation {
 public:
  virtual ~translation() = default;

  /// For every verb but flush; or the answer to what is not done, whatever the server would say. `number` is a new cas.
  virtual base::result<plan, model::response> plan_for(model::request const& asked,
                                                       std::uint64_t number) const = 0;

  /// Writes the plan's commands, as many as it expects replies.
  virtual void encode(model::request const& asked, plan const& how, script_call call, preamble before,
                      base::output_buffer& output) const = 0;

  /// Writes one command that removes what a set of this plan was to replace, unless it is newer.
  virtual void encode_drop(plan const& how, script_call call, preamble before,
                           base::output_buffer& output) const = 0;

  /// What replies without errors mean; none if they make no sense. Of a read, too_large is a value that clients may not
  /// have, with its size.
  virtual std::optional<model::response> read(model::request const& asked, plan const& how,
                                              std::span<reply const> replies) const = 0;

  virtual base::slice stored_key(base::slice const& key) const = 0;

  /// What lies under the keys; empty: items.
  virtual std::string_view structure_name() const { return {}; }

  /// Writes one command that does nothing, in the place of one that is not to be said any more.
  static void encode_nothing(preamble before, base::output_buffer& output) {
    command_writer(output, before).command("PING");
  }
};

}  // namespace tandem::protocol::redis
