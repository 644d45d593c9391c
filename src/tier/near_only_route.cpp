#include "tier/near_only_route.hpp"

#include "tier/near_time.hpp"

#include <utility>

namespace tandem::tier {

base::task<model::response> near_only_route::handle(model::request const& asked,
                                                    model::request_context& context) {
  return model::plain_set(asked) ? set(asked, context) : tiered_.handle(asked, context);
}

base::task<model::response> near_only_route::set(model::request const& asked,
                                                 model::request_context& context) {
  model::request_context earlier = context.share(0.75);
  model::response answer = co_await tiered_.handle(asked, earlier);
  if (answer.status != model::status::server_error) co_return std::move(answer);
  model::request alone = asked;
  alone.expires = near_time(asked.expires, l1_ttl_, context.clock);
  model::response near = co_await near_.handle(alone, context);
  if (near.hit()) co_return std::move(near);
  co_return std::move(answer);
}

}  // namespace tandem::tier
