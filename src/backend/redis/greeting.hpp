// What is said on every new connection to a Redis server before any request: who we are, which database, and
// the scripts, so that no request has to wait for one to be loaded. Of one that Sentinels name, whether it is a master; to a
// replica of a cluster, that it will be read.
#pragma once

#include "backend/redis/codec.hpp"
#include "backend/redis/options.hpp"
#include "net/pipeline.hpp"

#include <optional>

namespace tandem::backend::redis {

using link = net::pipeline<codec>;

/// `options` must outlive the connection. Gives the server's words where it refuses the name, the password or
/// the database, that it is no master, or why there were none. A server that cannot load scripts now (it may be loading its data) gets
/// them later, when one is called.
base::task<std::optional<net::trouble>> greet(link& through, session_options const& options);

}  // namespace tandem::backend::redis
