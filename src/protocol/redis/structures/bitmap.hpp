// A bitmap is a string whose bits have offsets, from 0 to 2^32 - 1.
//
//   verb            NAME#OFFSET                                          NAME
//   get             0 or 1, never a miss                                 refused
//   set             0 or 1                                               refused
//   add             1; NOT_STORED if the bit was 1 already               refused
//   delete          clears the bit; NOT_FOUND if it was 0                UNLINK
//   touch           refused                                              EXPIRE
//   replace, append, prepend, cas, incr, decr, gat    refused            refused
//
//   question          answers
//   @count            how many bits are 1
//   @count/FROM/TO    how many of those from FROM to TO, both included
//   @first/0          the offset of the first 0; a miss if all are 1
//   @first/1          the offset of the first 1; a miss if there is none
//
// A bit that is cleared makes the string no longer, which goes to the highest bit that was ever set.
#pragma once

#include "protocol/redis/structures/structure.hpp"

namespace tandem::protocol::redis {

class bitmap final : public structure {
 public:
  using structure::structure;

 private:
  enum doing : std::uint8_t;

  act_or_refusal act_for(model::request const& asked, structured_key const& key) const override;
  void say(phrase const& said, command_writer& commands) const override;
  std::optional<model::response> understand(phrase const& said,
                                            std::span<reply const> replies) const override;
  std::string_view kind() const override { return "a bitmap"; }

  act_or_refusal act_on_bit(model::request const& asked, structured_key const& key) const;
  act_or_refusal question(model::request const& asked, structured_key const& key) const;
};

}  // namespace tandem::protocol::redis
