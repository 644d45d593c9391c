#include "backend/redis/invalidation/subscription_fsm.hpp"

#include "protocol/redis/command_writer.hpp"

#include <algorithm>

namespace tandem::backend::redis {
namespace {

using protocol::redis::reply_kind;

/// Where Redis publishes the keys that it tracks for connections of RESP2.
constexpr std::string_view tracking_channel = "__redis__:invalidate";

/// The word that an array begins with; empty for any other reply.
std::string_view first_word(protocol::redis::reply const& received) {
  if (!received.is(reply_kind::array) || received.elements.empty()) return {};
  auto const& first = received.elements.front();
  return first.is(reply_kind::string) ? first.text.view() : std::string_view();
}

bool ends_subscription(std::string_view word) { return word == "unsubscribe" || word == "sunsubscribe"; }

}  // namespace

void subscription_fsm::begin(base::output_buffer& output) {
  awaited_.clear();
  protocol::redis::command_writer commands(output);
  if (!options_.password.empty()) {
    std::optional<std::string_view> name;
    if (!options_.username.empty()) name = options_.username;
    password_ = options_.password.value();
    commands.command("AUTH", name, password_);
    awaited_.push_back(step::auth);
  }
  if (purpose_ == link_purpose::track) {
    commands.command("CLIENT", "ID");
    awaited_.push_back(step::client_id);
    return;  // goes on with the answer
  }
  if (purpose_ == link_purpose::listen) {
    subscribe(channel_, output);
    if (cluster()) {
      commands.command("SSUBSCRIBE", channel_);
      awaited_.push_back(step::shard_subscribe);
    }
  }
  beat(output);
}

void subscription_fsm::subscribe(std::string_view channel, base::output_buffer& output) {
  protocol::redis::command_writer(output).command("SUBSCRIBE", channel);
  awaited_.push_back(step::subscribe);
}

void subscription_fsm::track(std::int64_t connection, base::output_buffer& output) {
  std::optional<std::tuple<std::string_view, std::string_view>> prefix;
  if (!options_.key_prefix.empty()) prefix.emplace("PREFIX", options_.key_prefix);
  protocol::redis::command_writer(output).command("CLIENT", "TRACKING", "ON", "REDIRECT", connection, "BCAST",
                                                  prefix);
  awaited_.push_back(step::tracking);
  subscribe(tracking_channel, output);
  beat(output);
}

void subscription_fsm::beat(base::output_buffer& output) {
  protocol::redis::command_writer commands(output);
  if (purpose_ == link_purpose::scout) {
    commands.command("CLUSTER", "SLOTS");
  } else {
    commands.command("PING");
  }
  awaited_.push_back(step::heartbeat);
}

void subscription_fsm::on_reply(reply const& received, base::output_buffer& output, listener& told) {
  std::string_view const word = first_word(received);
  if (word == "message" || word == "smessage") return on_message(received, told);
  // The slot of the channel has moved to another node, most often.
  if (ends_subscription(word)) return told.on_failed("the server ended the subscription");
  on_answer(received, output, told);
}

void subscription_fsm::on_message(reply const& received, listener& told) {
  if (received.elements.size() != 3) return told.on_failed("a message without content");
  reply const& content = received.elements[2];
  if (purpose_ == link_purpose::track) {
    return content.is(reply_kind::array) ? told.on_changed(content.elements) : told.on_all_changed();
  }
  if (!content.is(reply_kind::string)) return told.on_failed("a message without text");
  told.on_message(content.text.view());
}

void subscription_fsm::on_answer(reply const& received, base::output_buffer& output, listener& told) {
  if (received.is_error()) {
    // For the next connection.
    if (!awaited_.empty() && awaited_.front() == step::auth) options_.password.renewed(password_);
    return told.on_failed(received.text.str());
  }
  if (awaited_.empty() || !confirms(awaited_.front(), received)) {
    return told.on_failed("the server's answers are out of step");
  }
  step const confirmed = awaited_.front();
  awaited_.pop_front();
  if (confirmed == step::client_id) track(received.number, output);
  if (confirmed == step::heartbeat) told.on_alive(received);
}

bool subscription_fsm::confirms(step which, reply const& received) const {
  switch (which) {
    case step::auth: return received.is_status("OK");
    case step::client_id: return received.is(reply_kind::integer);
    case step::tracking: return received.is_status("OK");
    case step::subscribe: return first_word(received) == "subscribe";
    case step::shard_subscribe: return first_word(received) == "ssubscribe";
    case step::heartbeat:
      return purpose_ == link_purpose::scout ? received.is(reply_kind::array)
                                             : first_word(received) == "pong";
  }
  return false;
}

}  // namespace tandem::backend::redis
