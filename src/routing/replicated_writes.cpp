// Writes: whoever takes it decides, and the others follow.
#include "routing/foreign_cas.hpp"
#include "routing/plain_removal.hpp"
#include "routing/replicated_route.hpp"

namespace tandem::routing {
namespace {

using model::fate;
using model::status;
using model::verb;

/// Whether it is the same to every replica, and leaves nothing.
bool is_plain_removal(model::request const& asked) {
  return asked.command == verb::remove && !model::compares_cas(asked) && asked.options == model::option::none;
}

/// Whether the items of the others are outdated by what came of it.
bool outdates(model::request const& asked, model::response const& given) {
  if (given.hit() || given.status == status::too_large) return true;
  return asked.command == verb::remove && given.status == status::not_found && !model::compares_cas(asked);
}

/// What leads to the same item where another one has taken the request; a removal where nothing surely does.
model::request following(model::request const& asked) {
  bool const same =
      model::stores_whole(asked.command) || model::touches(asked.command) || model::counts(asked.command);
  if (!same || includes(asked.options, model::option::invalidate)) return plain_removal(asked);
  model::request made = asked;
  if (model::stores_whole(asked.command)) made.command = verb::set;
  if (asked.command == verb::get_and_touch) made.command = verb::touch;
  made.compare_cas.reset();
  made.generation = 0;
  made.wanted = model::want::nothing;
  return made;
}

/// Whether the replica has no other item now than who has taken it.
bool is_even(model::request const& what, model::response const& given, model::response const& here) {
  if (model::counts(what.command)) return here.hit() && here.number == given.number;
  bool const absent = here.status == status::not_found;
  return here.hit() || (absent && (what.command == verb::touch || what.command == verb::remove));
}

}  // namespace

/// A write that is under way: nothing is added under its key meanwhile.
class replicated_route::write_guard {
 public:
  write_guard(replicated_route& of, std::string_view key) : of_(of), place_(of.written_.insert(key)) {}
  ~write_guard() { of_.written_.erase(place_); }
  write_guard(write_guard const&) = delete;
  write_guard& operator=(write_guard const&) = delete;

 private:
  replicated_route& of_;
  std::unordered_multiset<std::string_view>::iterator const place_;
};

base::task<model::response> replicated_route::write(model::request const& asked,
                                                    model::request_context const& context) {
  auto const told = std::make_shared<told_event>();
  if (writes_.start(work(asked, context, told))) co_return co_await *told;
  co_return model::response::server_error(base::error_kind::overload,
                                          "backend " + name_ + ": too many writes under way");
}

base::task<void> replicated_route::work(model::request asked, model::request_context context,
                                        std::shared_ptr<told_event> told) {
  write_guard const guard(*this, asked.key.view());
  if (auto const refilled = refilled_.find(asked.key.str()); refilled != refilled_.end()) {
    auto const over = refilled->second;
    bool const in_time = co_await over->until(executor_, context.deadline);
    if (!in_time) {
      co_return told->set(model::response::server_error(
          base::error_kind::timeout,
          "backend " + name_ + ": the key is still being copied to another replica"));
    }
  }
  model::response answer;
  // Of flushes and removals the first is last, so that what others have is not taken from it meanwhile.
  if (asked.command == verb::flush || is_plain_removal(asked)) {
    answer = co_await remove(asked, context);
  } else {
    answer = co_await store(asked, context);
  }
  told->set(std::move(answer));
}

base::task<model::response> replicated_route::store(model::request const& asked,
                                                    model::request_context& context) {
  std::size_t taker = 0;
  model::response given = co_await take(asked, context, taker);
  if (given.failed() || !outdates(asked, given)) co_return std::move(given);
  model::response others = co_await follow(asked, given, taker, context);
  bool const forgiven = options_.write == replicated_write::one && asked.command != verb::remove;
  if (!others.failed() || forgiven) co_return std::move(given);
  others.status = status::server_error;
  others.fate = fate::maybe;
  co_return std::move(others);
}

base::task<model::response> replicated_route::take(model::request const& asked,
                                                   model::request_context& context, std::size_t& taker) {
  model::request_context earlier = context.share(0.5);
  model::response given = co_await all_.front()->handle(asked, earlier);
  if (options_.write == replicated_write::all || is_bound_by_cas(asked)) co_return std::move(given);
  bool maybe_done = given.fate == fate::maybe;
  for (std::size_t at = 1; at < all_.size() && given.status == status::server_error; ++at) {
    if (maybe_done && !traits(asked.command).idempotent) break;
    model::request_context share = context.share(0.5);
    model::response next = co_await all_[at]->handle(asked, share);
    maybe_done |= next.fate == fate::maybe;
    if (next.failed()) continue;
    taker = at;
    given = with_foreign_cas(std::move(next));
  }
  if (given.failed() && maybe_done) given.fate = fate::maybe;
  co_return std::move(given);
}

base::task<model::response> replicated_route::follow(model::request const& asked,
                                                     model::response const& given, std::size_t taker,
                                                     model::request_context& context) {
  model::request const removal = plain_removal(asked);
  model::request const same = following(asked);
  bool const spreads = options_.write == replicated_write::all && given.hit();
  if (!spreads || same.command == verb::remove) co_return co_await remove(removal, context, taker);
  std::vector<base::task<model::response>> pending;
  pending.reserve(all_.size());
  for (std::size_t at = 0; at < all_.size(); ++at) {
    if (at != taker) pending.push_back(follow_one(same, given, at, context));
  }
  std::vector<model::response> answers = co_await base::when_all<model::response>(pending);
  for (model::response& each : answers) {
    if (each.failed()) co_return std::move(each);
  }
  co_return model::response();
}

base::task<model::response> replicated_route::follow_one(model::request const& what,
                                                         model::response const& given, std::size_t at,
                                                         model::request_context& context) {
  model::request_context share = context.share(0.6);
  model::response const here = co_await all_[at]->handle(what, share);
  if (is_even(what, given, here)) co_return model::response();
  model::request const removal = plain_removal(what);
  model::response gone = co_await all_[at]->handle(removal, context);
  if (gone.failed()) metrics_[at].missed.add();
  co_return std::move(gone);
}

base::task<model::response> replicated_route::remove(model::request const& what,
                                                     model::request_context& context,
                                                     std::optional<std::size_t> but) {
  bool const several = all_.size() - (but ? 1 : 0) > 1;
  bool const back = options_.read != replicated_read::first && several;
  std::size_t const steps = all_.size() + (back ? all_.size() - 1 : 0);
  std::optional<model::response> failure;
  bool removed = false;
  bool any = false;  // may have been done somewhere
  for (std::size_t step = 0; step < steps; ++step) {
    std::size_t const at = step < all_.size() ? all_.size() - 1 - step : step - all_.size() + 1;
    if (at == but) continue;
    model::request_context share = context.share(1.0 / static_cast<double>(steps - step));
    model::response given = co_await all_[at]->handle(what, share);
    removed |= given.hit();
    any |= given.fate != fate::never;
    if (!given.failed()) continue;
    metrics_[at].missed.add();
    failure = std::move(given);
  }
  if (!failure) co_return model::response::of(removed ? status::ok : status::not_found);
  if (any) failure->fate = fate::maybe;
  co_return *std::move(failure);
}

}  // namespace tandem::routing
