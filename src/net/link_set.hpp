// One worker's connections to one server, on the same terms: all who name it so share them, and what is known of it. Each
// codec's kind of server has its own, which makes the links and knows what they were told.
#pragma once

#include "net/link_registry.hpp"
#include "net/pipeline.hpp"
#include "net/watched_server.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace tandem::net {

template <class Codec>
class link_set : public registered {
 public:
  using link = pipeline<Codec>;

  /// Requests for one key always take the same link, so that they stay in order.
  std::size_t index_for(std::string_view key) const {
    return links_.size() == 1 ? 0 : std::hash<std::string_view>()(key) % links_.size();
  }
  link& at(std::size_t index) const { return *links_[index]; }
  link& link_for(std::string_view key) const { return at(index_for(key)); }
  link& any() const { return *links_.front(); }

  endpoint const& where() const { return any().where(); }

  /// Whether it could not be reached when that was last tried.
  bool down() const { return any().down(); }

  bool quiet() const override {
    return std::ranges::all_of(links_, [](auto const& each) { return each->quiet(); });
  }

  watched_server& watched() { return watched_; }

  /// See pipeline. From the event loop alone.
  void abandon(base::error const& why) {
    for (auto const& each : links_) each->abandon(why);
  }

  /// Somebody gives requests so long; the server may be silent for as long as the most patient wait.
  void allow(std::chrono::milliseconds timeout) {
    for (auto const& each : links_) each->allow(timeout);
  }

 protected:
  link_set(server_health& health, metrics::worker_metrics& metrics, base::identity const& who,
           server_name const& first)
      : watched_(health, metrics, who, first) {}

  void add(std::unique_ptr<link> made) { links_.push_back(std::move(made)); }

 private:
  watched_server watched_;  // outlives the links
  std::vector<std::unique_ptr<link>> links_;
};

}  // namespace tandem::net
