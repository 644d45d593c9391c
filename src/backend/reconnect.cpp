#include "backend/reconnect.hpp"

#include "policy/backoff.hpp"

#include <random>

namespace tandem::backend {

net::upstream_connection::pause_function jittered_pauses(net::upstream_options const& options) {
  return [pauses = policy::backoff(options.backoff_min, options.backoff_max),
          random = std::minstd_rand(std::random_device()())](unsigned failures) mutable {
    return pauses.pause(failures, static_cast<std::uint32_t>(random() * 2));
  };
}

}  // namespace tandem::backend
