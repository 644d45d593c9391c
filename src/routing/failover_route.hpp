// Backends in order: the first has the keys, and the next stand in for it while it fails.
//
// | verb | the first failed in a way that `on` names |
// |---|---|
// | get, gat, debug | asked of the next, with a gat's time within `ttl`; get with N or R too, so that one client renews the item |
// | set, replace, touch | done at the next, within `ttl` |
// | add, append, prepend, incr, decr | done at the next, within `ttl`, where the first has surely not; else the first's error |
// | cas, and whatever compares a cas | the first's error: its numbers mean nothing elsewhere |
// | delete | goes to all at once, whatever fails: see below |
// | flush | goes to all at once; the first failure is the answer |
//
// On `miss`, if `on` names it, a get or gat that found nothing is asked of the next, and that miss told if that has nothing
// either or fails. If all fail, the first's error is told. What the request is to blame for is never asked again.
//
// The answer to a delete is the first's. If the first failed in a way that `on` names and the others did not, the delete is done:
// it is noted, see below. If it failed otherwise, or a stand-in did as well, the first's error is told; a stand-in that failed alone has
// the item for `ttl` at most. Stand-ins are told to delete whatever the client wants left in the item's place. A delete that
// compares a cas goes to the first, and, when that has deleted, to the others without it.
//
// Nothing that was written to a stand-in by this route lives longer than `ttl`. What the first has of keys that were changed
// meanwhile is outdated: they are noted for the whole process (model/missed_removals.hpp), and removed from all as soon as the
// first lets them, in any case before it is asked for them again. While that fails the stand-ins go on. What cannot be noted,
// since 65,536 keys are, is not done by stand-ins. A stand-in's answers tell a cas that no item has, so that none of them is
// taken for the first's.
//
// A pool keeps its own account of what its servers have missed (backend/memcached/server.hpp), which is then not kept here: any
// number of keys is done by stand-ins. What they have of a key is removed with each change of it for `ttl` after the last that was
// done there, so that it is not told when a server fails again; after that this process has nothing there, and they are told of a delete only
// if the first fails it, for another process may have stored there.
#pragma once

#include "metrics/registry.hpp"
#include "model/missed_removals.hpp"
#include "model/removal_replays.hpp"
#include "model/route.hpp"
#include "routing/options.hpp"
#include "routing/stand_in_watch.hpp"

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace tandem::routing {

class failover_route final : public model::route, private model::removal_replays::performer {
 public:
  struct member {
    std::string name;
    model::route& to;
    base::duration time;  // what a request to it may take; 0: it never waits
  };

  /// What all workers know of it.
  struct shared {
    stand_in_watch& watch;
    model::missed_removals* missed;  // null: the first itself keeps an account of what it has missed
  };

  /// There are at least two members, and their routes outlive this one, as does what is shared. Counts
  /// metrics::failover_answers_total.
  failover_route(std::string name, failover_options const& options, std::vector<member> const& members,
                 shared const& known, base::executor& executor, metrics::worker_metrics& metrics);

  base::task<model::response> handle(model::request const& asked, model::request_context& context) override;
  void explain(std::string_view key, model::explanation& where) const override;
  std::vector<model::route*> children() const override { return all_; }
  void start() override {
    if (replays_) replays_->resume();
  }
  void stop() override {
    if (replays_) replays_->stop();
  }

 private:
  using answer = base::task<model::response>;
  enum class reason : std::uint8_t { error, timeout, miss };
  static constexpr std::size_t reason_count = 3;

  answer ask(model::request const& asked, model::request_context& context);
  answer ask_stand_ins(model::request const& asked, model::request_context& context, model::response first,
                       reason why);
  answer remove(model::request const& asked, model::request_context& context);
  answer after_removal(model::request const& asked, model::request_context& context);
  answer make_even(model::request const& asked, model::request_context& context);
  bool has_room_for(std::string_view key) const { return !missed_ || missed_->has_room_for(key); }
  bool note(std::string_view key);
  base::task<bool> replay(model::missed_removals::due what) override;
  base::task<void> tell_stand_ins(model::request const& removal, model::request_context& context);
  /// Why the next is to be asked; none if this is the answer.
  std::optional<reason> reason_to_go_on(model::request const& asked, model::response const& given) const;

  std::string const name_;
  failover_options const options_;
  std::vector<model::route*> all_;
  std::vector<double> shares_;                                          // of the time that is left, by member
  std::vector<std::array<metrics::counter*, reason_count>> stand_ins_;  // by stand-in
  stand_in_watch& watch_;
  model::missed_removals* const missed_;
  base::executor& executor_;
  model::request_context background_;
  std::optional<model::removal_replays> replays_;
};

}  // namespace tandem::routing
