#include "backend/memcached/rehash_route.hpp"

#include "backend/memcached/pool_route.hpp"

#include <fmt/core.h>

namespace tandem::backend::memcached {
base::task<model::response> rehash_route::handle(model::request const& asked,
                                                 model::request_context& context) {
  if (asked.command == model::verb::flush)
    return model::answer_at_once(model::response::of(model::status::ok));
  auto const other = pool_.stand_in_for(asked.key.view());
  if (!other) {
    return model::answer_at_once(model::response::server_error(
        base::error_kind::connect, fmt::format("backend {}: no other server is well", pool_.name())));
  }
  return pool_.ask_server(*other, asked, context);
}

void rehash_route::explain(std::string_view key, model::explanation& where) const {
  if (auto const other = pool_.stand_in_for(key)) return pool_.explain_server_at(*other, key, where);
  where.backend = pool_.name();
  where.key = key;
  where.destination = "no other server";
  where.serves = false;
}

}  // namespace tandem::backend::memcached
