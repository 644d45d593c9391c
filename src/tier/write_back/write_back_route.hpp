// The route in front of a tiered one that has a write-back queue: with `write: back`, or with `on_l2_failure: queue`.
//
// | verb | what is done |
// |---|---|
// | get | from the queue if the key is unwritten, else by the tiered route |
// | set, `write: back` | into the queue (and its journal) and L1, then answered; L2 has it later. If the queue is full or the
//   journal cannot take it, it is in L2 before it is answered |
// | set, `on_l2_failure: queue` | by the tiered route; if L2 fails it, into the queue, then answered |
// | every other verb, and sets and gets that only L2 can answer | when what was set before is written; by the tiered route |
// | flush | the same, for all keys that are unwritten |
//
// The cas of an unwritten value is told as 0: of a set at once, of a get that asks for it only if L2 fails.
// If L2 fails while a request waits for what was set before it, the request fails.
#pragma once

#include "base/event.hpp"
#include "model/route.hpp"
#include "tier/bounded_tasks.hpp"
#include "tier/write_back/write_back_flusher.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace tandem::tier {

enum class write_back_mode {
  always,      // write: back
  on_failure,  // on_l2_failure: queue
};

struct write_back_options {
  write_back_mode mode = write_back_mode::always;
  std::chrono::seconds l1_ttl{60};
  bool far_keeps_flags = true;  // else a set with flags is L2's to refuse, before it is answered
};

class write_back_route final : public model::route {
 public:
  /// Values on their way to L1 at a time; with more, L1 does without them until L2 has them.
  static constexpr std::size_t stores_max = 16'384;

  /// `tiered` is the route of both tiers; with mode `always` it must write around, so that what L2 gets leaves in the
  /// order in which it came. `near` is L1 as values are set there (framed_route.hpp), the flusher's far route L2.
  write_back_route(std::string name, write_back_options options, model::route& tiered, model::route& near,
                   flusher_parts parts, metrics::worker_metrics& metrics);

  base::task<model::response> handle(model::request const& asked, model::request_context& context) override;
  void explain(std::string_view key, model::explanation& where) const override;

  write_back_flusher& flusher() { return flusher_; }

  std::vector<model::route*> children() const override { return {&tiered_, &near_, &flusher_.far()}; }
  void start() override { flusher_.start(); }
  /// Nothing is unwritten in the whole process when this is over.
  void drain() override { flusher_.drain(); }
  bool busy() const override {
    return flusher_.draining() || (retired_ && (flusher_.retiring() || stores_.size() > 0));
  }
  void retire() override;
  void stop() override;

 private:
  using answer = base::task<model::response>;
  using told_later = base::event<bool>;  // shared, since whoever waits may go before it is told

  answer set(model::request const& asked, model::request_context& context);
  answer set_unless_failed(model::request const& asked, model::request_context& context);
  answer once_written(model::request const& asked, model::request_context& context);
  answer flush(model::request const& asked, model::request_context& context);
  write_log::told telling(std::shared_ptr<told_later> whom);
  std::shared_ptr<base::event<>> begin_store_near(model::request const& asked,
                                                  model::request_context const& context);
  base::task<void> store_near(model::request asked, model::request_context context,
                              std::shared_ptr<base::event<>> done);
  model::response answer_without_far(model::request const& asked, model::request_context& context,
                                     bool far_failed) const;
  model::response failed() const;
  model::response late(model::fate fate) const;
  model::response unconfirmed() const;

  std::string const name_;
  write_back_options const options_;
  model::route& tiered_;
  model::route& near_;
  base::clock const& clock_;
  write_back_flusher flusher_;
  bounded_tasks stores_;
  bool retired_ = false;
};

}  // namespace tandem::tier
