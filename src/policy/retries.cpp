#include "policy/retries.hpp"

#include "policy/backoff.hpp"

namespace tandem::policy {
namespace {

backoff const retry_pauses(std::chrono::milliseconds(10), std::chrono::milliseconds(200));

}  // namespace

next_try retries::after(failed_attempt what, std::uint32_t random) {
  switch (what.reason) {
    case base::error_kind::connection_lost:
    case base::error_kind::bad_reply: return after_loss(what, random);
    case base::error_kind::connect:
    case base::error_kind::refused: return wait_for_another(random);
    case base::error_kind::timeout:
    case base::error_kind::overload:
    case base::error_kind::configuration: return {};
  }
  return {};
}

next_try retries::after_refusal(std::uint32_t random) {
  return {next_try::moment::after_pause, retry_pauses.pause(pauses_++, random)};
}

next_try retries::after_loss(failed_attempt what, std::uint32_t random) {
  if (what.sent && !what.repeatable) return {};
  if (again_ > 0) {
    --again_;
    return {next_try::moment::at_once};
  }
  return what.sent ? next_try{} : wait_for_another(random);
}

next_try retries::wait_for_another(std::uint32_t random) {
  return servers_ == servers::take_over ? after_refusal(random) : next_try{};
}

}  // namespace tandem::policy
