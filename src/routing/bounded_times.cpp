#include "routing/bounded_times.hpp"

namespace tandem::routing {
namespace {

bool bears_ttl(model::request const& asked) {
  if (includes(asked.options, model::option::renew | model::option::hollow)) return true;
  switch (asked.command) {
    case model::verb::set:
    case model::verb::add:
    case model::verb::replace:
    case model::verb::cas:
    case model::verb::touch:
    case model::verb::get_and_touch: return true;
    case model::verb::increment:
    case model::verb::decrement:
    case model::verb::get:
    case model::verb::append:
    case model::verb::prepend:
    case model::verb::remove:
    case model::verb::debug:
    case model::verb::flush: return false;
  }
  return false;
}

}  // namespace

times bounded_times(ttl_bounds const& by, model::request const& asked,
                    model::request_context const& context) {
  times made{asked.expires, asked.vivify};
  std::int64_t const now = context.clock.unix_ms() / 1000;
  if (bears_ttl(asked)) made.expires = by.apply(made.expires, now);
  if (made.vivify) made.vivify = by.apply(*made.vivify, now);
  return made;
}

}  // namespace tandem::routing
