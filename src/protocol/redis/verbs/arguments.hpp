// Arguments that commands and scripts of several groups have.
#pragma once

#include "protocol/redis/command_writer.hpp"
#include "protocol/redis/translation_terms.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <tuple>

namespace tandem::protocol::redis {

/// What stands behind SET and GETEX for an expiration time: nothing for an item that never expires.
using expiry = std::optional<std::tuple<std::string_view, std::int64_t>>;

inline expiry expiry_of(model::exptime expires) {
  constexpr std::int64_t time_max = std::int64_t{1} << 40;  // Redis counts in milliseconds
  if (expires.never()) return std::nullopt;
  if (expires.over()) return expiry({"EXAT", 1});
  return expiry({expires.absolute() ? "EXAT" : "EX", std::min(expires.wire(), time_max)});
}

/// A command and its argument that give an item another time to live.
using renewal = std::tuple<std::string_view, or_empty<std::int64_t>>;

inline renewal renewal_of(model::exptime expires) {
  expiry const when = expiry_of(expires);
  if (!when) return {"PERSIST", {}};
  auto const [unit, time] = *when;
  return {unit == "EX" ? "EXPIRE" : "EXPIREAT", {time}};
}

/// What the scripts compare with the item's cas, or nothing.
inline or_empty<std::array<char, 16>> compared_cas(model::request const& asked) {
  if (!model::compares_cas(asked)) return {};
  return {cas_digits(*asked.compare_cas)};
}

/// Whether the script is to tell a cas that only the item's content gives.
inline std::string_view wanted_cas(model::request const& asked) {
  return includes(asked.wanted, model::want::cas) ? "cas" : "";
}

/// An item as it is stored. One that is over before it is stored has no value.
class stored_item {
 public:
  stored_item(phrase const& said, model::exptime expires, base::slice const& value)
      : value_(expires.over() ? empty_ : value),
        framed_(said.options.encoding == encoding::framed),
        frame_(framed_ ? make_frame(said.asked.flags, said.how.stamp) : frame_header()) {}
  stored_item(stored_item const&) = delete;
  stored_item& operator=(stored_item const&) = delete;

  /// Good while this and the value live.
  joined word() const { return {{frame_.data(), framed_ ? frame_.size() : 0}, value_}; }

 private:
  base::slice const empty_;
  base::slice const& value_;
  bool const framed_;
  frame_header const frame_;
};

/// Calls a script with the plan's key and `own` arguments.
template <class... Arguments>
void call_script(phrase const& said, script const& called, command_writer& commands,
                 Arguments const&... own) {
  bool const by_digest = said.call == script_call::by_digest;
  commands.command(by_digest ? "EVALSHA" : "EVAL", by_digest ? called.digest : called.body, 1, said.how.key,
                   own...);
}

template <class... Arguments>
void call_script(phrase const& said, script_name name, command_writer& commands, Arguments const&... own) {
  call_script(said, scripts_for(said.options.encoding)[static_cast<std::size_t>(name)], commands, own...);
}

}  // namespace tandem::protocol::redis
