// Which items of a pool are outdated by an invalidation of a prefix. memcached cannot delete by prefix, but each of its
// servers numbers its stores: every item with a number (cas) up to that of a store which came after the invalidation may
// be older than it. A mark is a prefix with such a number for each server. Without I/O; belongs to one worker.
//
// The store that gives the number, the probe, is not sent at once but after `settle`. A fill or write-through that read
// or wrote Redis before the invalidation may still be on its way to the server, from any worker or other Tandem; all
// that are bounded by time-outs no longer than `settle` have arrived by then and have lower numbers. Until the
// number is there, every item under the prefix counts as outdated, and no store that names a cas is let through.
//
// A mark ends `life` after its last number came: by then every item that it is about has expired.
//
// Order of calls: add(); when due() has come, probe_due() for each server, probe_sent(), and then either
// probe_answered() or probe_failed(); now and then expire().
#pragma once

#include "base/clock.hpp"
#include "model/route.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tandem::backend::memcached {

class invalidation_marks {
 public:
  static constexpr std::size_t marks_max = 10'000;  // with more, all become one that is about every key
  static constexpr base::duration probe_interval = std::chrono::milliseconds(50);  // at most one in it
  static constexpr base::duration retry_interval = std::chrono::milliseconds(500);

  explicit invalidation_marks(std::size_t servers) : servers_(servers) {}

  /// Of several calls, the longest times count.
  void keep(model::copy_times const& times) {
    times_.settle = std::max(times_.settle, times.settle);
    times_.life = std::max(times_.life, times.life);
  }

  /// Every item is outdated whose key begins with `prefix`; with an empty one, every item. Tells when it has settled.
  base::time_point add(std::string_view prefix, base::time_point now);

  /// What counts as outdated by the marks of `before` does so here, too. `known` are these servers' places there; one that
  /// has none there has nothing that is outdated by them.
  void take_over(invalidation_marks const& before, std::vector<std::optional<std::size_t>> const& known);

  model::copy_times const& times() const { return times_; }

  /// The same of every item of one server, which is not the one that it was.
  base::time_point add_server(std::size_t server, base::time_point now);

  bool empty() const { return marks_.empty(); }
  std::size_t size() const { return marks_.size(); }

  /// The number up to which items are outdated, over all marks that are about the key: 0 if none is, the largest
  /// number there is while that of one of them is not known.
  static constexpr std::uint64_t unknown = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t outdated_up_to(std::string_view key, std::size_t server) const;

  /// When to look at probe_due() or expire() next; none without marks.
  std::optional<base::time_point> due() const;
  bool probe_due(std::size_t server, base::time_point now) const;
  void probe_sent(std::size_t server, base::time_point now);
  void probe_answered(std::size_t server, std::uint64_t cas, base::time_point now);
  void probe_failed(std::size_t server, base::time_point now);

  /// The server gave an item that it was told to make at `asked` a lower number than a mark's. If that number was known
  /// before, the server has started anew, empty; else the item may have been made before the probe, whose answer came
  /// sooner over another connection.
  void numbered_lower(std::size_t server, base::time_point asked, base::time_point now);

  /// Forgets marks whose life is over.
  void expire(base::time_point now);

 private:
  struct on_server {
    std::uint64_t number = unknown;
    base::time_point learned{};  // the number, once it is known
    base::time_point ends{};
  };
  struct mark {
    base::time_point settled;
    std::vector<on_server> servers;
  };
  struct probe {
    bool under_way = false;
    base::time_point sent{};
    base::time_point not_before{};
  };
  struct hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  using mark_table = std::unordered_map<std::string, mark, hash, std::equal_to<>>;

  mark& insert(std::string_view prefix, mark made);
  mark_table::iterator erase(mark_table::iterator one);
  void drop_covered_by(std::string_view prefix);
  std::optional<base::time_point> next_probe(std::size_t server) const;

  model::copy_times times_{};
  std::vector<probe> servers_;
  mark_table marks_;
  std::set<std::string_view> sorted_;           // the prefixes, held by the table
  std::map<std::size_t, std::size_t> lengths_;  // of the prefixes: how many have it
};

}  // namespace tandem::backend::memcached
