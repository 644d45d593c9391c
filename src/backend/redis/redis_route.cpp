#include "backend/redis/redis_route.hpp"

#include "backend/redis/cluster/cluster_directory.hpp"
#include "backend/redis/flush.hpp"
#include "backend/redis/sentinel/sentinel_directory.hpp"
#include "backend/redis/single_directory.hpp"
#include "backend/told.hpp"
#include "base/sleep.hpp"
#include "protocol/redis/error_reply.hpp"
#include "protocol/redis/item_translation.hpp"
#include "protocol/redis/preambles.hpp"

#include <fmt/core.h>

#include <atomic>
#include <random>

namespace tandem::backend::redis {

namespace resp = protocol::redis;
using resp::error_code;
using resp::preamble;
using resp::script_call;

namespace {

std::unique_ptr<directory> make_directory(node_settings const& settings) {
  switch (settings.options.topology) {
    case topology::single: return std::make_unique<single_directory>(settings);
    case topology::cluster: return std::make_unique<cluster_directory>(settings);
    case topology::sentinel: return std::make_unique<sentinel_directory>(settings);
  }
  return nullptr;
}

net::held<directory> directory_of(node_settings const& settings) {
  directory::terms terms{settings.backend, settings.options, settings.upstream, settings.master};
  return settings.links.find_or_make<directory>(base::identity(std::move(terms)),
                                                [&settings] { return make_directory(settings); });
}

/// Different for every route of the process, and most likely in another process: what tells cas numbers apart
/// that are made at the same moment.
std::uint64_t next_maker() {
  static std::atomic<std::uint64_t> next{std::random_device()()};
  return next.fetch_add(1, std::memory_order_relaxed);
}

metrics::counter& redirections(metrics::worker_metrics& metrics, std::string const& backend,
                               std::string const& kind) {
  return metrics.counter(metrics::redirections_total, {{"backend", backend}, {"kind", kind}});
}

/// What an answer is worth that comes when another server is the master.
net::exchange_failure demoted() {
  return {{base::error_kind::connection_lost, "another server is the master now"}, true};
}

std::unique_ptr<resp::translation const> items_of(node_settings const& settings) {
  return std::make_unique<resp::item_translation>(settings.backend, settings.options.translation());
}

/// Whether the server has refused no more than to store this item, so that it may remove the old one.
bool may_drop_old(model::request const& asked, error_code refusal) {
  if (asked.command != model::verb::set || asked.compare_cas) return false;
  return refusal == error_code::out_of_memory || refusal == error_code::too_large ||
         refusal == error_code::other;
}

}  // namespace

/// Where a request is on its way.
struct redis_route::journey {
  journey(redis_options const& servers, unsigned again, model::request const& asked, resp::plan how)
      : client(asked.client),
        command(asked.command),
        plan(std::move(how)),
        fsm(servers.topology, model::repeatable(asked) && !plan.once, again) {}

  std::uint32_t client;
  model::verb command;
  resp::plan plan;
  retry_fsm fsm;
  node_pointer to;
  preamble before = preamble::none;
  script_call call = script_call::by_digest;
  resp::error_reply redirection;  // the last one
  base::error last{base::error_kind::connect, {}};
  bool may_lag = false;     // a replica may answer
  bool by_zone = false;     // a replica might, at first, by where it is
  bool tried = false;       // `last` is of an attempt
  bool refused = false;     // `last` is the server's answer, in `redirection`
  bool maybe_done = false;  // was sent once, and its answer lost
  write_order::ticket ticket;

  void head_for(node_pointer next, preamble said_before) {
    to = std::move(next);
    before = said_before;
    call = script_call::by_digest;
  }
};

redis_route::redis_route(std::string name, redis_options const& options,
                         net::upstream_options const& upstream, surroundings const& around,
                         flush_gate& flushes, std::shared_ptr<master_belief> master,
                         std::unique_ptr<resp::translation const> keys)
    : settings_{std::move(name),       options,       upstream,     around.reactor,
                around.worker_metrics, around.health, around.links, std::move(master)},
      translation_(keys ? std::move(keys) : items_of(settings_)),
      lanes_(around.reactor),
      flushes_(flushes),
      nodes_(directory_of(settings_)),
      metrics_(around.worker_metrics, settings_.backend),
      moved_(redirections(around.worker_metrics, settings_.backend, "moved")),
      asked_elsewhere_(redirections(around.worker_metrics, settings_.backend, "ask")),
      replica_reads_(
          around.worker_metrics.counter(metrics::replica_reads_total, {{"backend", settings_.backend}})),
      cas_(next_maker()) {
  if (options.read_from == read_from::zone) zone_reads_.emplace(around.worker_metrics, settings_.backend);
  std::string_view const structure = translation_->structure_name();
  if (!structure.empty()) structure_requests_.emplace(around.worker_metrics, settings_.backend, structure);
}

redis_route::~redis_route() = default;

base::task<model::response> redis_route::handle(model::request const& asked,
                                                model::request_context& context) {
  return ask(asked, context);
}

base::task<model::response> redis_route::ask(model::request const& asked, model::request_context& context) {
  base::time_point const started = context.clock.now();
  // Not one conditional expression: g++ 12 destroys the temporaries of a co_await inside one twice.
  model::response answered;
  if (asked.command == model::verb::flush) {
    answered = co_await flush(settings_, *nodes_, flushes_, context.clock, asked.client);
  } else {
    answered =
        co_await converse(asked, context, context.end_of_attempts(started, settings_.upstream.timeout));
  }
  metrics_.record(asked, answered, context.clock.now() - started);
  if (structure_requests_) structure_requests_->count(asked.command);
  co_return answered;
}

base::task<bool> redis_route::reach(model::request_context& context) {
  return all_masters_answer(settings_, *nodes_, context.clock);
}

base::task<model::response> redis_route::converse(model::request const& asked,
                                                  model::request_context const& context,
                                                  base::time_point deadline) {
  base::clock const& clock = context.clock;
  std::uint64_t const new_cas = model::traits(asked.command).mutates ? cas_.next(clock) : 0;
  auto planned = translation_->plan_for(asked, new_cas);
  if (!planned) co_return planned.error();
  journey at(settings_.options, settings_.upstream.retry.attempts, asked, std::move(*planned));
  std::string_view const key = at.plan.key.view();
  key_lanes::member mine(lanes_, {asked.client, key});
  co_await mine.enter(at.plan.script);
  bool const writes = model::traits(asked.command).mutates;
  at.may_lag = may_lag(asked, context);
  at.by_zone = at.may_lag && zone_reads_;
  at.head_for(choose(at), preamble::none);
  if (at.to) at.to->asked();
  if (mine.waited()) at.call = script_call::by_body;
  net::priority priority = net::priority::queued;
  for (;;) {
    step next{next_move::give_up};
    bool loads = false;  // the server has had to do with it
    if (at.to) {
      auto answered = co_await at.to->link_for(key).send(
          {end_of_attempt(deadline), replies_expected(at.plan.replies, at.before), at.client, priority, key},
          [this, &asked, &at, writes](base::output_buffer& output) {
            if (writes) at.ticket = writes_.sent(at.plan.key.view());
            translation_->encode(asked, at.plan, at.call, at.before, output);
          });
      if (answered) strip_preambles(*answered, at.before);
      if (answered && is_demoted(at)) answered = demoted();
      next = answered ? judge(at, *answered) : judge(at, answered.error());
      if (next.what == next_move::arrived) co_return arrive(asked, at, *answered);
      if (answered || !answered.error().sent) mine.refused();
      at.maybe_done |= !answered && answered.error().sent;
      loads = !answered && answered.error().sent;
    } else {
      mine.refused();
      next = at.fsm.on_no_node(random());
      if (nobody_there(at)) co_return failure(at);
    }
    if (next.map_is_stale) nodes_->suspect();
    bool const again = next.what == next_move::repeat || next.what == next_move::pause;
    if (again && loads && !at.to->allows_retry()) co_return failure(at);
    if (next.renew_link && at.to && !at.to->renew_link_for(key)) co_return failure(at);
    switch (next.what) {
      case next_move::arrived: co_return failure(at);
      case next_move::give_up:
        if (at.refused && may_drop_old(asked, at.redirection.code)) co_await drop_old(at, mine, deadline);
        co_return failure(at);
      case next_move::find_type: co_return co_await name_type(at, deadline);
      case next_move::send_body:
      case next_move::follow:
      case next_move::follow_asking:
      case next_move::repeat:
      case next_move::pause: break;
    }
    co_await mine.hold();
    if (writes && mine.overtaken()) co_return failure(at);
    if (next.what == next_move::pause) {
      base::time_point const wake = clock.now() + next.pause;
      if (wake >= deadline) co_return failure(at);
      co_await base::sleep_until(settings_.reactor, wake);
    }
    // Somebody may have read it already, and written another value since.
    if (writes && at.maybe_done && !writes_.latest(at.ticket)) co_return failure(at);
    redirect(at, next.what);
    // Before what others send after it, which it would undo.
    priority = net::priority::ahead;
  }
}

/// If it can. A later write that has been sent already is not undone, whatever became of it.
base::task<void> redis_route::drop_old(journey& at, key_lanes::member& mine, base::time_point deadline) {
  co_await mine.hold();
  for (script_call const call : {script_call::by_digest, script_call::by_body}) {
    if (!writes_.latest(at.ticket)) co_return;
    bool late = false;  // another write went out while this waited to be sent
    auto answered = co_await at.to->link_for(at.plan.key.view())
                        .send({end_of_attempt(deadline), replies_expected(1, at.before), at.client},
                              [this, &at, &late, call](base::output_buffer& output) {
                                late = !writes_.latest(at.ticket);
                                late ? translation_->encode_nothing(at.before, output)
                                     : translation_->encode_drop(at.plan, call, at.before, output);
                              });
    if (!answered || late) co_return;
    strip_preambles(*answered, at.before);
    resp::reply const& said = answered->front();
    if (!said.is_error() || resp::read_error(said.text.view()).code != error_code::no_script) co_return;
  }
}

/// Whoever changes something, or compares what it has read with what is there later, needs the authority.
bool redis_route::may_lag(model::request const& asked, model::request_context const& context) const {
  bool const reads = asked.command == model::verb::get && !includes(asked.wanted, model::want::cas);
  return reads && !context.of_authority && settings_.options.read_from != read_from::master;
}

node_pointer redis_route::choose(journey const& at) {
  node_pointer found = at.may_lag ? reader_for(at) : nodes_->node_for(at.plan.key.view());
  if (found && at.by_zone) (found->near() ? zone_reads_->near : zone_reads_->elsewhere).add();
  return found;
}

node_pointer redis_route::reader_for(journey const& at) {
  std::string_view const key = at.plan.key.view();
  node_pointer found = nodes_->replica_for(key, random());
  if (found && found->role() == node_role::replica) replica_reads_.add();
  bool const only = settings_.options.read_from == read_from::replica;
  return found || only ? found : nodes_->node_for(key);
}

/// Whether that is not going to be better soon.
bool redis_route::nobody_there(journey& at) {
  std::string of_replicas = at.may_lag ? nodes_->trouble_of_replicas(at.plan.key.view()) : "";
  bool const stays = !of_replicas.empty();
  at.last = {base::error_kind::connect, stays ? std::move(of_replicas) : nodes_->trouble()};
  return stays;
}

void redis_route::redirect(journey& at, next_move what) {
  if (what == next_move::send_body) {
    at.call = script_call::by_body;
    return;
  }
  bool const elsewhere = what == next_move::follow || what == next_move::follow_asking;
  if (!elsewhere) {
    // The replica that was asked may be the one that is in trouble.
    if (settings_.options.read_from != read_from::replica) at.may_lag = false;
    return at.head_for(choose(at), preamble::none);
  }
  resp::error_reply const& said = at.redirection;
  net::endpoint const target{said.host.empty() ? at.to->where().host : said.host, said.port, {}};
  if (what == next_move::follow_asking) {
    asked_elsewhere_.add();
    return at.head_for(nodes_->node_at(target), preamble::asking);
  }
  moved_.add();
  nodes_->moved(said.slot, target);
  at.head_for(nodes_->node_at(target), preamble::none);
}

/// Only where Sentinels name the master: each answer costs a look then.
bool redis_route::is_demoted(journey const& at) const {
  return settings_.options.topology == topology::sentinel && !nodes_->serves(*at.to);
}

/// Replies that stand in the place of an answer.
step redis_route::judge(journey& at, replies const& received) {
  for (resp::reply const& each : received) {
    if (!each.is_error()) continue;
    at.redirection = resp::read_error(each.text.view());
    at.last = {base::error_kind::refused, each.text.str()};
    at.tried = at.refused = true;
    at.to->refusals().refused(at.redirection.code, each.text.view(), at.command);
    bool const body_refused = at.redirection.code == error_code::no_script && at.call == script_call::by_body;
    return body_refused ? step{next_move::give_up} : at.fsm.on_error(at.redirection.code, random());
  }
  return {next_move::arrived};
}

step redis_route::judge(journey& at, net::exchange_failure const& failed) {
  // "No time left" tells less than what went wrong before.
  bool const new_reason = failed.reason.kind != base::error_kind::timeout || failed.sent || !at.tried;
  if (new_reason) at.last = failed.reason;
  at.tried = true;
  at.refused = false;
  return at.fsm.on_failure(failed, random());
}

model::response redis_route::arrive(model::request const& asked, journey& at, replies const& received) {
  auto answer = translation_->read(asked, at.plan, {received.data(), received.size()});
  if (answer && answer->status == model::status::too_large) {
    metrics_.passed_over();
    return model::response::server_error(base::error_kind::refused,
                                         at.to->label() + ": " + too_large_to_tell(answer->size));
  }
  if (answer) {
    using enum refusals::effect;
    if (at.to->refusals().any()) at.to->refusals().did_well(at.command, answer->hit() ? done : nothing_to_do);
    return std::move(*answer);
  }
  at.to->link_for(at.plan.key.view())
      .give_up("an answer that makes no sense for " + std::string(model::traits(asked.command).name));
  at.last = {base::error_kind::bad_reply, "the server broke its protocol"};
  at.maybe_done = true;
  return failure(at);
}

base::task<model::response> redis_route::name_type(journey const& at, base::time_point deadline) {
  std::uint32_t const replies = at.before == preamble::asking ? 2 : 1;
  auto const answered =
      co_await at.to->link_for(at.plan.key.view())
          .send({end_of_attempt(deadline), replies, at.client}, [&at](base::output_buffer& output) {
            resp::command_writer(output, at.before).command("TYPE", at.plan.key);
          });
  bool const named = answered && answered->back().is(resp::reply_kind::status);
  std::string const type = named ? answered->back().text.str() : "value of another type";
  co_return model::response::server_error(base::error_kind::refused,
                                          "backend " + settings_.backend + ": key holds a Redis " + type);
}

model::response redis_route::failure(journey const& at) const {
  if (at.redirection.code == error_code::too_large) return model::response::of(model::status::too_large);
  std::string const label = at.to ? at.to->label() : "backend " + settings_.backend;
  return model::response::server_error(at.last.kind, told(label, at.last),
                                       at.maybe_done ? model::fate::maybe : model::fate::never);
}

void redis_route::explain(std::string_view key, model::explanation& where) const {
  where.backend = settings_.backend;
  where.key = translation_->stored_key(base::slice::of_static(key)).str();
  where.structure = translation_->structure_name();
  nodes_->explain(where.key, where);
  if (settings_.options.read_from != read_from::zone) return;
  std::string const& zone = settings_.options.zones.own;
  node_pointer const reader = where.of == model::explanation::scope::now
                                  ? nodes_->replica_for(where.key, settings_.reactor.random())
                                  : nullptr;
  where.destination += reader ? fmt::format("; a get goes to server {}, {} zone {}", reader->where().str(),
                                            reader->near() ? "in" : "outside", zone)
                              : fmt::format("; a get stays in zone {} where it can", zone);
}

}  // namespace tandem::backend::redis
