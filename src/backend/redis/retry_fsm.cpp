#include "backend/redis/retry_fsm.hpp"

namespace tandem::backend::redis {

using protocol::redis::error_code;

namespace {

policy::backoff const pauses(std::chrono::milliseconds(10), std::chrono::milliseconds(200));

}  // namespace

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
  switch (failed.reason.kind) {
    case base::error_kind::connect:
    case base::error_kind::refused:
      if (servers_ == topology::single) return give_up();
      return paused(random);
    case base::error_kind::connection_lost:
    case base::error_kind::bad_reply: return lost(failed.sent, random);
    case base::error_kind::timeout: return give_up();
    case base::error_kind::overload:
    case base::error_kind::configuration: return {next_move::give_up};
  }
  return {next_move::give_up};
}

step retry_fsm::lost(bool sent, std::uint32_t random) {
  switch (tries_.after({sent, repeatable_})) {
    case policy::verdict::again: return {next_move::repeat, {}, servers_ == topology::cluster};
    case policy::verdict::untouched: return servers_ == topology::single ? give_up() : paused(random);
    case policy::verdict::over: return give_up();
  }
  return give_up();
}

step retry_fsm::redirected(next_move what) {
  if (servers_ == topology::single || ++redirections_ > redirections_max) return give_up();
  return {what, {}, what == next_move::follow};
}

step retry_fsm::renewed(std::uint32_t random) {
  step made = paused(random);
  made.renew_link = true;
  return made;
}

step retry_fsm::paused(std::uint32_t random) {
  return {next_move::pause, pauses.pause(pauses_++, random), servers_ == topology::cluster};
}

}  // namespace tandem::backend::redis
