#include "backend/redis/greeting.hpp"

#include "protocol/redis/command_writer.hpp"
#include "protocol/redis/error_reply.hpp"
#include "protocol/redis/scripts.hpp"

namespace tandem::backend::redis {

namespace resp = protocol::redis;

namespace {

/// What a Sentinel says may be outdated, and so may what it has told the server.
bool proves_master(session_options const& options) {
  return options.topology == topology::sentinel && options.role == node_role::master;
}

/// A replica of a cluster sends readers away otherwise.
bool reads_replica(session_options const& options) {
  return options.topology == topology::cluster && options.role == node_role::replica;
}

/// What is wrong with the answer to ROLE, if anything.
std::optional<net::trouble> wrong_role(resp::reply const& said) {
  bool const is_role = said.is(resp::reply_kind::array) && !said.elements.empty();
  if (!is_role) return net::trouble{net::trouble_kind::bad_protocol, "no answer to ROLE"};
  std::string const role = said.elements.front().text.str();
  if (role == "master") return std::nullopt;
  return net::trouble{net::trouble_kind::read_only, "it is not the master, its role is " + role};
}

/// The first so many replies decide whether the connection may be used.
std::uint32_t deciding_replies(session_options const& options) {
  return (options.password.empty() ? 0U : 1U) + (options.database == 0 ? 0U : 1U) +
         (proves_master(options) || reads_replica(options) ? 1U : 0U);
}

void encode_greeting(session_options const& options, std::string const& password,
                     base::output_buffer& output) {
  resp::command_writer commands(output);
  if (!password.empty()) {
    std::optional<std::string_view> name;
    if (!options.username.empty()) name = options.username;
    commands.command("AUTH", name, password);
  }
  if (options.database != 0) commands.command("SELECT", options.database);
  if (proves_master(options)) commands.command("ROLE");
  if (reads_replica(options)) commands.command("READONLY");
  for (resp::script const& each : resp::scripts_for(options.encoding))
    commands.command("SCRIPT", "LOAD", each.body);
}

}  // namespace

base::task<std::optional<net::trouble>> greet(link& through, session_options const& options) {
  std::uint32_t const deciding = deciding_replies(options);
  base::time_point const deadline =
      through.reactor().now() + std::max(through.options().connect_timeout, through.options().timeout);
  for (;;) {
    std::string const password = options.password.value();
    auto const answered = co_await through.send_greeting(
        {deadline, deciding + static_cast<std::uint32_t>(resp::script_count)},
        [&](base::output_buffer& output) { encode_greeting(options, password, output); });
    if (!answered) {
      base::error const& why = answered.error().reason;
      co_return net::trouble{net::trouble_of(why.kind), why.message};
    }
    bool const refused = !password.empty() && answered->front().is_error();
    // Ends when the file says the same twice, or no time is left.
    if (refused && options.password.renewed(password)) continue;
    for (std::uint32_t each = 0; each < deciding; ++each) {
      resp::reply const& said = (*answered)[each];
      if (said.is_error()) co_return net::trouble{net::trouble_kind::sign_in, said.text.str()};
    }
    if (proves_master(options)) {
      if (auto wrong = wrong_role((*answered)[deciding - 1])) co_return std::move(wrong);
    }
    // Whatever else was refused may be meant for scripts alone; this is meant for everything.
    resp::reply const& last = answered->back();
    bool const shut_out =
        last.is_error() && resp::read_error(last.text.view()).code == resp::error_code::not_signed_in;
    if (shut_out) co_return net::trouble{net::trouble_kind::sign_in, last.text.str()};
    co_return std::nullopt;
  }
}

}  // namespace tandem::backend::redis
