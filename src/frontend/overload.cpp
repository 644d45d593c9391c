#include "frontend/overload.hpp"

#include "base/log.hpp"
#include "base/once_a_second.hpp"
#include "frontend/service.hpp"
#include "net/reactor.hpp"

#include <fmt/core.h>

namespace tandem::frontend {

base::task<model::response> overloaded(service const& shared) {
  static base::once_a_second told;
  std::string const why =
      fmt::format("overloaded: {} requests in flight (limits.in_flight)", shared.replies.owed.most());
  shared.metrics.refused_in_flight.add();
  if (told.claim(shared.reactor.now())) base::log_warning("requests are refused: {}", why);
  return base::ready_task(model::response::server_error(base::error_kind::overload, why));
}

}  // namespace tandem::frontend
