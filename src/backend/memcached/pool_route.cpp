#include "backend/memcached/pool_route.hpp"

#include "backend/explained.hpp"

#include <algorithm>

namespace tandem::backend::memcached {
namespace {

hashing::ring_options ring_options_of(pool_options const& options) {
  hashing::ring_options ring{
      {}, options.distribution, options.hash, options.hash_tag, options.hash_without_prefix, options.points};
  for (server_options const& each : options.servers) {
    net::endpoint const& where = each.endpoint;
    ring.servers.push_back({where.host, where.port, where.path, each.weight, each.name});
  }
  return ring;
}

/// How often a key is hashed anew in search of a server that is well.
constexpr int turns_of_the_ring = 8;

}  // namespace

base::result<std::unique_ptr<pool_route>> pool_route::make(pool_servers::terms const& terms,
                                                           surroundings const& around) {
  auto ring = hashing::server_ring::make(ring_options_of(terms.options));
  if (!ring) return base::error{ring.error().kind, "backend " + terms.name + ": " + ring.error().message};
  std::unique_ptr<pool_route> made(new pool_route(terms.name, std::move(*ring), around.worker_metrics));
  made->timeout_ = terms.upstream.timeout;
  made->servers_ = around.links.find_or_make<pool_servers>(
      base::identity(terms), [&] { return std::make_unique<pool_servers>(terms, around); });
  return made;
}

pool_route::pool_route(std::string name, hashing::server_ring ring, metrics::worker_metrics& metrics)
    : name_(std::move(name)), ring_(std::move(ring)), metrics_(metrics, name_) {}

std::string pool_route::fault_of(pool_options const& options) {
  auto const ring = hashing::server_ring::make(ring_options_of(options));
  return ring ? std::string() : ring.error().message;
}

void pool_route::hold_copies(model::copy_times const& times) {
  holds_copies_ = true;
  servers_->marks().keep(times);
}

/// Requests come to these servers from now on.
void pool_route::start() {
  if (holds_copies_) servers_->begin();
}

base::task<model::response> pool_route::handle(model::request const& asked, model::request_context& context) {
  if (asked.command == model::verb::flush) return flush(asked, context);
  std::size_t const at = ring_.server_of(asked.key.view());
  if (!servers_->marks().empty()) return ask_marked(asked, context, at);
  return servers_->at(at).ask(asked, context, {timeout_, &metrics_});
}

base::task<model::response> pool_route::ask_marked(model::request const& asked,
                                                   model::request_context& context, std::size_t at) {
  if (model::retrieves(asked.command)) return read_marked(asked, context, at);
  // 0 stands for any, and for none that is outdated.
  std::uint64_t const named = model::stores(asked.command) ? asked.compare_cas.value_or(0) : 0;
  bool const refused = named != 0 && named <= servers_->marks().outdated_up_to(asked.key.view(), at);
  if (refused) return model::answer_at_once(model::response::of(model::status::exists));
  return servers_->at(at).ask(asked, context, {timeout_, &metrics_});
}

/// Looks at the marks when the answer is there: an item that was outdated meanwhile counts as outdated.
base::task<model::response> pool_route::read_marked(model::request const& asked,
                                                    model::request_context& context, std::size_t at) {
  model::request with_cas = asked;
  with_cas.wanted = asked.wanted | model::want::cas | model::want::marks;
  for (int attempt = 1;; ++attempt) {
    base::time_point const sent = context.clock.now();
    model::response answer = co_await servers_->at(at).ask(with_cas, context, {timeout_, &metrics_});
    std::uint64_t const outdated = servers_->marks().outdated_up_to(asked.key.view(), at);
    if (!answer.hit() || answer.cas > outdated) co_return std::move(answer);
    bool const undecided = outdated == invalidation_marks::unknown;
    bool const made_now = answer.won && !answer.stale && asked.vivify && !asked.recache;
    if (made_now && !undecided) servers_->marks().numbered_lower(at, sent);
    if (made_now) co_return std::move(answer);
    answer.stale = true;
    // Nor may it be answered for want of better by who is to fetch it anew.
    if (asked.vivify) answer.value = base::slice();
    if (undecided || attempt > 1 || !co_await remove_outdated(asked, context, at, answer.cas)) {
      co_return std::move(answer);
    }
    if (!asked.vivify) co_return model::response::of(model::status::not_found);
  }
}

/// Whether that very item is not there any more.
base::task<bool> pool_route::remove_outdated(model::request const& asked, model::request_context& context,
                                             std::size_t at, std::uint64_t cas) {
  model::request removal;
  removal.command = model::verb::remove;
  removal.wanted = model::want::nothing;
  removal.key = asked.key;
  removal.compare_cas = cas;
  co_return !(co_await servers_->at(at).ask(removal, context, {timeout_})).failed();
}

base::task<model::response> pool_route::flush(model::request const& asked, model::request_context& context) {
  base::time_point const started = context.clock.now();
  std::vector<base::task<model::response>> flushes;
  flushes.reserve(servers_->size());
  for (std::size_t at = 0; at < servers_->size(); ++at)
    flushes.push_back(servers_->at(at).ask(asked, context, {timeout_}));
  model::response combined = model::response::of(model::status::ok);
  bool untouched = true;
  for (model::response& each : co_await base::when_all(flushes)) {
    untouched &= each.fate == model::fate::never;
    if (each.failed() && !combined.failed()) combined = std::move(each);
  }
  if (combined.failed() && !untouched) combined.fate = model::fate::maybe;
  metrics_.record(asked, combined, context.clock.now() - started);
  co_return combined;
}

base::task<bool> pool_route::reach(model::request_context& context) {
  std::vector<base::task<bool>> questions;
  questions.reserve(servers_->size());
  for (std::size_t at = 0; at < servers_->size(); ++at)
    questions.push_back(servers_->at(at).reach(context, timeout_));
  std::vector<bool> const answered = co_await base::when_all<bool>(questions);
  co_return std::ranges::find(answered, false) == answered.end();
}

std::optional<std::size_t> pool_route::stand_in_for(std::string_view key) const {
  std::size_t const own = ring_.server_of(key);
  auto const serves = [&](std::size_t at) { return at != own && servers_->at(at).admits(key); };
  std::string hashed_anew = " ";
  hashed_anew += ring_.hashed_part_of(key);
  for (char turn = '0'; turn < '0' + turns_of_the_ring; ++turn) {
    hashed_anew.front() = turn;
    if (std::size_t const at = ring_.server_of(hashed_anew); serves(at)) return at;
  }
  // Such a ring comes back to the same few.
  for (std::size_t step = 1; step < servers_->size(); ++step) {
    if (std::size_t const at = (own + step) % servers_->size(); serves(at)) return at;
  }
  return std::nullopt;
}

void pool_route::explain_server_at(std::size_t at, std::string_view key, model::explanation& where) const {
  where.backend = name_;
  where.key = key;
  explain_server(servers_->at(at), servers_->name_of(at), key, where);
}

void pool_route::explain(std::string_view key, model::explanation& where) const {
  explain_server_at(ring_.server_of(key), key, where);
  std::string_view const hashed = ring_.hashed_part_of(key);
  if (hashed.size() == key.size()) return;
  where.destination.append(" (hashed: \"").append(hashed).append("\")");
}

}  // namespace tandem::backend::memcached
