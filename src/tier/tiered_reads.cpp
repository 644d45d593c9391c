// Reads: L1, else L2 and then a fill.
#include "base/sleep.hpp"
#include "tier/tiered_route.hpp"
#include "tier/write_back/write_back_queue.hpp"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

namespace tandem::tier {
namespace {

using model::status;
using model::want;
using namespace std::chrono_literals;

/// Between looks for another's fill; the last one again and again.
constexpr std::array<std::chrono::milliseconds, 3> pauses{5ms, 10ms, 20ms};
constexpr std::size_t looks_max = 256;
constexpr unsigned looks_at_aged_max = 2;

/// So many are answered what is old since others fetch it; then one fetches it, too.
constexpr unsigned others_max = 32;
constexpr base::duration patience_min = 35ms;

/// Whether L1 knows all that the answer is to tell. What only memcached can do is L2's to refuse, by its name.
bool near_can_tell(model::request const& asked) {
  constexpr auto known = want::value | want::cas | want::size | want::created | want::marks;
  bool const only_known = without(asked.wanted, known) == want::nothing;
  bool const plain = model::reads_only(asked) && !asked.new_cas && !asked.compare_cas;
  constexpr auto harmless = model::option::unseen | model::option::ttl_first | model::option::recache_first;
  return only_known && plain && without(asked.options, harmless) == model::option::none;
}

/// The time that L2's item has left. More than memcached takes for relative is as good as the most that it does.
model::exptime remaining(model::response const& far) {
  if (far.ttl < 0) return model::exptime();
  return model::exptime(std::clamp<std::int64_t>(far.ttl, 1, model::exptime::relative_max));
}

}  // namespace

/// A placeholder that is ours to replace, or an old item. If nobody does (the client went away, L2 failed), the one is taken
/// away, and the other offered to whoever comes next, so that others need not wait.
class tiered_route::lease_guard {
 public:
  lease_guard(tiered_route& of, near_key key, near_answer const& found)
      : of_(of), key_(std::move(key)), token_(found.token), of_old_(found.has_old()) {}
  ~lease_guard() {
    auto const token = take();
    if (!token) return;
    std::ignore = of_.give_ups_.start(of_old_ ? of_.offer(key_, *token) : of_.give_up(key_, *token, false));
  }
  lease_guard(lease_guard const&) = delete;
  lease_guard& operator=(lease_guard const&) = delete;

  std::optional<near_token> take() { return std::exchange(token_, std::nullopt); }
  void end(bool is_nothing) {
    auto const token = take();
    if (token) std::ignore = of_.give_ups_.start(of_.give_up(key_, *token, is_nothing));
  }

 private:
  tiered_route& of_;
  near_key key_;
  std::optional<near_token> token_;
  bool const of_old_;
};

base::task<model::response> tiered_route::read(model::request const& asked, model::request_context& context) {
  using kind = near_answer::kind;
  if (!near_can_tell(asked)) co_return co_await read_far(asked, context);
  bool const wants_cas = includes(asked.wanted, want::cas);
  if (wants_cas && !l1_.leases()) co_return co_await read_far(asked, context);
  base::time_point const near_deadline = context.share(0.5).deadline;
  std::optional<base::time_point> patient_until;
  unsigned ages = 0;
  for (std::size_t waits = 0; flushes_ == 0 && !l1_.blocked(asked.key.view()); ++waits) {
    near_answer const found = co_await l1_.read(near_key(asked, near_deadline), asked.options);
    switch (found.what) {
      case kind::item:
        if (wants_cas && found.item.cas == 0) co_return co_await read_far(asked, context);
        l1_.metrics().near_hits.add();
        co_return answer_from(found, asked);
      case kind::nothing: l1_.metrics().misses.add(); co_return model::response::of(status::not_found);
      case kind::ours:
        if (found.has_old()) co_return co_await refresh(asked, context, found);
        [[fallthrough]];
      case kind::absent: co_return co_await fetch(asked, context, found);
      case kind::unusable: l1_.metrics().near_failures.add(); co_return co_await read_far(asked, context);
      case kind::aged:
        // Marked by the first who finds it, so that one of those who read it next fetches it anew.
        co_await l1_.offer(near_key(asked, near_deadline), *found.token);
        if (++ages <= looks_at_aged_max) continue;
        co_return co_await read_far(asked, context);
      case kind::taken: break;
    }
    base::time_point const now = executor_.now();
    if (found.has_old() && stale_->lately(now)) {
      // Whoever was to fetch it may be gone, and L2 well for this key.
      if (++answered_for_others_ % others_max == 0) co_return co_await refresh(asked, context, found);
      co_return stale_answer(found, asked, l1_.metrics().stale_while_refreshing);
    }
    if (!patient_until) patient_until = std::min(now + fill_patience(), near_deadline);
    if (now >= *patient_until || waits == looks_max) {
      // Whoever was to fetch it anew may be gone.
      if (found.has_old()) co_return co_await refresh(asked, context, found);
      co_return co_await read_far(asked, context);
    }
    l1_.metrics().waits.add();
    base::duration const pause = pauses[std::min(waits, pauses.size() - 1)];
    co_await base::sleep_until(executor_, std::min(now + pause, *patient_until));
  }
  l1_.metrics().near_failures.add();
  if (l1_.serves_stale() && flushes_ == 0) co_return co_await read_doubted(asked, context);
  co_return co_await read_far(asked, context);
}

model::response tiered_route::answer_from(near_answer const& found, model::request const& asked) {
  model::response made;
  made.flags = found.flags;
  made.cas = found.item.cas;
  made.size = static_cast<std::uint32_t>(found.item.value.size());
  if (includes(asked.wanted, want::value)) made.value = found.item.value;
  return made;
}

/// For how long another's fill is waited for. Were it less than L2 takes, all who ask for a key that L1 has lost would ask L2
/// for it; much more than that, and whoever had the lease will not fill L1 any more.
base::duration tiered_route::fill_patience() const { return std::max(patience_min, 2 * far_time_); }

base::task<model::response> tiered_route::read_far(model::request const& asked,
                                                   model::request_context& context) {
  context.of_authority = true;
  model::response far = co_await far_.handle(asked, context);
  if (far.hit()) l1_.metrics().far_hits.add();
  if (far.status == status::not_found) l1_.metrics().misses.add();
  co_return std::move(far);
}

base::task<model::response> tiered_route::fetch(model::request const& asked, model::request_context& context,
                                                near_answer found) {
  lease_guard lease(*this, near_key(asked), found);
  // What is put from now on makes the token void, or has the key removed.
  bool const is_current = !unwritten_ || !unwritten_->find(asked.key.view());
  base::time_point const started = clock_.now();
  model::request whole = asked;
  whole.wanted = asked.wanted | want::value | want::cas | want::ttl;
  model::response far = co_await read_far(whole, context);
  bool const is_usable = is_current && in_time(started);
  if (!far.failed()) far_time_ = std::max(clock_.now() - started, far_time_ * 7 / 8);
  if (far.status == status::not_found) lease.end(is_usable);
  if (!far.hit()) co_return std::move(far);
  auto const time = l1_.time_for(remaining(far), started);
  auto const token = lease.take();
  if (is_usable && time.count() > 0 && (token || !l1_.leases())) {
    bool const waits = !fills_.has_room();
    auto work = fill(near_key(asked, waits ? context.deadline : model::no_deadline),
                     {near_item::kind::item, far.cas, far.value}, far.flags, time, token);
    if (waits) {
      co_await work;
    } else {
      std::ignore = fills_.start(std::move(work));
    }
  } else if (token) {
    std::ignore = give_ups_.start(give_up(near_key(asked), *token, false));
  }
  if (!includes(asked.wanted, want::value)) far.value = base::slice();
  co_return std::move(far);
}

/// Of a key that is not to be read in L1, and L2 with it: it may hold what L2 has not yet executed.
base::task<model::response> tiered_route::read_doubted(model::request const& asked,
                                                       model::request_context& context) {
  model::request_context earlier = context.share(0.9);
  model::response far = co_await read_far(asked, earlier);
  bool const is_near_sure = flushes_ == 0 && !l1_.misses(asked.key.view());
  // Who has been told what L2 has is not to be told what L1 has after that.
  if (far.status != status::server_error) co_await l1_.remove(near_key(asked, context.deadline));
  if (far.status != status::server_error || !is_near_sure) co_return std::move(far);
  near_answer const found = co_await l1_.read(near_key(asked, context.deadline), asked.options);
  bool const is_ours = found.what == near_answer::kind::ours;
  lease_guard const lease(*this, near_key(asked), is_ours ? found : near_answer{near_answer::kind::absent});
  if (!found.has_old() || l1_.misses(asked.key.view())) co_return std::move(far);
  co_return better_than_failure(std::move(far), found, asked);
}

base::task<void> tiered_route::fill(near_key of, near_item item, std::uint32_t flags,
                                    std::chrono::seconds time, std::optional<near_token> token) {
  model::response const answer = co_await l1_.fill(of, item, flags, time, token);
  bool const failed = answer.failed() || answer.status == status::too_large;
  metrics::counter& counter = answer.hit() ? l1_.metrics().fills
                              : failed     ? l1_.metrics().fills_failed
                                           : l1_.metrics().fills_refused;
  counter.add();
  // It lives in L2 alone; nobody is to wait for its placeholder.
  if (answer.status == status::too_large && token) co_await l1_.give_up(of, *token, false);
}

base::task<void> tiered_route::give_up(near_key of, near_token token, bool is_nothing) {
  co_await l1_.give_up(of, token, is_nothing);
}

base::task<void> tiered_route::offer(near_key of, near_token token) { co_await l1_.offer(of, token); }

}  // namespace tandem::tier
