#include "backend/redis/flush.hpp"

#include "backend/told.hpp"
#include "protocol/redis/command_writer.hpp"
#include "protocol/redis/error_reply.hpp"

#include <algorithm>

namespace tandem::backend::redis {

namespace resp = protocol::redis;
using model::response;
using resp::reply;
using resp::reply_kind;

namespace {

/// Keys that one SCAN looks at; so many deletions, at most about that, are one write.
constexpr int scanned_keys = 500;

response refused(node_settings const& settings, std::string_view reason) {
  return response::server_error(base::error_kind::refused, std::string(reason) + settings.backend);
}

response failed_at(node const& one, base::error_kind kind, std::string_view reason,
                   model::fate fate = model::fate::never) {
  return response::server_error(kind, told(one.label(), {kind, std::string(reason)}), fate);
}

/// What a command that failed answers; none if it did not.
std::optional<response> failure(node& one, net::exchange<codec>::result const& answered) {
  if (!answered) {
    net::exchange_failure const& why = answered.error();
    return failed_at(one, why.reason.kind, why.reason.message,
                     why.sent ? model::fate::maybe : model::fate::never);
  }
  for (reply const& each : *answered) {
    if (!each.is_error()) continue;
    one.refusals().refused(resp::read_error(each.text.view()).code, each.text.view(), model::verb::flush);
    return failed_at(one, base::error_kind::refused, each.text.view());
  }
  return std::nullopt;
}

bool is_scan_page(reply const& page) {
  return page.is(reply_kind::array) && page.elements.size() == 2 && page.elements[0].is(reply_kind::string) &&
         page.elements[1].is(reply_kind::array);
}

base::task<response> flush_database(node_pointer one, node_settings const& settings, std::uint32_t client) {
  auto const answered = co_await one->any_link().send(
      {settings.reactor.now() + settings.upstream.timeout, 1, client},
      [](base::output_buffer& output) { resp::command_writer(output).command("FLUSHDB", "ASYNC"); });
  auto failed = failure(*one, answered);
  if (!failed) one->refusals().did_well(model::verb::flush, refusals::effect::done);
  co_return failed ? std::move(*failed) : response();
}

/// One by one, since the keys of a cluster node lie in different slots.
base::task<std::optional<response>> unlink(node& one, std::vector<reply> const& keys,
                                           base::time_point deadline, std::uint32_t client) {
  if (keys.empty()) co_return std::nullopt;
  auto const answered = co_await one.any_link().send(
      {deadline, static_cast<std::uint32_t>(keys.size()), client}, [&keys](base::output_buffer& output) {
        resp::command_writer commands(output);
        for (reply const& key : keys) commands.command("UNLINK", key.text);
      });
  co_return failure(one, answered);
}

/// Once some have gone, a failure is one of a flush that was begun.
base::task<response> delete_keys(node_pointer one, node_settings const& settings, std::uint32_t client) {
  auto fate = model::fate::never;
  auto const ended = [&fate](response failed) {
    if (failed.fate == model::fate::never) failed.fate = fate;
    return failed;
  };
  std::string const pattern = keys_under(settings.options.key_prefix);
  base::slice cursor = base::slice::of_static("0");
  do {
    auto const deadline = settings.reactor.now() + settings.upstream.timeout;
    auto const answered =
        co_await one->any_link().send({deadline, 1, client}, [&](base::output_buffer& output) {
          resp::command_writer(output).command("SCAN", cursor, "MATCH", pattern, "COUNT", scanned_keys);
        });
    if (auto failed = failure(*one, answered)) co_return ended(std::move(*failed));
    reply const& page = answered->front();
    if (!is_scan_page(page))
      co_return ended(failed_at(*one, base::error_kind::bad_reply, "no answer to SCAN"));
    cursor = page.elements[0].text;
    if (auto failed = co_await unlink(*one, page.elements[1].elements, deadline, client))
      co_return ended(std::move(*failed));
    if (!page.elements[1].elements.empty()) fate = model::fate::maybe;
  } while (cursor.view() != "0");
  co_return response();
}

/// All at once; the first failure is the answer.
base::task<response> flush_masters(node_settings const& settings, directory& nodes, base::clock const& clock,
                                   std::uint32_t client) {
  auto const masters = co_await nodes.masters(clock.now() + settings.upstream.timeout);
  if (masters.empty()) co_return refused(settings, "no node is known of backend ");
  bool const scans = settings.options.flush == flush_policy::scan;
  std::vector<base::task<response>> flushes;
  flushes.reserve(masters.size());
  for (node_pointer const& each : masters)
    flushes.push_back(scans ? delete_keys(each, settings, client) : flush_database(each, settings, client));
  response combined;
  bool untouched = true;
  for (response& each : co_await base::when_all(flushes)) {
    untouched &= each.fate == model::fate::never;
    if (each.failed() && !combined.failed()) combined = std::move(each);
  }
  if (combined.failed() && !untouched) combined.fate = model::fate::maybe;
  if (combined.failed()) co_return combined;
  for (node_pointer const& each : masters) {
    if (nodes.serves(*each)) continue;
    co_return failed_at(*each, base::error_kind::connection_lost, "another server is the master now",
                        model::fate::maybe);
  }
  co_return response();
}

base::task<bool> answers(node_pointer one, base::time_point deadline) {
  auto const answered = co_await one->any_link().send(
      {deadline}, [](base::output_buffer& output) { resp::command_writer(output).command("PING"); });
  co_return answered && !answered->front().is_error();
}

response response_of(flush_gate::failure const& made) {
  return made ? response::server_error(made->kind, made->message, model::fate::maybe) : response();
}

flush_gate::failure failure_of(response const& made) {
  if (!made.failed()) return std::nullopt;
  return base::error{made.failure, made.message.str()};
}

}  // namespace

base::task<bool> all_masters_answer(node_settings const& settings, directory& nodes,
                                    base::clock const& clock) {
  base::time_point const deadline = clock.now() + settings.upstream.timeout;
  auto const masters = co_await nodes.masters(deadline);
  std::vector<base::task<bool>> questions;
  questions.reserve(masters.size());
  for (node_pointer const& each : masters) questions.push_back(answers(each, deadline));
  std::vector<bool> const answered = co_await base::when_all<bool>(questions);
  bool const all = !masters.empty() && std::ranges::find(answered, false) == answered.end();
  if (!all) co_return false;
  co_return std::ranges::all_of(masters, [&](auto const& each) { return nodes.serves(*each); });
}

std::string keys_under(std::string_view prefix) {
  std::string pattern;
  for (char const byte : prefix) {
    if (std::string_view("*?[]\\").find(byte) != std::string_view::npos) pattern += '\\';
    pattern += byte;
  }
  return pattern + '*';
}

base::task<response> flush(node_settings const& settings, directory& nodes, flush_gate& gate,
                           base::clock const& clock, std::uint32_t client) {
  flush_policy const policy = settings.options.flush;
  if (policy == flush_policy::refuse) co_return refused(settings, "flush_all is disabled for backend ");
  if (policy == flush_policy::flushdb) co_return co_await flush_masters(settings, nodes, clock, client);

  flush_gate::pass mine(gate, settings.reactor);
  std::optional<flush_gate::failure> const shared = co_await mine;
  if (shared) co_return response_of(*shared);
  response made = co_await flush_masters(settings, nodes, clock, client);
  mine.done(failure_of(made));
  co_return std::move(made);
}

}  // namespace tandem::backend::redis
