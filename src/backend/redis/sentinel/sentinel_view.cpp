#include "backend/redis/sentinel/sentinel_view.hpp"

#include "protocol/redis/command_writer.hpp"

#include <charconv>
#include <optional>
#include <string>

namespace tandem::backend::redis {

using protocol::redis::reply;
using protocol::redis::reply_kind;

namespace {

base::error no_view(std::string_view why) { return {base::error_kind::bad_reply, std::string(why)}; }

template <class Number>
std::optional<Number> number_in(std::string_view text) {
  Number found{};
  auto const [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), found);
  if (wrong != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return found;
}

/// [host, port], both as text.
std::optional<net::endpoint> read_address(reply const& received) {
  if (!received.is(reply_kind::array) || received.elements.size() != 2) return std::nullopt;
  reply const& host = received.elements[0];
  reply const& port = received.elements[1];
  if (!host.is(reply_kind::string) || host.text.empty() || !port.is(reply_kind::string)) return std::nullopt;
  auto const number = number_in<std::uint16_t>(port.text.view());
  if (!number || *number == 0) return std::nullopt;
  return net::endpoint{host.text.str(), *number, {}};
}

/// The value of a field in [name, value, name, value, ...]; null if it has none.
reply const* field(reply const& fields, std::string_view name) {
  if (!fields.is(reply_kind::array)) return nullptr;
  for (std::size_t each = 0; each + 1 < fields.elements.size(); each += 2) {
    if (fields.elements[each].text.view() == name) return &fields.elements[each + 1];
  }
  return nullptr;
}

/// [fields of one, fields of another, ...]. Whether it may be read it is asked itself.
std::vector<net::endpoint> read_replicas(reply const& received) {
  std::vector<net::endpoint> found;
  if (!received.is(reply_kind::array)) return found;
  for (reply const& each : received.elements) {
    reply const* const host = field(each, "ip");
    reply const* const port = field(each, "port");
    if (!host || host->text.empty() || !port) continue;
    std::uint16_t const number = number_in<std::uint16_t>(port->text.view()).value_or(0);
    if (number == 0 || found.size() == sentinel_view::replicas_max) continue;
    found.push_back({host->text.str(), number, {}});
  }
  return found;
}

}  // namespace

void sentinel_view::ask(std::string_view master, base::output_buffer& output) {
  protocol::redis::command_writer commands(output);
  commands.command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", master);
  commands.command("SENTINEL", "MASTER", master);
  commands.command("SENTINEL", "REPLICAS", master);
}

base::result<sentinel_view> sentinel_view::read(std::span<reply const> received) {
  if (received.size() != replies) return no_view("no answer to SENTINEL");
  for (reply const& each : received) {
    if (each.is_error()) return no_view(each.text.view());
  }
  if (received[0].is(reply_kind::nil)) return no_view("it knows no master of that name");
  auto master = read_address(received[0]);
  reply const* const epoch = field(received[1], "config-epoch");
  auto const number = epoch ? number_in<std::uint64_t>(epoch->text.view()) : std::nullopt;
  if (!master || !number) return no_view("no answer to SENTINEL");
  return sentinel_view{*std::move(master), *number, read_replicas(received[2])};
}

}  // namespace tandem::backend::redis
