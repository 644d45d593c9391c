// Masters that die: what they have acknowledged their replicas have, so that nothing may be lost. Who loses one returns when
// another has been elected; the dead one is started again, empty.
#pragma once

#include "chaos/house.hpp"
#include "chaos/load.hpp"

namespace tandem::chaos {

void lose_cluster_master(house& at, clock::time_point until);
void start_cluster_master(house& at);

void lose_sentinels_master(house& at, clock::time_point until);
void start_sentinels_master(house& at);

}  // namespace tandem::chaos
