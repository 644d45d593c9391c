#include "backend/redis/translation.hpp"

#include "backend/refusal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace tandem::backend::redis {

namespace resp = protocol::redis;
using model::status;
using model::verb;
using resp::reply;
using resp::reply_kind;
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

bool stores_flags(verb command) {
  return command == verb::set || command == verb::add || command == verb::replace || command == verb::cas;
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
      if (asked.compare_cas) return script_name::remove;
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
char impossible_flag(model::request const& asked) {
  using model::option;
  using model::want;
  bool const reads = asked.command == verb::get || asked.command == verb::get_and_touch;
  if (includes(asked.wanted, want::fetched)) return 'h';
  if (includes(asked.wanted, want::idle)) return 'l';
  if (reads && asked.vivify) return 'N';
  if (asked.recache) return 'R';
  if (includes(asked.options, option::invalidate)) return 'I';
  if (includes(asked.options, option::hollow)) return 'x';
  return asked.new_cas ? 'E' : '\0';
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

void add_expiry(expiry when, resp::command_writer& commands) {
  if (when.unit.empty()) return;
  commands.argument(when.unit).argument(when.time);
}

/// Arguments of the script after its key.
std::size_t argument_count(model::request const& asked, script_name script) {
  switch (script) {
    case script_name::append:
    case script_name::prepend:
    case script_name::touch: return 3;
    case script_name::compare_and_set: return 2 + expiry_of(asked.expires).words();
    case script_name::count: return asked.vivify ? 8 + expiry_of(*asked.vivify).words() : 7;
    case script_name::remove: return 1;
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

/// What `me` tells: memcached's names, for what Redis knows of them. The time is told as seconds ago.
std::string described(model::response const& item) {
  std::int64_t const expired_ago = item.ttl < 0 ? -1 : -item.ttl;
  return fmt::format("exp={} cas={} size={}", expired_ago, item.cas, item.size);
}

/// PTTL's answer in seconds, of a key that was there a moment ago.
std::int64_t seconds_left(std::int64_t pttl) {
  if (pttl == -1) return -1;
  return pttl < 0 ? 0 : (pttl + 999) / 1000;
}

}  // namespace

translation::translation(std::string_view backend, redis_options const& options)
    : backend_(backend),
      key_prefix_(options.key_prefix),
      encoding_(options.encoding),
      flags_(options.flags) {}

base::slice translation::stored_key(base::slice const& key) const {
  if (key_prefix_.empty()) return key;
  return base::slice::copy_of(key_prefix_ + key.str());
}

std::optional<model::response> translation::refusal(model::request const& asked) const {
  if (char const flag = impossible_flag(asked)) return flag_refusal(flag, backend_);
  bool const loses_flags = encoding_ == encoding::plain && flags_ == flags_policy::refuse &&
                           asked.flags != 0 && stores_flags(asked.command);
  if (!loses_flags) return std::nullopt;
  return model::response::server_error(base::error_kind::refused,
                                       "backend " + backend_ + " keeps no flags (encoding: plain)");
}

plan translation::plan_for(model::request const& asked, std::uint64_t cas) const {
  return {stored_key(asked.key), script_of(asked), asks_ttl(asked) ? 2U : 1U, cas};
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
  commands.argument(view(resp::make_frame(asked.flags, how.cas)), value);
}

void translation::encode_script(model::request const& asked, plan const& how, script_call call,
                                writer& commands) const {
  resp::script const& script = resp::scripts_for(encoding_)[static_cast<std::size_t>(*how.script)];
  std::size_t const words = 3 + argument_count(asked, *how.script);
  if (call == script_call::by_digest) commands.command("EVALSHA", words).argument(script.digest);
  if (call == script_call::by_body) commands.command("EVAL", words).argument(script.body);
  commands.argument(1).argument(how.key);
  switch (*how.script) {
    case script_name::append:
    case script_name::prepend:
      commands.argument(asked.value).argument(view(resp::cas_bytes(how.cas)));
      return add_compared_cas(asked, commands);
    case script_name::compare_and_set:
      add_compared_cas(asked, commands);
      encode_item(asked, asked.expires, how, commands);
      return add_expiry(expiry_of(asked.expires), commands);
    case script_name::count: return encode_count(asked, how, commands);
    case script_name::touch: add_renewal(asked.expires, commands); return add_compared_cas(asked, commands);
    case script_name::remove: return add_compared_cas(asked, commands);
  }
}

void translation::encode_count(model::request const& asked, plan const& how, writer& commands) const {
  commands.argument(asked.command == verb::increment ? "+" : "-").argument(asked.delta);
  commands.argument(view(resp::cas_bytes(how.cas)));
  add_compared_cas(asked, commands);
  if (includes(asked.options, model::option::renew)) {
    add_renewal(asked.expires, commands);
  } else {
    commands.argument(std::string_view()).argument(std::string_view());
  }
  bool const tells_ttl = includes(asked.wanted, model::want::ttl);
  bool const ttl_first = includes(asked.options, model::option::ttl_first);
  commands.argument(!tells_ttl ? "" : ttl_first ? "before" : "after");
  if (!asked.vivify) return;
  model::request first = asked;
  first.value = base::slice::copy_of(std::to_string(asked.initial));
  encode_item(first, *asked.vivify, how, commands);
  add_expiry(expiry_of(*asked.vivify), commands);
}

std::optional<model::response> translation::read(model::request const& asked, plan const& how,
                                                 std::span<reply const> replies) const {
  if (!asks_ttl(asked)) return read_answer(asked, how, replies.front());
  bool const ttl_first = asks_ttl_first(asked);
  reply const& ttl = ttl_first ? replies.front() : replies.back();
  if (!ttl.is(reply_kind::integer)) return std::nullopt;
  auto answer = read_answer(asked, how, ttl_first ? replies.back() : replies.front());
  if (!answer || !answer->hit()) return answer;
  answer->ttl = seconds_left(ttl.number);
  if (asked.command == verb::debug) answer->value = base::slice::copy_of(described(*answer));
  return answer;
}

std::optional<model::response> translation::read_answer(model::request const& asked, plan const& how,
                                                        reply const& received) const {
  if (how.script) return read_script(asked, how, received);
  switch (asked.command) {
    case verb::get:
    case verb::get_and_touch:
    case verb::touch:
    case verb::debug: return read_item(asked, received);
    case verb::set:
    case verb::add:
    case verb::replace:
      if (received.is_status("OK")) return stored(asked, how);
      if (received.is(reply_kind::nil) && asked.command != verb::set)
        return model::response::of(status::not_stored);
      return std::nullopt;
    case verb::remove:
      if (!received.is(reply_kind::integer)) return std::nullopt;
      return model::response::of(received.number == 0 ? status::not_found : status::ok);
    case verb::append:
    case verb::prepend:
    case verb::cas:
    case verb::increment:
    case verb::decrement:
    case verb::flush: return std::nullopt;
  }
  return std::nullopt;
}

std::optional<model::response> translation::read_item(model::request const& asked, reply const& found) const {
  if (found.is(reply_kind::nil)) return model::response::of(status::not_found);
  if (!found.is(reply_kind::string)) return std::nullopt;
  resp::item const item = resp::read_item(encoding_, found.text);
  model::response answer;
  answer.flags = item.flags;
  answer.cas = item.cas;
  answer.value = item.value;
  answer.size = static_cast<std::uint32_t>(item.value.size());
  bool const tells_cas = includes(asked.wanted, model::want::cas) || asked.command == verb::debug;
  if (item.cas == 0 && tells_cas) answer.cas = resp::content_cas(found.text.view());
  return answer;
}

/// Of an item that is now as the request wanted it.
std::optional<model::response> translation::stored(model::request const& asked, plan const& how) const {
  model::response answer;
  if (encoding_ == encoding::framed) answer.cas = how.cas;
  bool const whole = encoding_ == encoding::plain && stores_flags(asked.command);
  if (whole && model::includes(asked.wanted, model::want::cas))
    answer.cas = resp::content_cas(asked.value.view());
  return answer;
}

/// A number, or OK for the item that there was to be.
std::optional<model::response> translation::read_count(model::request const& asked, plan const& how,
                                                       reply const& received) const {
  auto answer = stored(asked, how);
  if (received.is_status("OK")) {
    if (!asked.vivify) return std::nullopt;
    answer->number = asked.initial;
    answer->created = true;
    return answer;
  }
  if (!received.is(reply_kind::string)) return read_status(asked, how, received);
  std::string_view const digits = received.text.view();
  auto const [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), answer->number);
  if (failed != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return answer;
}

std::optional<model::response> translation::read_script(model::request const& asked, plan const& how,
                                                        reply const& received) const {
  if (how.script != script_name::count) return read_status(asked, how, received);
  if (!received.is(reply_kind::array)) return read_count(asked, how, received);
  bool const pair = received.elements.size() == 2 && received.elements[1].is(reply_kind::integer);
  if (!pair || !includes(asked.wanted, model::want::ttl)) return std::nullopt;
  auto answer = read_count(asked, how, received.elements[0]);
  bool const was_there = answer && !(answer->created && includes(asked.options, model::option::ttl_first));
  if (was_there) answer->ttl = seconds_left(received.elements[1].number);
  return answer;
}

std::optional<model::response> translation::read_status(model::request const& asked, plan const& how,
                                                        reply const& received) const {
  if (received.is_status("OK")) {
    bool const writes = asked.command != verb::touch && asked.command != verb::remove;
    return writes ? stored(asked, how) : model::response();
  }
  if (received.is_status("NOT_FOUND")) return model::response::of(status::not_found);
  if (received.is_status("NOT_STORED")) return model::response::of(status::not_stored);
  if (received.is_status("EXISTS")) return model::response::of(status::exists);
  if (received.is_status("NON_NUMERIC")) return model::response::of(status::non_numeric);
  return std::nullopt;
}

}  // namespace tandem::backend::redis
