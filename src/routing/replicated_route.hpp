// Several backends with the same items. The first decides what depends on an item that is there, and its cas numbers are those that
// clients know.
//
// | verb | `write: all` | `write: one` |
// |---|---|---|
// | set | the first, then all others at once | the first that takes it; removed from the others |
// | add, replace, cas, set that compares | the first; if it has stored, a set at the others | the same, but removed there |
// | incr, decr, touch, gat | the first; if done, done at the others, where a number has to come out the same | the same, but removed |
// | append, prepend | the first; if done, removed from the others | the same |
// | delete | all, the last first; unless `read: first` then all but the first once more | the same |
// | delete that compares or leaves something | the first; if done, removed from the others | the same |
// | flush | one after another, the first last; a failure is the answer | the same |
//
// If the first fails, a write fails and the others are left as they are; with `one`, the next takes it, unless it may have been
// executed and is not idempotent, or compares a cas. A replica that has not taken what the first has is told to remove the item; if it
// has not confirmed that either, it may have an older one, and with `all` that is an error to the client, with `one` it is counted.
// A removal that not all have confirmed is an error. Writes run to their end though their client goes away.
//
// | verb | `read: first` | `read: fastest` | `read: zone` |
// |---|---|---|---|
// | get | in order, until one has it | all at once; the first hit is the answer | those in the own zone in order, then the others |
// | get that wants the cas, the marks, or when the item was used; debug | in order | in order | in order |
// | get of who needs what the first has | in order | all at once | in order |
// | get with N or R | the first; the next if it fails | the same | the same |
// | get that compares a cas | the first alone | the same | the same |
//
// A miss is told if anybody has said so and nobody has the item; else the failure of the first.
//
// A replica that had nothing while another had the item gets it, with the time that it has left there: by an add, so that nothing newer is
// overwritten. Then the other is looked at again: if the item has changed, it is removed where it was added. If it has not, any removal
// comes to the other after that, and to the one that was added to later still: removals go from the last to the first, and back
// where items may go from the first to the last, too (`fastest`, `zone`). Writes of this worker wait for what is being added, and fail
// when their time is over, so that who has written never sees it; others may for the moment in between.
#pragma once

#include "base/event.hpp"
#include "base/executor.hpp"
#include "metrics/bounded_tasks.hpp"
#include "metrics/registry.hpp"
#include "metrics/zone_reads.hpp"
#include "model/route.hpp"
#include "routing/options.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace tandem::routing {

class replicated_route final : public model::route {
 public:
  /// Under way at a time: writes, of which more are refused; reads of one replica beside others, without which reads go in
  /// order; refills.
  static constexpr std::size_t writes_max = 65'536;
  static constexpr std::size_t reads_max = 65'536;
  static constexpr std::size_t refills_max = 256;

  struct replica {
    std::string name;
    model::route* to;
    std::string zone = {};  // empty: not known
  };

  /// There are at least two; the routes and all else outlive this one. Needs an order on a client's keys in front of it.
  replicated_route(std::string name, replicated_options const& options, std::vector<replica> const& replicas,
                   base::executor& executor, metrics::worker_metrics& metrics);

  base::task<model::response> handle(model::request const& asked, model::request_context& context) override;
  void explain(std::string_view key, model::explanation& where) const override;
  std::vector<model::route*> children() const override { return all_; }
  bool busy() const override { return writes_.size() + reads_.size() + refills_.size() > 0; }
  void stop() override;

 private:
  using answer = base::task<model::response>;
  using told_event = base::event<model::response>;
  struct race;
  class write_guard;
  struct replica_metrics {
    metrics::counter& refills;
    metrics::counter& missed;
  };

  // Reads.
  using order = std::vector<std::size_t>;  // of all replicas
  answer read_in_order(model::request const& asked, model::request_context& context, order const& in);
  answer read_fastest(model::request const& asked, model::request_context& context);
  base::task<void> run(std::shared_ptr<race> of, std::size_t at);
  void finish(race& of, std::size_t at, model::response given);
  void refill_later(base::slice const& key, std::size_t from, std::size_t to, base::clock const& clock);
  base::task<void> refill(base::slice key, std::size_t from, std::size_t to, base::clock const& clock);
  base::task<void> copy(base::slice const& key, std::size_t from, std::size_t to, base::clock const& clock);

  // Writes.
  answer write(model::request const& asked, model::request_context const& context);
  base::task<void> work(model::request asked, model::request_context context,
                        std::shared_ptr<told_event> told);
  answer store(model::request const& asked, model::request_context& context);
  answer take(model::request const& asked, model::request_context& context, std::size_t& taker);
  answer follow(model::request const& asked, model::response const& given, std::size_t taker,
                model::request_context& context);
  answer follow_one(model::request const& what, model::response const& given, std::size_t at,
                    model::request_context& context);
  answer remove(model::request const& what, model::request_context& context,
                std::optional<std::size_t> but = std::nullopt);

  std::string const name_;
  replicated_options const options_;
  base::executor& executor_;
  std::vector<model::route*> all_;
  std::vector<replica_metrics> metrics_;  // by replica
  order listed_;
  order nearest_first_;   // if they are read by zone
  std::size_t near_ = 0;  // so many of them are in the own zone
  std::optional<metrics::zone_reads> zone_reads_;
  std::string first_read_;                                                    // in words
  std::unordered_map<std::string, std::shared_ptr<base::event<>>> refilled_;  // by keys that are; until then
  std::unordered_multiset<std::string_view> written_;                         // keys that are; theirs
  metrics::bounded_tasks writes_;
  metrics::bounded_tasks reads_;
  metrics::bounded_tasks refills_;
};

}  // namespace tandem::routing
