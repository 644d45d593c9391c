#include "chaos/lost_masters.hpp"

#include "consistency/far_side.hpp"

#include <stdexcept>

namespace tandem::chaos {
namespace {

constexpr unsigned a_slot = 0;

template <class Nodes>
void start_dead(Nodes& of) {
  for (std::size_t each = 0; each < Nodes::nodes; ++each) {
    if (!of.node(each).running()) of.node(each).start();
  }
}

}  // namespace

// Nodes i and i + masters share a shard.
void lose_cluster_master(house& at, clock::time_point /*until*/) {
  constexpr std::size_t masters = test::redis_cluster::masters;
  std::size_t const lost = at.cluster().master_of(a_slot);
  std::size_t const replica = (lost + masters) % test::redis_cluster::nodes;
  consistency::hold_writes(at.cluster().node(lost).port(), at.cluster().node(replica).port());
  at.cluster().fail_over(a_slot);
}

void start_cluster_master(house& at) { start_dead(at.cluster()); }

void lose_sentinels_master(house& at, clock::time_point /*until*/) {
  auto const lost = at.sentinels().master();
  if (!lost) throw std::runtime_error("the Sentinels do not agree on a master");
  at.sentinels().pause_writes();
  at.sentinels().node(*lost).kill();
  at.sentinels().master_after(*lost);
}

void start_sentinels_master(house& at) { start_dead(at.sentinels()); }

}  // namespace tandem::chaos
