// A rate limit counts what is used of a window, by one script, one round trip and the server's clock.
//
//   verb            NAME
//   get             how much is used; a miss if nothing was ever counted, or not for so long that it is forgotten
//   incr            counts COST, and answers how much is used then. What would go over is not counted, and answers limit + 1
//   decr            gives back, and answers how much is used then; never below 0
//   add             begins a window with a number; NOT_STORED if one is there
//   set             begins a window with a number, whatever is there
//   delete          UNLINK
//   touch, gat      refused: the limit has its own time
//   replace, append, prepend, cas   refused
//
//   question        answers
//   @left           how much may be counted now
//   @wait           milliseconds until a cost of 1 is let through; 0 if it is now
//   @limit          the limit, without asking the server
//
// There are no parts. Clients that know counters send a time to live and flags with them, and a number to begin with: the time is
// the rule's, the flags of a number are 0, and counting begins at 0.
//
// In Redis it is a string, of which nothing stays when it no longer matters:
//
//   tandem:ALGORITHM:PER AT COUNT LAST     times in milliseconds
//   fixed      the window that begins at AT, what is counted in it, 0
//   sliding    the same, and what was counted in the window before
//   bucket     when it was last changed, what is in the bucket then, 0: GCRA as a leaky bucket. One of cost 1 is PER, and
//              LIMIT leaks away in each millisecond, so that all numbers are whole
//
// What another algorithm, or another time, has counted is as if it had never been.
#pragma once

#include "protocol/redis/structures/structure.hpp"

namespace tandem::protocol::redis {

class rate_limit final : public structure {
 public:
  using structure::structure;

 private:
  enum doing : std::uint8_t;

  act_or_refusal act_for(model::request const& asked, structured_key const& key) const override;
  void say(phrase const& said, command_writer& commands) const override;
  std::optional<model::response> understand(phrase const& said,
                                            std::span<reply const> replies) const override;
  std::string_view kind() const override { return "a rate limit"; }
  bool can_be_touched() const override { return false; }
  flags_policy flags() const override { return flags_policy::drop; }

  act_or_refusal act_on_whole(model::request const& asked, structured_key const& key) const;
  act_or_refusal question(model::request const& asked, structured_key const& key) const;
  act called(doing what) const;
  model::rate_limit_options const& limit() const { return own<model::rate_limit_options>(); }
};

}  // namespace tandem::protocol::redis
