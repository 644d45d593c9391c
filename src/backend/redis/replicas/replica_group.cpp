#include "backend/redis/replicas/replica_group.hpp"

#include "protocol/redis/command_writer.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <tuple>
#include <utility>

namespace tandem::backend::redis {
namespace {

/// Between questions to one server.
base::duration pause_of(base::duration lag_max) {
  return std::clamp<base::duration>(lag_max / 8, std::chrono::milliseconds(50), std::chrono::seconds(1));
}

}  // namespace

struct replica_group::member {
  member(node_settings const& shared, net::endpoint const& where)
      : at(std::make_shared<redis::node>(shared, where, node_role::replica)),
        fresh(shared.options.max_lag),
        seen(at->watched()) {}

  node_pointer at;
  replica_freshness fresh;
  bool asked = false;
  std::uint32_t generation = 0;  // of the connection over which it was last told
  net::watched_server::witness seen;
};

replica_group::replica_group(node_settings const& shared, node_pointer master,
                             std::vector<net::endpoint> const& replicas)
    : shared_(shared),
      master_(std::move(master)),
      progress_(shared.options.max_lag),
      asking_(replicas.size() + 1) {
  for (net::endpoint const& each : replicas) members_.push_back(std::make_unique<member>(shared_, each));
  for (auto const& each : members_) {
    if (each->at->near()) near_.push_back(each.get());
  }
  if (!members_.empty()) shared_.reactor.arm(*this, shared_.reactor.now());
}

replica_group::~replica_group() { asking_.stop(); }

void replica_group::on_deadline() {
  if (!std::exchange(asking_master_, true)) std::ignore = asking_.start(ask_master());
  for (auto const& each : members_) {
    judge(*each);
    if (!std::exchange(each->asked, true)) std::ignore = asking_.start(ask(*each));
  }
  shared_.reactor.arm(*this, shared_.reactor.now() + pause_of(shared_.options.max_lag));
}

base::task<base::result<replication_report>> replica_group::report_of(redis::node& one) {
  base::time_point const deadline = shared_.reactor.now() + std::chrono::seconds(1);
  auto const answered = co_await one.any_link().send(
      {deadline, 1, net::no_client, net::priority::probe}, [](base::output_buffer& output) {
        protocol::redis::command_writer(output).command("INFO", "replication");
      });
  if (!answered) co_return answered.error().reason;
  co_return replication_report::read(answered->front());
}

base::task<void> replica_group::ask_master() {
  base::time_point const asked = shared_.reactor.now();
  auto const told = co_await report_of(*master_);
  asking_master_ = false;
  if (told) progress_.reported(*told, asked);
}

base::task<void> replica_group::ask(member& one) {
  auto const told = co_await report_of(*one.at);
  one.asked = false;
  if (told) {
    one.generation = one.at->any_link().generation();
    one.fresh.reported(*told, progress_);
  } else {
    one.fresh.failed(told.error().message);
  }
  judge(one);
}

/// That it is not read is told for all workers together.
void replica_group::judge(member& one) {
  if (one.fresh.is_fresh(shared_.reactor.now())) return one.seen.sees_none();
  // At the beginning the master may have been asked later than the replica.
  bool const too_early = !one.seen.trouble_seen() && !settled();
  if (one.fresh.asked() && !too_early && !one.at->down())
    one.seen.sees({net::trouble_kind::lagging, one.fresh.trouble()});
}

/// The traffic that a zone saves is worth more than what the master would be spared.
node_pointer replica_group::pick(std::uint32_t random) const {
  node_pointer found = one_of(near_, random);
  if (found) return found;
  if (master_->near() && !master_->down() && master_->has_all_keys()) return master_;
  return one_of(members_, random);
}

template <class Members>
node_pointer replica_group::one_of(Members const& candidates, std::uint32_t random) const {
  base::time_point const now = shared_.reactor.now();
  std::size_t const first = (std::uint64_t{random} * candidates.size()) >> 32;
  for (std::size_t tried = 0; tried < candidates.size(); ++tried) {
    member const& each = *candidates[(first + tried) % candidates.size()];
    // One that is connected to anew may have started with old data.
    bool const same = each.generation != 0 && each.at->any_link().generation() == each.generation;
    if (same && each.fresh.is_fresh(now) && !each.at->down() && each.at->has_all_keys()) return each.at;
  }
  return nullptr;
}

bool replica_group::settled() const {
  return std::ranges::all_of(members_, [](auto const& each) { return each->fresh.asked(); });
}

std::string replica_group::trouble() const {
  if (members_.empty()) return "the master has no replica";
  std::string all;
  for (auto const& each : members_) {
    std::string const why = each->at->down() ? "is down" : each->fresh.trouble();
    all += fmt::format("{}{}: {}", all.empty() ? "no replica may be read: " : "; ", each->at->where().str(),
                       why);
  }
  return all;
}

bool replica_group::has(redis::node const& one) const {
  return std::ranges::any_of(members_, [&](auto const& each) { return each->at.get() == &one; });
}

bool replica_group::is_of(node_pointer const& master, std::vector<net::endpoint> const& replicas) const {
  return master == master_ &&
         std::ranges::equal(members_, replicas, {}, [](auto const& each) { return each->at->where(); });
}

}  // namespace tandem::backend::redis
