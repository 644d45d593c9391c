// A leaderboard is a sorted set.
//
//   verb            NAME#MEMBER                                          NAME
//   get             the score                                            the best ten
//   set             ZADD; keeps the better score if one is to be kept,   refused
//                   and says NOT_STORED if that was there
//   add, replace    only if the member has no score, or has one          refused
//   incr, decr      of whole scores; a new member begins at 0, or at     refused
//                   the value that binary and meta commands bring;
//                   never below 0 nor above 2^53
//   delete          ZREM                                                 UNLINK
//   touch           refused                                              EXPIRE
//   gat             refused                                              refused
//
//   question                 answers
//   @top/N[/SKIP]            rows, the best first
//   @bottom/N[/SKIP]         rows, the last first
//   @around/MEMBER/N         rows, N before the member and N behind it; a miss if it is not there
//   @scores/FROM/TO[/SKIP]   rows of scores FROM to TO, the best first
//   @rank/MEMBER             1 for the best; a miss if it is not there
//   @count, @count/FROM/TO   how many members there are, how many with such scores
//
// A row is {"member": ..., "score": ..., "rank": ...}. More than rows_max rows are told by {"more": "@..."} as the last one, with
// the question that goes on from there. The best score is the highest, or the lowest where that is kept.
#pragma once

#include "protocol/redis/structures/structure.hpp"

namespace tandem::protocol::redis {

class leaderboard final : public structure {
 public:
  using structure::structure;

 private:
  enum doing : std::uint8_t;

  act_or_refusal act_for(model::request const& asked, structured_key const& key) const override;
  void say(phrase const& said, command_writer& commands) const override;
  std::optional<model::response> understand(phrase const& said,
                                            std::span<reply const> replies) const override;
  std::string_view kind() const override { return "a leaderboard"; }

  act_or_refusal act_on_member(model::request const& asked, structured_key const& key) const;
  act_or_refusal question(model::request const& asked, structured_key const& key) const;
  model::leaderboard_options::keep kept() const { return own<model::leaderboard_options>().kept; }
  bool lowest_first() const { return kept() == model::leaderboard_options::keep::lowest; }
};

}  // namespace tandem::protocol::redis
