#include "routing/coalesce_route.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace tandem::routing {

using model::verb;
using model::want;

struct coalesce_route::common_get {
  common_get(model::request of, model::request_context const& given) : asked(std::move(of)), context(given) {}

  bool is_like(model::request const& other) const {
    return asked.wanted == other.wanted && asked.options == other.options;
  }

  model::request const asked;
  model::request_context context;
  base::event<model::response> given;
};

/// A write that is under way: no get of its key is joined meanwhile, nor later if it was begun before.
class coalesce_route::write_guard {
 public:
  write_guard(coalesce_route& of, std::string_view key) : of_(of), place_(of.written_.insert(key)) {
    of.gets_.erase(key);
  }
  ~write_guard() { of_.written_.erase(place_); }
  write_guard(write_guard const&) = delete;
  write_guard& operator=(write_guard const&) = delete;

 private:
  coalesce_route& of_;
  written_keys::iterator const place_;
};

namespace {

/// Of who has joined: the turn to renew the item is another's.
model::response as_joined(model::response given) {
  given.claimed |= std::exchange(given.won, false);
  return given;
}

}  // namespace

coalesce_route::coalesce_route(std::string name, model::route& inner, base::executor& executor,
                               metrics::worker_metrics& metrics)
    : name_(std::move(name)),
      inner_(inner),
      executor_(executor),
      joined_(metrics.counter(metrics::coalesced_gets_total, {{"backend", name_}})),
      under_way_(gets_max, metrics.counter(metrics::coalesce_refused_total, {{"backend", name_}})) {}

coalesce_route::answer coalesce_route::handle(model::request const& asked, model::request_context& context) {
  if (asked.command == verb::flush) return flush(asked, context);
  if (!model::reads_only(asked)) return write(asked, context);
  bool const alone = flushes_ > 0 || written_.contains(asked.key.view());
  return alone || !can_be_shared(asked) ? inner_.handle(asked, context) : read(asked, context);
}

bool coalesce_route::can_be_shared(model::request const& asked) {
  constexpr want by_access = want::fetched | want::idle;
  return asked.command == verb::get && !asked.compare_cas && !asked.new_cas && asked.generation == 0 &&
         without(asked.wanted, by_access) == asked.wanted;
}

std::shared_ptr<coalesce_route::common_get> coalesce_route::joinable(
    model::request const& asked, model::request_context const& context) const {
  auto const [first, last] = gets_.equal_range(asked.key.view());
  auto const found = std::find_if(first, last, [&](auto const& each) {
    // An answer of a replica is not enough for who needs the authority.
    bool const will_do = each.second->context.of_authority || !context.of_authority;
    return will_do && each.second->is_like(asked);
  });
  return found == last ? nullptr : found->second;
}

std::shared_ptr<coalesce_route::common_get> coalesce_route::begin(model::request const& asked,
                                                                  model::request_context const& context) {
  if (!under_way_.has_room()) return nullptr;
  auto made = std::make_shared<common_get>(asked, context);
  gets_.emplace(made->asked.key.view(), made);
  std::ignore = under_way_.start(run(made));
  return made;
}

base::task<void> coalesce_route::run(std::shared_ptr<common_get> one) {
  model::response given = co_await inner_.handle(one->asked, one->context);
  auto const [first, last] = gets_.equal_range(one->asked.key.view());
  auto const mine = std::find_if(first, last, [&](auto const& each) { return each.second == one; });
  if (mine != last) gets_.erase(mine);
  one->given.set(std::move(given));
}

coalesce_route::answer coalesce_route::read(model::request const& asked, model::request_context& context) {
  for (;;) {
    std::shared_ptr<common_get> const joined = joinable(asked, context);
    if (!joined) {
      std::shared_ptr<common_get> const begun = begin(asked, context);
      if (!begun) co_return co_await inner_.handle(asked, context);
      co_return co_await begun->given;
    }
    std::optional<model::response> const given = co_await joined->given.until(executor_, context.deadline);
    if (!given) break;
    bool const time_was_short =
        given->status == model::status::server_error && joined->context.deadline <= executor_.now();
    if (time_was_short && executor_.now() < context.deadline) continue;
    joined_.add();
    co_return as_joined(*given);
  }
  co_return model::response::server_error(base::error_kind::timeout,
                                          "backend " + name_ + ": no answer in time");
}

coalesce_route::answer coalesce_route::write(model::request const& asked, model::request_context& context) {
  write_guard const guard(*this, asked.key.view());
  co_return co_await inner_.handle(asked, context);
}

coalesce_route::answer coalesce_route::flush(model::request const& asked, model::request_context& context) {
  struct guard {
    explicit guard(coalesce_route& flushed) : of(flushed) {
      ++of.flushes_;
      of.gets_.clear();
    }
    ~guard() { --of.flushes_; }
    coalesce_route& of;
  } const under_way(*this);
  co_return co_await inner_.handle(asked, context);
}

bool coalesce_route::invalidate(std::string_view, model::invalidation const&) {
  gets_.clear();
  return true;
}

}  // namespace tandem::routing
