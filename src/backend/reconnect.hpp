// How a backend's connections wait before they try again: policy::backoff with randomness of their own, so that the
// workers and the processes that lost one server together do not come back together.
#pragma once

#include "net/upstream_connection.hpp"

namespace tandem::backend {

net::upstream_connection::pause_function jittered_pauses(net::upstream_options const& options);

}  // namespace tandem::backend
