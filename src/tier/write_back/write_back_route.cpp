#include "tier/write_back/write_back_route.hpp"

#include "tier/near_time.hpp"
#include "tier/write_back/key_hold.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace tandem::tier {
namespace {

using model::want;
using admission = write_back_queue::admission;

constexpr unsigned tries_max = 2;

bool only_wants(model::request const& asked, want allowed) {
  return without(asked.wanted, allowed) == want::nothing;
}

/// Whether the queue knows all that the answer is to tell.
bool plain_get(model::request const& asked) {
  return asked.command == model::verb::get && model::reads_only(asked) &&
         asked.options == model::option::none &&
         only_wants(asked, want::value | want::ttl | want::size | want::marks);
}

/// Whether a set may wait. The cas is told as 0, none: L2 has not made one yet. Binary clients ask for it with every set.
bool can_wait(model::request const& asked) {
  return model::plain_set(asked) && only_wants(asked, want::value | want::size | want::cas | want::marks) &&
         !asked.expires.over();
}

unwritten_item item_of(model::request const& asked, std::int64_t now) {
  return {asked.key.str(), asked.value.str(), asked.flags, asked.expires.date(now), 0};
}

model::response answer_from(unwritten_item const& item, model::request const& asked,
                            base::clock const& clock) {
  std::int64_t const left_ms = item.expires_at * 1000 - clock.unix_ms();
  if (item.expires_at != 0 && left_ms <= 0) return model::response::of(model::status::not_found);
  model::response made;
  made.flags = item.flags;
  if (includes(asked.wanted, want::value)) made.value = base::slice::copy_of(item.value);
  made.size = static_cast<std::uint32_t>(item.value.size());
  made.ttl = item.expires_at == 0 ? -1 : left_ms / 1000;
  return made;
}

model::response stored(model::request const& asked) {
  model::response made;
  made.size = static_cast<std::uint32_t>(asked.value.size());
  return made;
}

}  // namespace

write_back_route::write_back_route(std::string name, write_back_options options, model::route& tiered,
                                   model::route& near, flusher_parts parts, metrics::worker_metrics& metrics)
    : name_(std::move(name)),
      options_(options),
      tiered_(tiered),
      near_(near),
      clock_(parts.executor.running_clock()),
      flusher_(parts),
      stores_(stores_max, metrics, name_, "near_store") {}

base::task<model::response> write_back_route::handle(model::request const& asked,
                                                     model::request_context& context) {
  if (plain_get(asked)) {
    auto const unwritten = flusher_.queue().find(asked.key.view());
    if (!unwritten) return tiered_.handle(asked, context);
    return base::ready_task(answer_from(*unwritten, asked, context.clock));
  }
  if (asked.command == model::verb::flush) return flush(asked, context);
  bool const for_far_to_judge = asked.flags != 0 && !options_.far_keeps_flags;
  if (!can_wait(asked) || for_far_to_judge) return once_written(asked, context);
  return options_.mode == write_back_mode::always ? set(asked, context) : set_unless_failed(asked, context);
}

/// For the queue, which may call it on any thread.
write_log::told write_back_route::telling(std::shared_ptr<told_later> whom) {
  return [&on = flusher_.executor(), whom = std::move(whom)](bool kept) mutable {
    on.post([whom = std::move(whom), kept] { whom->set(kept); });
  };
}

base::task<model::response> write_back_route::set(model::request const& asked,
                                                  model::request_context& context) {
  for (unsigned attempt = 0; attempt < tries_max; ++attempt) {
    auto const kept = std::make_shared<told_later>();
    auto const put = flusher_.queue().put(item_of(asked, unix_seconds(context.clock)), telling(kept));
    if (put.admitted != admission::not_queued) {
      auto const near_done = put.store_near ? begin_store_near(asked, context) : nullptr;
      flusher_.kick();
      std::optional<bool> const is_kept = co_await kept->until(flusher_.executor(), context.deadline);
      if (near_done) co_await *near_done;
      if (!is_kept) co_return unconfirmed();
      if (*is_kept) co_return stored(asked);
      key_hold written(flusher_, asked.key.view());
      std::optional<bool> const is_written = co_await written.given(context.deadline);
      if (!is_written) co_return late(model::fate::maybe);
      co_return *is_written ? stored(asked) : failed();
    }
    key_hold mine(flusher_, asked.key.view());
    std::optional<bool> const given = co_await mine.given(context.deadline);
    if (!given) co_return late(model::fate::never);
    if (*given) co_return co_await tiered_.handle(asked, context);
    // L2 fails, but there may be room in the queue now that nobody waits for the key.
  }
  co_return failed();
}

/// The event of its end, or null if too many are under way.
std::shared_ptr<base::event<>> write_back_route::begin_store_near(model::request const& asked,
                                                                  model::request_context const& context) {
  auto done = std::make_shared<base::event<>>();
  bool const begun = stores_.start(store_near(asked, context, done));
  if (begun) return done;
  flusher_.queue().near_stored(asked.key.view(), write_back_queue::near_side::doubtful);
  return nullptr;
}

/// Goes on if the client does not: until it is answered, the queue has to know that L1 is being written.
base::task<void> write_back_route::store_near(model::request asked, model::request_context context,
                                              std::shared_ptr<base::event<>> done) {
  struct guard {
    write_back_flusher& flusher;
    base::slice key;
    write_back_queue::near_side near = write_back_queue::near_side::doubtful;
    ~guard() { flusher.queue().near_stored(key.view(), near); }
  };
  asked.expires = near_time(asked.expires, options_.l1_ttl, clock_);
  {
    guard key{flusher_, asked.key};
    model::response const answer = co_await near_.handle(asked, context);
    if (answer.hit()) key.near = write_back_queue::near_side::current;
  }
  flusher_.kick();
  done->set();
}

base::task<model::response> write_back_route::set_unless_failed(model::request const& asked,
                                                                model::request_context& context) {
  auto const kept = std::make_shared<told_later>();
  auto const item = [&] { return item_of(asked, unix_seconds(context.clock)); };
  if (flusher_.queue().find(asked.key.view())) {
    // L2 failed an older value, and this one goes the same way.
    auto const put = flusher_.queue().put(item(), telling(kept));
    if (put.store_near) {
      flusher_.queue().near_stored(asked.key.view(), write_back_queue::near_side::doubtful);
    }
    flusher_.kick();
    if (put.admitted != admission::not_queued) {
      std::optional<bool> const is_kept = co_await kept->until(flusher_.executor(), context.deadline);
      if (!is_kept) co_return unconfirmed();
      co_return *is_kept ? stored(asked) : failed();
    }
  }
  key_hold mine(flusher_, asked.key.view());
  std::optional<bool> const given = co_await mine.given(context.deadline);
  if (!given) co_return late(model::fate::never);
  if (!*given) co_return failed();
  model::request_context earlier = context.share(0.75);
  model::response answer = co_await tiered_.handle(asked, earlier);
  if (answer.status != model::status::server_error) co_return std::move(answer);
  write_back_queue::writer const bound = answer.fate == model::fate::maybe ? &flusher_ : nullptr;
  if (flusher_.queue().put_held(item(), telling(kept), bound) == admission::not_queued)
    co_return std::move(answer);
  std::optional<bool> const is_kept = co_await kept->until(flusher_.executor(), context.deadline);
  if (!is_kept) co_return unconfirmed();
  if (*is_kept) co_return stored(asked);
  co_return std::move(answer);
}

base::task<model::response> write_back_route::once_written(model::request const& asked,
                                                           model::request_context& context) {
  key_hold mine(flusher_, asked.key.view());
  std::optional<bool> const given = co_await mine.given(context.deadline);
  if (!given || !*given) co_return answer_without_far(asked, context, given.has_value());
  co_return co_await tiered_.handle(asked, context);
}

/// Binary clients ask for the cas with every get. While L2 does not give one, 0 says that there is none.
model::response write_back_route::answer_without_far(model::request const& asked,
                                                     model::request_context& context, bool far_failed) const {
  model::request plain = asked;
  plain.wanted = without(asked.wanted, want::cas);
  auto const unwritten = plain_get(plain) ? flusher_.queue().find(asked.key.view()) : nullptr;
  if (unwritten) return answer_from(*unwritten, plain, context.clock);
  return far_failed ? failed() : late(model::fate::never);
}

base::task<model::response> write_back_route::flush(model::request const& asked,
                                                    model::request_context& context) {
  std::vector<std::unique_ptr<key_hold>> all;
  for (std::string const& key : flusher_.queue().keys()) {
    all.push_back(std::make_unique<key_hold>(flusher_, key));
  }
  for (auto const& each : all) {
    std::optional<bool> const given = co_await each->given(context.deadline);
    if (!given) co_return late(model::fate::never);
    if (!*given) co_return failed();
  }
  co_return co_await tiered_.handle(asked, context);
}

void write_back_route::explain(std::string_view key, model::explanation& where) const {
  tiered_.explain(key, where);
}

void write_back_route::retire() {
  retired_ = true;
  flusher_.retire();
}

void write_back_route::stop() {
  stores_.stop();
  flusher_.stop();
}

model::response write_back_route::failed() const {
  return model::response::server_error(
      base::error_kind::refused, fmt::format("{}: what was set before could not be written to L2", name_));
}

model::response write_back_route::unconfirmed() const {
  return model::response::server_error(base::error_kind::timeout,
                                       fmt::format("{}: the journal has not confirmed it yet", name_),
                                       model::fate::maybe);
}

model::response write_back_route::late(model::fate fate) const {
  return model::response::server_error(base::error_kind::timeout,
                                       fmt::format("{}: what was set before is not yet written to L2", name_),
                                       fate);
}

}  // namespace tandem::tier
