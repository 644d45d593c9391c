#include "backend/memcached/server.hpp"

#include "backend/told.hpp"
#include "model/refusal.hpp"
#include "policy/retries.hpp"
#include "protocol/memcached/meta/request_encoder.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace tandem::backend::memcached {

namespace meta = protocol::meta;

namespace {

bool goes_again(policy::retries& tries, model::request const& asked, net::exchange_failure const& failed) {
  constexpr std::uint32_t no_pause = 0;
  policy::failed_attempt const attempt{failed.reason.kind, failed.sent, model::repeatable(asked)};
  return tries.after(attempt, no_pause).when == policy::next_try::moment::at_once;
}

constexpr std::string_view backend_word = "backend ";  // a label begins with it

}  // namespace

server::server(surroundings const& around, net::server_name const& name, link_terms const& on,
               server_account const& kept)
    : label_(name.str()),
      value_max_(on.value_max),
      links_(around, name, on),
      missed_(kept.missed),
      stand_ins_(kept.stand_ins),
      removed_(around.worker_metrics.counter(metrics::pool_removals_replayed_total,
                                             {{"backend", name.backend}, {"server", name.server}})),
      background_{around.reactor.running_clock()},
      patience_(on.upstream.timeout) {
  if (!missed_) return;
  replays_.emplace(*missed_, around.reactor, static_cast<model::removal_replays::performer&>(*this));
  replays_->resume();
}

base::task<model::response> server::ask_now(model::request const& asked, model::request_context& context,
                                            terms on) {
  std::size_t const index = links_->index_for(asked.key.view());
  link& through = links_->at(index);
  char const newer = meta::newer_flag(asked);
  auto const too_old = [this, index, newer] {
    return newer != '\0' && links_->release(index) < meta::newer_flags_since;
  };
  base::time_point const started = context.clock.now();
  base::time_point const end = context.end_of_attempts(started, on.timeout);
  base::time_point end_of_attempt = std::min(started + on.timeout, end);
  bool sent_before = false;
  net::priority priority = net::priority::queued;
  links_->asked();
  for (policy::retries tries(policy::servers::one, through.options().retry.attempts);;) {
    if (asked.generation != 0 && asked.generation != through.generation()) {
      co_return counted(asked, model::response::of(model::status::not_stored), on, base::duration());
    }
    bool const is_open = through.generation() != 0;
    if (is_open && too_old())
      co_return counted(asked, refusal(newer, links_->release(index)), on, base::duration());
    // Else the release is known when the connection is there, which is when this is written.
    auto sent =
        through.send({end_of_attempt, meta::replies_to(asked), asked.client, priority, asked.key.view()},
                     [&asked, &too_old](base::output_buffer& output) {
                       too_old() ? meta::encode_nothing(asked, output) : meta::encode(asked, output);
                     });
    co_await sent.answered();
    bool const again = sent.failure() && goes_again(tries, asked, *sent.failure());
    // What the server never saw is no more work for it.
    if (again && (!sent.failure()->sent || links_->allows_retry())) {
      sent_before |= sent.failure()->sent;
      end_of_attempt = std::min(context.clock.now() + on.timeout, end);
      priority = net::priority::ahead;  // of what others send after it, which it would undo
      continue;
    }
    if (!sent.failure() && too_old())
      co_return counted(asked, refusal(newer, links_->release(index)), on, context.clock.now() - started);
    if (on.metrics && oversized(asked, sent) > 0) on.metrics->passed_over();
    model::response told = read(asked, through, sent, sent_before);
    if (told.failed()) note(asked, told);
    co_return counted(asked, std::move(told), on, context.clock.now() - started);
  }
}

model::response server::counted(model::request const& asked, model::response&& response, terms const& on,
                                base::duration took) {
  if (on.metrics) on.metrics->record(asked, response, took);
  return std::move(response);
}

/// Bytes of a value that clients may not have, or 0.
std::size_t server::oversized(model::request const& asked, net::exchange<codec>& sent) const {
  if (!model::retrieves(asked.command) || sent.failure()) return 0;
  meta::reply const& last = sent.received().back();
  return last.value.size() > value_max_ ? last.value.size() : last.oversized;
}

/// `sent_before`: another attempt, which was not answered.
model::response server::read(model::request const& asked, link& through, net::exchange<codec>& sent,
                             bool sent_before) const {
  using enum model::fate;
  if (sent.failure())
    return failure(sent.failure()->reason, sent_before || sent.failure()->sent ? maybe : never);
  if (std::size_t const bytes = oversized(asked, sent); bytes > 0)
    return failure({base::error_kind::refused, too_large_to_tell(bytes)});
  auto response = meta::to_response(asked, sent.received());
  if (response && response->status == model::status::server_error)
    return failure({base::error_kind::refused, response->message.str()}, sent_before ? maybe : never);
  if (response) {
    response->generation = through.generation();
    return std::move(*response);
  }
  through.give_up("an answer that makes no sense for " + std::string(model::traits(asked.command).name));
  return failure({base::error_kind::bad_reply, "the server broke its protocol"}, maybe);
}

model::response server::refusal(char flag, protocol::memcached_release const& older) const {
  return model::flag_refusal(
      flag, fmt::format("{}: memcached {} does not know it, {} or newer does",
                        label_.substr(backend_word.size()), older.str(), meta::newer_flags_since.str()));
}

model::response server::failure(base::error const& reason, model::fate fate) const {
  return model::response::server_error(reason.kind, told(label_, reason), fate);
}

}  // namespace tandem::backend::memcached
