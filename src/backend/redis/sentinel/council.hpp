// Who the master is, by what several Sentinels say, and when which of them is to be asked. Without I/O, on one thread.
//
// Two masters for a moment, and Sentinels that have not heard of a failover yet or were cut off during one, are survived by
// three rules:
//
//   no master is known       the newest configuration epoch decides, once a majority of the Sentinels has answered, or all
//                            who are going to have
//   a newer epoch            is believed at once, whoever tells it; an address that differs is a switch
//   an older one, or the     is believed only if a majority tells the same for `dissent_max`, in which nobody confirms what
//   same with another        is believed: the Sentinels were made anew, or the failover was undone. Until then it is an
//   address                  outdated view
//
// Each Sentinel is asked once a `calm`, and for a reason (doubt()) as soon as `quick` has passed since the last time. No more
// than one question to each is under way, so that one who does not answer delays nobody but itself.
//
// Order of calls: when due() has come, ask(), and for each that it names later either answered() or failed().
#pragma once

#include "backend/redis/sentinel/sentinel_view.hpp"
#include "base/clock.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace tandem::backend::redis {

class council {
 public:
  static constexpr base::duration calm = std::chrono::seconds(1);
  static constexpr base::duration quick = std::chrono::milliseconds(50);
  static constexpr base::duration dissent_max = std::chrono::seconds(10);

  /// There is a master now, or another.
  struct change {
    std::optional<net::endpoint> was;
    net::endpoint now;
    std::string reason;
  };

  /// `names` are the Sentinels' addresses, for messages.
  explicit council(std::vector<std::string> names);

  /// Something happened that another master would explain.
  void doubt() { doubted_ = true; }

  /// When the next of them is to be asked; none while all are being asked.
  std::optional<base::time_point> due() const;

  /// Who is to be asked now.
  std::vector<std::size_t> ask(base::time_point now);

  std::optional<change> answered(std::size_t which, sentinel_view const& view, base::time_point now);
  std::optional<change> failed(std::size_t which, std::string why, base::time_point now);

  std::optional<sentinel_view> const& believed() const { return believed_; }

  /// All that any of them knows of the present master, in an order that is always the same.
  std::vector<net::endpoint> replicas() const;

  /// Whether none of them has answered when it was asked last, and all were.
  bool deaf() const;

  /// What each of them has said last that was no answer.
  std::string complaints() const;

 private:
  struct member {
    std::string name;
    bool asked = false;   // and has not answered yet
    bool doubts = false;  // something happened since
    std::optional<base::time_point> last{};
    std::optional<sentinel_view> view{};
    std::string failure{};
  };

  void heard_of(member& one, base::time_point now);
  std::optional<change> decide(base::time_point now);
  std::optional<change> begin();
  std::optional<change> follow(member const& newest);
  std::optional<change> weigh_dissent(base::time_point now);
  member const* newest() const;
  std::size_t count_of(net::endpoint const& master) const;
  bool is_majority(std::size_t count) const { return 2 * count > members_.size(); }
  change adopt(sentinel_view const& view, std::string reason);

  std::vector<member> members_;
  bool doubted_ = true;
  std::optional<sentinel_view> believed_;
  std::optional<base::time_point> dissent_since_;
};

}  // namespace tandem::backend::redis
