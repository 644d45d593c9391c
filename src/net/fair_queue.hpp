// What waits for one link, by client. Clients are served in turn, one item at a time, and the items of each in the order in
// which they came: whoever waits with one item waits for one of every other client, however many those have. A client that
// neither waits nor has had a turn in the present round need not wait at all.
//
// So do the flows of RFC 8290 take turns, with a quantum of one item.
#pragma once

#include <boost/intrusive/list.hpp>

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <utility>

namespace tandem::net {

/// What an item derives from. It must leave the queue, by erase(), before it is destroyed.
using fair_queue_hook =
    boost::intrusive::list_base_hook<boost::intrusive::tag<struct fair_queue_tag>,
                                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

/// `Item` derives from fair_queue_hook and has client(), which stays the same while it waits.
template <class Item>
class fair_queue {
 public:
  using items = boost::intrusive::list<Item, boost::intrusive::base_hook<fair_queue_hook>,
                                       boost::intrusive::constant_time_size<false>>;

  fair_queue() = default;
  fair_queue(fair_queue const&) = delete;
  fair_queue& operator=(fair_queue const&) = delete;

  void push(Item& last) {
    flow_of(last.client()).first.waiting.push_back(last);
    ++size_;
  }

  /// Whether an item of this client goes before all that wait; that was its turn then.
  bool passes(std::uint32_t client) {
    if (empty() && flows_.size() > idle_flows_max) begin_anew();
    return flow_of(client).second;
  }

  /// Takes whose turn it is; the queue must not be empty.
  Item& pop() {
    for (;;) {
      flow& first = round_.front();
      round_.pop_front();
      if (first.waiting.empty()) {
        if (last_ == &first) last_ = nullptr;
        flows_.erase(first.client);
        continue;
      }
      round_.push_back(first);
      Item& next = first.waiting.front();
      erase(next);
      return next;
    }
  }

  void erase(Item& one) {
    one.fair_queue_hook::unlink();
    --size_;
    if (empty() && flows_.size() > idle_flows_max) begin_anew();
  }

  /// Empties the queue: everything, the items of each client in their order.
  items take_all() {
    items all;
    for (auto& [client, each] : flows_) all.splice(all.end(), each.waiting);
    size_ = 0;
    begin_anew();
    return all;
  }

  /// Nobody has had a turn. Of an empty queue.
  void begin_anew() {
    last_ = nullptr;
    flows_.clear();
  }

  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }

 private:
  struct flow : fair_queue_hook {
    explicit flow(std::uint32_t of) : client(of) {}

    std::uint32_t const client;
    items waiting;
  };

  using flows = boost::intrusive::list<flow, boost::intrusive::base_hook<fair_queue_hook>,
                                       boost::intrusive::constant_time_size<false>>;

  /// One with nothing left is remembered until its next turn, so that it does not pass again at once; of an empty queue no
  /// more than these.
  static constexpr std::size_t idle_flows_max = 64;

  /// The client's, and whether it was not there before.
  std::pair<flow&, bool> flow_of(std::uint32_t client) {
    if (last_ && last_->client == client) return {*last_, false};
    auto const [found, added] = flows_.try_emplace(client, client);
    if (added) round_.push_back(found->second);
    last_ = &found->second;
    return {found->second, added};
  }

  std::unordered_map<std::uint32_t, flow> flows_;
  flows round_;
  flow* last_ = nullptr;  // that was asked for
  std::size_t size_ = 0;
};

}  // namespace tandem::net
