#include "backend/redis/retry_fsm.hpp"

namespace tandem::backend::redis {

using protocol::redis::error_code;

step retry_fsm::on_error(error_code code, std::uint32_t random) {
  switch (code) {
    case error_code::moved: return redirected(next_move::follow);
    case error_code::ask: return redirected(next_move::follow_asking);
    case error_code::try_again:
    case error_code::loading:
    case error_code::cluster_down: return paused(random);
    case error_code::master_down:
    case error_code::read_only: return servers_ == topology::single ? renewed(random) : paused(random);
    case error_code::not_signed_in: return renewed(random);
    case error_code::no_script: return {next_move::send_body};
    case error_code::wrong_type: return {next_move::find_type};
    case error_code::too_large:
    case error_code::out_of_memory:
    case error_code::misconfigured:
    case error_code::no_replicas:
    case error_code::no_permission:
    case error_code::sign_in_refused:
    case error_code::other: return {next_move::give_up};
  }
  return {next_move::give_up};
}

step retry_fsm::on_failure(net::exchange_failure const& failed, std::uint32_t random) {
  using enum policy::next_try::moment;
  base::error_kind const reason = failed.reason.kind;
  policy::next_try const next = retries_.after({reason, failed.sent, repeatable_}, random);
  // One of our own limits says nothing of the server.
  bool const map_is_stale = has_map() && reason != base::error_kind::overload;
  switch (next.when) {
    case at_once: return {next_move::repeat, {}, map_is_stale};
    case after_pause: return {next_move::pause, next.pause, map_is_stale};
    case never: return {next_move::give_up, {}, map_is_stale};
  }
  return {next_move::give_up};
}

step retry_fsm::redirected(next_move what) {
  if (!redirects() || ++redirections_ > redirections_max) return {next_move::give_up, {}, has_map()};
  return {what, {}, what == next_move::follow};
}

step retry_fsm::renewed(std::uint32_t random) {
  step made = paused(random);
  made.renew_link = true;
  return made;
}

step retry_fsm::paused(std::uint32_t random) {
  return {next_move::pause, retries_.after_refusal(random).pause, has_map()};
}

}  // namespace tandem::backend::redis
