#include "backend/redis/cluster/cluster_directory.hpp"

#include "base/log.hpp"
#include "base/sleep.hpp"
#include "hashing/redis_slot.hpp"
#include "protocol/redis/command_writer.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <tuple>
#include <utility>

namespace tandem::backend::redis {
namespace {

/// One node's time to answer CLUSTER SLOTS before the next is asked.
base::duration patience(net::upstream_options const& upstream) {
  return std::clamp<base::duration>(upstream.timeout, std::chrono::milliseconds(100),
                                    std::chrono::seconds(1));
}

constexpr char const* slot_without_node = "no node serves the key's slot";
constexpr char const* nothing_fetched = "no slot map yet";

constexpr base::duration masters_poll = std::chrono::milliseconds(10);

/// Where none may be read, others may have come, which is no reason to hurry.
constexpr base::duration replica_poll = std::chrono::seconds(1);

/// Between looks at whether nodes that have left are still needed.
constexpr base::duration leave_poll = std::chrono::seconds(1);

}  // namespace

cluster_directory::cluster_directory(node_settings shared)
    : shared_(std::move(shared)),
      refreshes_(
          shared_.worker_metrics.counter(metrics::slot_map_refreshes_total, {{"backend", shared_.backend}})),
      random_(shared_.reactor.random()),
      trouble_(nothing_fetched) {
  for (net::endpoint const& each : shared_.options.servers) node_at(each);
}

node_pointer cluster_directory::node_for(std::string_view key) {
  auto const owner = slots_.owner(hashing::redis_slot(key));
  if (owner) return masters_[*owner];
  suspect();
  return nullptr;
}

/// None of a master that only a redirection has named.
replica_group* cluster_directory::group_for(std::string_view key) {
  auto const owner = slots_.owner(hashing::redis_slot(key));
  return owner && *owner < groups_.size() ? groups_[*owner].get() : nullptr;
}

node_pointer cluster_directory::replica_for(std::string_view key, std::uint32_t random) {
  replica_group const* const group = group_for(key);
  node_pointer found = group ? group->pick(random) : nullptr;
  if (!found && shared_.reactor.now() >= look_for_replicas_) {
    look_for_replicas_ = shared_.reactor.now() + replica_poll;
    suspect();
  }
  return found;
}

std::string cluster_directory::trouble_of_replicas(std::string_view key) {
  replica_group const* const group = group_for(key);
  return group && group->settled() ? group->trouble() : "";
}

node_pointer cluster_directory::node_at(net::endpoint const& where) {
  std::string const address = where.str();
  if (auto const found = nodes_.find(address); found != nodes_.end()) return found->second.pointer;
  if (nodes_.size() >= 2 * slot_map::nodes_max) {
    trouble_ = fmt::format("the cluster names more than {} nodes", 2 * slot_map::nodes_max);
    return nullptr;
  }
  auto made = std::make_shared<redis::node>(shared_, where);
  nodes_.emplace(address, known_node{made});
  return made;
}

void cluster_directory::moved(std::uint16_t slot, net::endpoint const& where) {
  node_pointer const owner = node_at(where);
  if (!owner || !slots_.learn(slot, where)) return;
  std::size_t const index = *slots_.owner(slot);
  if (index == masters_.size()) masters_.push_back(owner);
}

void cluster_directory::suspect() {
  schedule_.want();
  auto const due = schedule_.due();
  if (!due) return;
  if (*due <= shared_.reactor.now()) return start_refresh();
  arm_timer();
}

void cluster_directory::arm_timer() {
  if (auto const due = schedule_.due()) shared_.reactor.arm(alarm_, *due);
}

void cluster_directory::start_refresh() {
  alarm_.disarm();
  schedule_.started();
  std::ignore = refreshing_.start(refresh());
}

base::task<void> cluster_directory::refresh() {
  std::string trouble = co_await fetch();
  refreshed(std::move(trouble));
}

void cluster_directory::refreshed(std::string trouble) {
  refreshes_.add();
  if (!trouble.empty() && trouble != trouble_) base::log_warning("backend {}: {}", shared_.backend, trouble);
  trouble_ = trouble.empty() ? slot_without_node : std::move(trouble);
  schedule_.finished(shared_.reactor.now(), static_cast<double>(random_()) / std::minstd_rand::max());
  arm_timer();
}

base::task<std::string> cluster_directory::fetch() {
  std::string trouble;
  for (node_pointer const& each : candidates()) {
    auto const deadline = shared_.reactor.now() + patience(shared_.upstream);
    auto const answered = co_await each->any_link().send({deadline}, [](base::output_buffer& output) {
      protocol::redis::command_writer(output).command("CLUSTER", "SLOTS");
    });
    std::string const whose = "no slot map from server " + each->where().str() + ": ";
    if (!answered) {
      trouble = whose + answered.error().reason.message;
      continue;
    }
    auto fetched = slot_map::read(answered->front(), each->where().host);
    if (fetched) {
      adopt(std::move(*fetched));
      co_return std::string();
    }
    trouble = whose + fetched.error().message;
  }
  co_return trouble;
}

/// All nodes in a random order, those that cannot be reached last.
std::vector<node_pointer> cluster_directory::candidates() {
  std::vector<node_pointer> all;
  all.reserve(nodes_.size());
  for (auto const& [address, each] : nodes_) all.push_back(each.pointer);
  std::shuffle(all.begin(), all.end(), random_);
  std::partition(all.begin(), all.end(), [](node_pointer const& each) { return !each->down(); });
  return all;
}

void cluster_directory::adopt(slot_map&& fetched) {
  slots_ = std::move(fetched);
  masters_.clear();
  for (auto& [address, each] : nodes_) each.listed = false;
  auto const list = [this](net::endpoint const& where) {
    node_pointer found = node_at(where);
    if (found) nodes_.at(where.str()).listed = true;
    return found;
  };
  for (net::endpoint const& each : shared_.options.servers) list(each);
  for (net::endpoint const& each : slots_.replicas()) list(each);
  for (net::endpoint const& each : slots_.masters()) masters_.push_back(list(each));
  for (auto& [address, each] : nodes_) {
    if (std::ranges::find(masters_, each.pointer) == masters_.end()) each.pointer->refusals().forget();
  }
  shared_.reactor.arm(leaving_, shared_.reactor.now());
  if (shared_.options.read_from != read_from::master) group_replicas();
}

/// What is known of replicas stays where nothing about them has changed.
void cluster_directory::group_replicas() {
  std::vector<std::unique_ptr<replica_group>> before = std::exchange(groups_, {});
  for (std::size_t master = 0; master < masters_.size(); ++master) {
    if (!masters_[master]) {
      groups_.push_back(nullptr);
      continue;
    }
    auto const replicas = slots_.replicas_of(master);
    auto const same = std::ranges::find_if(
        before, [&](auto const& each) { return each && each->is_of(masters_[master], replicas); });
    groups_.push_back(same != before.end()
                          ? std::move(*same)
                          : std::make_unique<replica_group>(shared_, masters_[master], replicas));
  }
}

void cluster_directory::drop_unlisted() {
  std::erase_if(nodes_, [](auto const& entry) {
    known_node const& each = entry.second;
    return !each.listed && each.pointer.use_count() == 1;
  });
  bool const left = std::ranges::any_of(nodes_, [](auto const& entry) { return !entry.second.listed; });
  if (left) shared_.reactor.arm(leaving_, shared_.reactor.now() + leave_poll);
}

base::task<std::vector<node_pointer>> cluster_directory::masters(base::time_point deadline) {
  while (slots_.empty() && shared_.reactor.now() + masters_poll < deadline) {
    suspect();
    co_await base::sleep_for(shared_.reactor, masters_poll);
  }
  std::vector<node_pointer> found = masters_;
  std::erase(found, nullptr);
  co_return found;
}

void cluster_directory::explain(std::string_view key, model::explanation& where) {
  std::uint16_t const slot = hashing::redis_slot(key);
  auto const owner = slots_.owner(slot);
  where.destination = "slot " + std::to_string(slot);
  if (owner) {
    where.destination += " ";
    if (masters_[*owner]) return explain_node(*masters_[*owner], key, where);
    where.destination += "server " + slots_.masters()[*owner].str();
  } else if (where.of == model::explanation::scope::now) {
    where.destination += " (" + trouble_ + ")";
    where.serves = trouble_ == nothing_fetched;
    suspect();
  }
}

}  // namespace tandem::backend::redis
