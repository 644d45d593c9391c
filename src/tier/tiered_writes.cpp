// Writes: L2 first, and L1 before the client is told. What L1 has not done when the request's time is over counts as missed,
// and the client is told.
#include "tier/tiered_route.hpp"

#include <utility>

namespace tandem::tier {
namespace {

using model::status;
using model::verb;
using model::want;

/// Of a write's time: L1 has to be asked even if L2 does not answer.
constexpr double far_share = 0.9;

}  // namespace

base::task<model::response> tiered_route::write(model::request const& asked,
                                                model::request_context const& context) {
  auto const result =
      std::make_shared<pending_answer>();  // the client may go before the work ends, or be there after it
  bool const begun = writes_.start(work_of(asked, context, result));
  if (!begun) {
    co_return model::response::server_error(base::error_kind::refused,
                                            name_ + ": too many writes are under way");
  }
  co_await result->done;
  co_return std::move(result->answer);
}

/// Whoever comes next on the key has waited for this, and is to have some time left: most of it where L1 does not answer.
near_key tiered_route::for_near(model::request const& asked, model::request_context const& context) const {
  double const part = l1_.misses(asked.key.view()) ? 0.05 : 0.3;
  return near_key(asked, context.share(part).deadline);
}

base::task<void> tiered_route::work_of(model::request const& asked, model::request_context const& context,
                                       std::shared_ptr<pending_answer> result) {
  if (asked.command == verb::flush) return flush(asked, context, std::move(result));
  bool const through = options_.write == write_policy::through && model::plain_set(asked);
  return through ? write_through(asked, context, std::move(result))
                 : write_around(asked, context, std::move(result));
}

base::task<void> tiered_route::write_through(model::request asked, model::request_context context,
                                             std::shared_ptr<pending_answer> result) {
  // Before L2 is asked, so that whoever writes to L2 later makes the token void or is made void by ours.
  std::optional<near_token> const token = co_await l1_.take_token(for_near(asked, context));
  base::time_point const started = clock_.now();
  want const wanted = asked.wanted;
  asked.wanted = wanted | want::cas;
  model::request_context earlier = context.share(far_share);
  result->answer = co_await far_.handle(asked, earlier);
  bool stored = false;
  if (result->answer.hit() && in_time(started)) {
    auto const time = l1_.time_for(asked.expires, started);
    stored = co_await l1_.store(asked, result->answer.cas, time, token, for_near(asked, context).deadline);
  }
  // Even if L1 has just failed: this process may be the only one that it fails.
  if (!stored) co_await leave_near(asked, context, result->answer);
  remove_late(asked.key, result->answer);
  result->done.set();
}

base::task<void> tiered_route::write_around(model::request asked, model::request_context context,
                                            std::shared_ptr<pending_answer> result) {
  model::request_context earlier = context.share(far_share);
  result->answer = co_await far_.handle(asked, earlier);
  if (!leaves_near(asked, result->answer)) co_await leave_near(asked, context, result->answer);
  remove_late(asked.key, result->answer);
  result->done.set();
}

/// What L2 has changed is gone for good from L1, and so is what a client wants to be gone. Where L2 has failed, the value
/// before may be answered for a while, but not where L2 said no: then it may have lost the item.
base::task<void> tiered_route::leave_near(model::request const& asked, model::request_context const& context,
                                          model::response const& far) {
  bool const said_no = far.status != status::server_error || far.failure == base::error_kind::refused;
  bool const for_good = said_no || asked.command == verb::remove;
  return for_good ? l1_.remove(for_near(asked, context)) : l1_.outdate(for_near(asked, context));
}

/// L2 may yet execute what it failed. With l1_only, what L1 holds meanwhile is to be read.
void tiered_route::remove_late(base::slice const& key, model::response const& far) {
  if (far.fate == model::fate::maybe && options_.on_l2_failure != l2_failure::l1_only) l1_.remove_later(key);
}

bool tiered_route::leaves_near(model::request const& asked, model::response const& answer) const {
  switch (answer.status) {
    case status::ok: break;
    case status::not_stored:
    case status::exists:
    case status::non_numeric:
    case status::client_error: return true;  // L2 has changed nothing
    case status::not_found:                  // nor here, but L1 may hold what L2 has lost
    case status::too_large:
    case status::server_error: return false;  // it may have been executed
  }
  if (!model::touches(asked.command)) return false;
  if (asked.expires.never()) return true;
  std::int64_t const now = clock_.unix_ms() / 1000;
  return !asked.expires.expired(now) && asked.expires.remaining(now) > options_.l1_ttl.count();
}

base::task<void> tiered_route::flush(model::request asked, model::request_context context,
                                     std::shared_ptr<pending_answer> result) {
  ++flushes_;
  result->answer = co_await far_.handle(asked, context);
  bool const begun = result->answer.fate != model::fate::never;
  // One that is not allowed has flushed nothing.
  bool const refused = result->answer.failed() && result->answer.failure == base::error_kind::refused;
  if (result->answer.failed() && begun) l1_.flush_later();
  if (begun || !refused) co_await l1_.flush(asked);
  --flushes_;
  result->done.set();
}

}  // namespace tandem::tier
