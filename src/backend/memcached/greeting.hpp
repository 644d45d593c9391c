// What is said on every new connection to a memcached server before any request: `version`, and nothing else until the
// answer is known. A server before 1.6.10 takes a meta command that stores for an error, and then executes the value as
// commands.
#pragma once

#include "backend/memcached/codec.hpp"
#include "net/pipeline.hpp"
#include "protocol/memcached/release.hpp"

#include <optional>

namespace tandem::backend::memcached {

using link = net::pipeline<codec>;

/// The oldest that can be spoken to.
inline constexpr protocol::memcached_release oldest_release{1, 6, 10};

/// Gives what is wrong with the server; if nothing is, `told` is what it runs. `told` must outlive the connection.
base::task<std::optional<net::trouble>> greet(link& through, protocol::memcached_release& told);

}  // namespace tandem::backend::memcached
