#include "backend/redis/node_links.hpp"

#include "backend/reconnect.hpp"
#include "protocol/redis/error_reply.hpp"

namespace tandem::backend::redis {
namespace {

/// One that is needed so long after the last was allowed is the first of a new trouble.
constexpr base::duration renewals_forgotten_after = std::chrono::seconds(10);

/// So many in a row may each find what the last did not: some 200 ms.
constexpr unsigned renewals_hopeful = 3;

/// Whatever else it refuses, it is there.
bool is_well(protocol::redis::reply const& said) {
  using protocol::redis::error_code;
  if (!said.is_error()) return true;
  error_code const why = protocol::redis::read_error(said.text.view()).code;
  return why != error_code::loading && why != error_code::master_down;
}

}  // namespace

node_links::node_links(surroundings const& around, net::server_name const& first, terms const& on)
    : net::link_set<codec>(around.health, around.worker_metrics, base::identity(on), first, on.upstream),
      reactor_(around.reactor),
      session_(on.session),
      pause_(jittered_pauses(on.upstream)),
      renewals_(on.upstream.connections),
      refusals_(on.session.topology, around.reactor, watched()) {
  net::pipeline_options const options{on.where, on.upstream, watched(), jittered_pauses(on.upstream)};
  for (std::size_t count = 0; count < on.upstream.connections; ++count) {
    add(std::make_unique<link>(
        around.reactor, options, [this] { return codec(session_.value_max); },
        [this](link& through) { return greet(through, session_); }));
  }
  probe_with({"*1\r\n$4\r\nPING\r\n", is_well});
}

bool node_links::renew_link_for(std::string_view key) {
  std::size_t const index = index_for(key);
  renewals& made = renewals_[index];
  base::time_point const now = reactor_.now();
  if (now < made.next) return made.in_row < renewals_hopeful;
  if (!at(index).renew()) return true;
  if (now - made.next > renewals_forgotten_after) made.in_row = 0;
  made.next = now + pause_(made.in_row++);
  return true;
}

}  // namespace tandem::backend::redis
