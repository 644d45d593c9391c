#include "backend/redis/translation.hpp"

#include "model/refusal.hpp"

#include <algorithm>
#include <array>
#include <cassert>

namespace tandem::backend::redis {

namespace resp = protocol::redis;
using model::verb;
using resp::script_name;

namespace {

/// What stands behind SET and GETEX for an expiration time; `unit` is empty for none.
struct expiry {
  std::string_view unit;
  std::int64_t time = 0;

  std::size_t words() const { return unit.empty() ? 0 : 2; }
};

expiry expiry_of(model::exptime expires) {
  constexpr std::int64_t time_max = std::int64_t{1} << 40;  // Redis counts in milliseconds
  if (expires.never()) return {};
  if (expires.wire() < 0) return {"EXAT", 1};
  return {expires.absolute() ? "EXAT" : "EX", std::min(expires.wire(), time_max)};
}

std::optional<script_name> script_of(model::request const& asked) {
  switch (asked.command) {
    case verb::append: return script_name::append;
    case verb::prepend: return script_name::prepend;
    case verb::cas: return script_name::compare_and_set;
    case verb::increment:
    case verb::decrement: return script_name::count;
    case verb::touch:
      if (!includes(asked.wanted, model::want::cas)) return script_name::touch;
      return std::nullopt;
    case verb::set:
    case verb::replace:
      if (asked.compare_cas) return script_name::compare_and_set;
      return std::nullopt;
    case verb::remove:
      if (asked.compare_cas || includes(asked.options, model::option::hollow)) return script_name::remove;
      return std::nullopt;
    case verb::get:
    case verb::get_and_touch:
    case verb::add:
    case verb::debug:
    case verb::flush: return std::nullopt;
  }
  return std::nullopt;
}

/// What Redis does not keep of an item, or has no way to do: the meta flag that asks for it.
char impossible_flag(model::request const& asked, encoding how) {
  using model::option;
  using model::want;
  bool const reads = asked.command == verb::get || asked.command == verb::get_and_touch;
  if (includes(asked.wanted, want::fetched)) return 'h';
  if (includes(asked.wanted, want::idle)) return 'l';
  if (reads && asked.vivify) return 'N';
  if (asked.recache) return 'R';
  if (includes(asked.options, option::invalidate)) return 'I';
  if (how == encoding::framed) return '\0';
  // No content gives a cas of the client's choice, nor that of an item whose value is gone.
  if (includes(asked.options, option::hollow)) return 'x';
  return asked.new_cas ? 'E' : '\0';
}

/// Whether append and prepend are to tell how large the value is then.
bool tells_size(model::request const& asked) {
  bool const extends = asked.command == verb::append || asked.command == verb::prepend;
  return extends && includes(asked.wanted, model::want::size);
}

bool reads_item(verb command) {
  return command == verb::get || command == verb::get_and_touch || command == verb::debug;
}

/// Whether PTTL goes with the request, in the same write. Only with what may be executed twice: should PTTL alone be
/// sent elsewhere, both go there.
bool asks_ttl(model::request const& asked) {
  if (asked.command == verb::debug) return true;
  return reads_item(asked.command) && includes(asked.wanted, model::want::ttl);
}

/// Whether it goes before: the time that remains is as it was.
bool asks_ttl_first(model::request const& asked) {
  return asks_ttl(asked) && includes(asked.options, model::option::ttl_first);
}

std::string_view view(auto const& bytes) { return {bytes.data(), bytes.size()}; }

/// What the scripts compare with the item's cas, or nothing.
void add_compared_cas(model::request const& asked, resp::command_writer& commands) {
  if (model::compares_cas(asked)) {
    commands.argument(view(resp::cas_digits(*asked.compare_cas)));
    return;
  }
  commands.argument(std::string_view());
}

/// Whether the script is to tell a cas that only the item's content gives.
void add_wanted_cas(model::request const& asked, resp::command_writer& commands) {
  commands.argument(includes(asked.wanted, model::want::cas) ? "cas" : "");
}

void add_expiry(expiry when, resp::command_writer& commands) {
  if (when.unit.empty()) return;
  commands.argument(when.unit).argument(when.time);
}

/// Arguments of the script after its key.
std::size_t argument_count(model::request const& asked, script_name script) {
  switch (script) {
    case script_name::append:
    case script_name::prepend:
      if (asked.vivify) return 7 + expiry_of(*asked.vivify).words();
      return tells_size(asked) ? 6 : 5;
    case script_name::touch: return 3;
    case script_name::compare_and_set: return 2 + expiry_of(asked.expires).words();
    case script_name::count: return asked.vivify ? 9 + expiry_of(*asked.vivify).words() : 8;
    case script_name::remove:
      return includes(asked.options, model::option::hollow) ? 3 + expiry_of(asked.expires).words() : 1;
    case script_name::drop: return 1;
  }
  return 0;
}

/// A command and its argument that give an item another time to live.
void add_renewal(model::exptime expires, resp::command_writer& commands) {
  expiry const when = expiry_of(expires);
  if (when.unit.empty()) {
    commands.argument("PERSIST").argument(std::string_view());
    return;
  }
  commands.argument(when.unit == "EX" ? "EXPIRE" : "EXPIREAT").argument(when.time);
}

void encode_get(model::request const& asked, base::slice const& key, resp::command_writer& commands) {
  if (asked.command == verb::get || asked.command == verb::debug) {
    commands.command("GET", 1).argument(key);
  } else {
    expiry const when = expiry_of(asked.expires);
    commands.command("GETEX", when.unit.empty() ? 2 : 3).argument(key);
    if (when.unit.empty()) commands.argument("PERSIST");
    add_expiry(when, commands);
  }
}

}  // namespace

translation::translation(std::string_view backend, redis_options const& options)
    : backend_(backend),
      key_prefix_(options.key_prefix),
      encoding_(options.encoding),
      flags_(options.flags),
      value_max_(options.value_max) {}

base::slice translation::stored_key(base::slice const& key) const {
  if (key_prefix_.empty()) return key;
  return base::slice::copy_of(key_prefix_ + key.str());
}

std::optional<model::response> translation::refusal(model::request const& asked) const {
  if (char const flag = impossible_flag(asked, encoding_)) return model::flag_refusal(flag, backend_);
  bool const stores = stores_flags(asked.command) || asked.vivify;
  bool const loses_flags =
      encoding_ == encoding::plain && flags_ == flags_policy::refuse && asked.flags != 0 && stores;
  if (!loses_flags) return std::nullopt;
  return model::response::server_error(base::error_kind::refused,
                                       "backend " + backend_ + " keeps no flags (encoding: plain)");
}

plan translation::plan_for(model::request const& asked, std::uint64_t number) const {
  resp::cas_stamp stamp{number, resp::cas_maker::proxy};
  if (asked.new_cas) stamp = {*asked.new_cas, resp::cas_maker::other};
  return {stored_key(asked.key), script_of(asked), asks_ttl(asked) ? 2U : 1U, number, stamp};
}

void translation::encode(model::request const& asked, plan const& how, script_call call,
                         resp::preamble before, base::output_buffer& output) const {
  writer commands(output, before);
  bool const ttl_first = asks_ttl_first(asked);
  if (ttl_first) commands.command("PTTL", 1).argument(how.key);
  how.script ? encode_script(asked, how, call, commands) : encode_command(asked, how, commands);
  if (asks_ttl(asked) && !ttl_first) commands.command("PTTL", 1).argument(how.key);
}

void translation::encode_command(model::request const& asked, plan const& how, writer& commands) const {
  switch (asked.command) {
    case verb::get:
    case verb::get_and_touch:
    case verb::touch:
    case verb::debug: return encode_get(asked, how.key, commands);
    case verb::remove: commands.command("DEL", 1).argument(how.key); return;
    case verb::set:
    case verb::add:
    case verb::replace: {
      bool const conditional = asked.command != verb::set;
      expiry const when = expiry_of(asked.expires);
      commands.command("SET", 2 + when.words() + (conditional ? 1 : 0)).argument(how.key);
      encode_item(asked, asked.expires, how, commands);
      if (conditional) commands.argument(asked.command == verb::add ? "NX" : "XX");
      return add_expiry(when, commands);
    }
    case verb::append:
    case verb::prepend:
    case verb::cas:
    case verb::increment:
    case verb::decrement:
    case verb::flush: assert(!"has a script, or no plan"); return;
  }
}

void translation::encode_item(model::request const& asked, model::exptime expires, plan const& how,
                              writer& commands) const {
  base::slice const value = expires.wire() < 0 ? base::slice() : asked.value;
  if (encoding_ == encoding::plain) {
    commands.argument(value);
    return;
  }
  commands.argument(view(resp::make_frame(asked.flags, how.stamp)), value);
}

void translation::encode_script(model::request const& asked, plan const& how, script_call call,
                                writer& commands) const {
  call_script(*how.script, call, argument_count(asked, *how.script), how.key, commands);
  switch (*how.script) {
    case script_name::append:
    case script_name::prepend: return encode_extension(asked, how, commands);
    case script_name::compare_and_set:
      add_compared_cas(asked, commands);
      encode_item(asked, asked.expires, how, commands);
      return add_expiry(expiry_of(asked.expires), commands);
    case script_name::count: return encode_count(asked, how, commands);
    case script_name::touch: add_renewal(asked.expires, commands); return add_compared_cas(asked, commands);
    case script_name::remove: return encode_removal(asked, how, commands);
    case script_name::drop: assert(!"no request's own"); return;
  }
}

/// `arguments` of the script's own follow.
void translation::call_script(script_name name, script_call call, std::size_t arguments,
                              base::slice const& key, writer& commands) const {
  resp::script const& script = resp::scripts_for(encoding_)[static_cast<std::size_t>(name)];
  if (call == script_call::by_digest) commands.command("EVALSHA", 3 + arguments).argument(script.digest);
  if (call == script_call::by_body) commands.command("EVAL", 3 + arguments).argument(script.body);
  commands.argument(1).argument(key);
}

void translation::encode_drop(plan const& how, script_call call, resp::preamble before,
                              base::output_buffer& output) const {
  writer commands(output, before);
  call_script(script_name::drop, call, 1, how.key, commands);
  commands.argument(view(resp::cas_digits(how.number)));
}

void translation::encode_extension(model::request const& asked, plan const& how, writer& commands) const {
  commands.argument(asked.value).argument(view(resp::stamp_bytes(how.stamp)));
  add_compared_cas(asked, commands);
  add_wanted_cas(asked, commands);
  commands.argument(value_max_);
  if (asked.vivify || tells_size(asked)) commands.argument(tells_size(asked) ? "size" : "");
  if (!asked.vivify) return;
  resp::frame_header const frame = resp::make_frame(asked.flags, how.stamp);
  commands.argument(encoding_ == encoding::framed ? view(frame) : std::string_view());
  add_expiry(expiry_of(*asked.vivify), commands);
}

void translation::encode_removal(model::request const& asked, plan const& how, writer& commands) const {
  add_compared_cas(asked, commands);
  if (!includes(asked.options, model::option::hollow)) return;
  commands.argument(view(resp::flags_bytes(asked.flags)));
  std::array<char, 9> const stamp = resp::stamp_bytes(how.stamp);
  commands.argument(asked.new_cas ? view(stamp) : std::string_view());
  add_expiry(expiry_of(asked.expires), commands);
}

void translation::encode_count(model::request const& asked, plan const& how, writer& commands) const {
  commands.argument(asked.command == verb::increment ? "+" : "-").argument(asked.delta);
  commands.argument(view(resp::stamp_bytes(how.stamp)));
  add_compared_cas(asked, commands);
  if (includes(asked.options, model::option::renew)) {
    add_renewal(asked.expires, commands);
  } else {
    commands.argument(std::string_view()).argument(std::string_view());
  }
  bool const tells_ttl = includes(asked.wanted, model::want::ttl);
  bool const ttl_first = includes(asked.options, model::option::ttl_first);
  commands.argument(!tells_ttl ? "" : ttl_first ? "before" : "after");
  add_wanted_cas(asked, commands);
  if (!asked.vivify) return;
  model::request first = asked;
  first.value = base::slice::copy_of(std::to_string(asked.initial));
  encode_item(first, *asked.vivify, how, commands);
  add_expiry(expiry_of(*asked.vivify), commands);
}

}  // namespace tandem::backend::redis
