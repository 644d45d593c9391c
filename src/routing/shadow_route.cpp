#include "routing/shadow_route.hpp"

#include "hashing/murmur3.hpp"
#include "routing/plain_removal.hpp"

#include <cstdlib>
#include <tuple>
#include <utility>

namespace tandem::routing {

using model::status;
using model::verb;
using model::want;

class shadow_route::held_bytes {
 public:
  held_bytes(std::size_t& total, std::size_t bytes) : total_(total), bytes_(bytes) { total_ += bytes_; }
  ~held_bytes() { total_ -= bytes_; }
  held_bytes(held_bytes const&) = delete;
  held_bytes& operator=(held_bytes const&) = delete;

 private:
  std::size_t& total_;
  std::size_t const bytes_;
};

namespace {

/// By which the times of two items differ that were stored by the same request, and read one after the other.
constexpr std::int64_t ttl_tolerance = 2;

/// Whether the other is to be asked, by what came of it.
bool leads_to_copy(verb command, model::response const& given) {
  if (command == verb::remove) return given.status != status::client_error;
  return model::retrieves(command) ? !given.failed() : given.hit();
}

/// What the other is asked: the same, but that what was stored is set, and no cas is compared.
model::request copy_of(model::request const& asked) {
  model::request made = asked;
  if (model::stores_whole(asked.command)) made.command = verb::set;
  if (asked.compare_cas) made.options = without(made.options, model::option::invalidate);
  made.compare_cas.reset();
  made.generation = 0;
  return made;
}

bool same_time(std::int64_t one, std::int64_t other) {
  bool const either_stays = one < 0 || other < 0;
  return either_stays ? one == other : std::abs(one - other) <= ttl_tolerance;
}

}  // namespace

shadow_route::shadow_route(std::string const& name, shadow_options const& options, model::route& to,
                           model::route& copy_to, metrics::worker_metrics& metrics)
    : options_(options),
      to_(to),
      copy_to_(copy_to),
      copies_(metrics.counter(metrics::shadow_copies_total, {{"backend", name}})),
      dropped_(metrics.counter(metrics::shadow_dropped_total, {{"backend", name}})),
      compared_(metrics.counter(metrics::shadow_compared_total, {{"backend", name}})),
      differences_{
          metrics.counter(metrics::shadow_differences_total, {{"backend", name}, {"kind", "presence"}}),
          metrics.counter(metrics::shadow_differences_total, {{"backend", name}, {"kind", "value"}}),
          metrics.counter(metrics::shadow_differences_total, {{"backend", name}, {"kind", "flags"}}),
          metrics.counter(metrics::shadow_differences_total, {{"backend", name}, {"kind", "ttl"}})},
      under_way_(copies_max, dropped_) {}

bool shadow_route::is_copied(std::string_view key) const {
  hashing::murmur3 hash;
  for (char const each : key) hash.append(static_cast<std::uint8_t>(each));
  constexpr double hashes = 4294967296.0;
  return hash.value() < options_.share * hashes;
}

bool shadow_route::is_copied(model::request const& asked) const {
  if (asked.command == verb::debug) return false;
  return asked.command == verb::flush || is_copied(asked.key.view());
}

base::task<model::response> shadow_route::handle(model::request const& asked,
                                                 model::request_context& context) {
  return is_copied(asked) ? ask(asked, context) : to_.handle(asked, context);
}

base::task<model::response> shadow_route::ask(model::request const& asked, model::request_context& context) {
  model::response given = co_await to_.handle(asked, context);
  if (leads_to_copy(asked.command, given)) begin(copy_of(asked), given, context.clock);
  co_return std::move(given);
}

void shadow_route::begin(model::request copy, model::response const& given, base::clock const& clock) {
  std::optional<model::response> to_compare;
  if (options_.compare && model::retrieves(copy.command)) to_compare = given;
  std::size_t const bytes = copy.value.size() + (to_compare ? to_compare->value.size() : 0);
  if (bytes_ + bytes > bytes_max) return dropped_.add();
  if (!under_way_.has_room()) return;
  copies_.add();
  std::ignore = under_way_.start(run(std::move(copy), std::move(to_compare), clock, bytes));
}

base::task<void> shadow_route::run(model::request copy, std::optional<model::response> given,
                                   base::clock const& clock, std::size_t bytes) {
  held_bytes const held(bytes_, bytes);
  model::request_context context{clock};
  model::response const other = co_await copy_to_.handle(copy, context);
  if (given && !other.failed()) compare(copy, *given, other);
  if (other.status != status::too_large) co_return;
  // Else it would have the item before for the new one.
  model::request const removal = plain_removal(copy);
  co_await copy_to_.handle(removal, context);
}

void shadow_route::compare(model::request const& asked, model::response const& given,
                           model::response const& other) {
  compared_.add();
  if (given.hit() != other.hit()) return differences_.presence.add();
  if (!given.hit()) return;
  if (includes(asked.wanted, want::value)) {
    if (given.value.view() != other.value.view()) differences_.value.add();
    if (given.flags != other.flags) differences_.flags.add();
  }
  if (includes(asked.wanted, want::ttl) && !same_time(given.ttl, other.ttl)) differences_.ttl.add();
}

void shadow_route::explain(std::string_view key, model::explanation& where) const {
  to_.explain(key, where);
  if (!is_copied(key)) return;
  model::explanation copied;
  copied.of = where.of;
  copy_to_.explain(key, copied);
  where.destination += "; copied to " + copied.backend + ", " + copied.destination;
}

}  // namespace tandem::routing
