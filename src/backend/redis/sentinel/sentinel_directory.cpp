#include "backend/redis/sentinel/sentinel_directory.hpp"

#include "base/sleep.hpp"

#include <utility>

namespace tandem::backend::redis {
namespace {

constexpr base::duration master_poll = std::chrono::milliseconds(10);

}  // namespace

sentinel_directory::sentinel_directory(node_settings shared)
    : shared_(std::move(shared)),
      belief_(shared_.master),
      hears_(*belief_, master_belief::interest::changes, shared_.reactor, [this] { catch_up(); }) {}

/// The connections are not ended here, since one of their own coroutines may be asking.
void sentinel_directory::catch_up() {
  std::uint64_t const version = belief_->version();
  if (version == seen_) return;
  seen_ = version;
  auto const where = belief_->master();
  if (!where) return;
  if (master_ && master_->where() != *where) {
    demoted_.push_back(std::move(master_));
    shared_.reactor.arm(*this, shared_.reactor.now());
  }
  if (!master_) master_ = std::make_shared<redis::node>(shared_, *where);
  if (shared_.options.read_from == read_from::master) return;
  auto const replicas = belief_->replicas();
  if (!group_ || !group_->is_of(master_, replicas))
    group_ = std::make_unique<replica_group>(shared_, master_, replicas);
}

node_pointer sentinel_directory::replica_for(std::string_view, std::uint32_t random) {
  catch_up();
  if (!group_) suspect();
  return group_ ? group_->pick(random) : nullptr;
}

std::string sentinel_directory::trouble_of_replicas(std::string_view) {
  return group_ && group_->settled() ? group_->trouble() : "";
}

void sentinel_directory::on_deadline() {
  for (node_pointer const& each : std::exchange(demoted_, {})) {
    each->refusals().forget();
    each->abandon({base::error_kind::connection_lost, "another server is the master now"});
  }
}

node_pointer sentinel_directory::node_for(std::string_view) {
  catch_up();
  if (!master_) suspect();
  return master_;
}

std::string sentinel_directory::trouble() const { return belief_->trouble(); }

/// No Redis without a cluster redirects.
node_pointer sentinel_directory::node_at(net::endpoint const&) { return node_for({}); }

bool sentinel_directory::serves(redis::node const& one) {
  catch_up();
  return &one == master_.get() || (group_ && group_->has(one));
}

base::task<std::vector<node_pointer>> sentinel_directory::masters(base::time_point deadline) {
  while (!node_for({}) && shared_.reactor.now() + master_poll < deadline)
    co_await base::sleep_for(shared_.reactor, master_poll);
  std::vector<node_pointer> found;
  if (master_) found.push_back(master_);
  co_return found;
}

void sentinel_directory::explain(std::string_view key, model::explanation& where) {
  bool const now = where.of == model::explanation::scope::now;
  where.destination = belief_->of().str();
  if (now) catch_up();
  if (master_) {
    where.destination += ", ";
    explain_node(*master_, key, where);
  } else if (now) {
    where.destination += " (" + belief_->trouble() + ")";
    where.serves = false;
  }
}

}  // namespace tandem::backend::redis
