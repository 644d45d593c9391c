#include "protocol/redis/item_translation.hpp"

#include "model/refusal.hpp"
#include "protocol/redis/verbs/groups.hpp"

#include <cassert>

namespace tandem::protocol::redis {

using model::verb;

namespace {

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
  if (includes(asked.wanted, want::fetched)) return 'h';
  if (includes(asked.wanted, want::idle)) return 'l';
  if (model::retrieves(asked.command) && asked.vivify) return 'N';
  if (asked.recache) return 'R';
  if (includes(asked.options, option::invalidate)) return 'I';
  if (how == encoding::framed) return '\0';
  // No content gives a cas of the client's choice, nor that of an item whose value is gone.
  if (includes(asked.options, option::hollow)) return 'x';
  return asked.new_cas ? 'E' : '\0';
}

}  // namespace

base::slice item_translation::stored_key(base::slice const& key) const {
  if (options_.key_prefix.empty()) return key;
  return base::slice::copy_of(options_.key_prefix + key.str());
}

std::optional<model::response> item_translation::refusal(model::request const& asked) const {
  if (char const flag = impossible_flag(asked, options_.encoding)) return model::flag_refusal(flag, backend_);
  bool const stores = model::stores_whole(asked.command) || asked.vivify;
  bool const loses_flags = options_.encoding == encoding::plain && options_.flags == flags_policy::refuse &&
                           asked.flags != 0 && stores;
  if (!loses_flags) return std::nullopt;
  return model::response::server_error(base::error_kind::refused,
                                       "backend " + backend_ + " keeps no flags (encoding: plain)");
}

base::result<plan, model::response> item_translation::plan_for(model::request const& asked,
                                                               std::uint64_t number) const {
  if (auto refused = refusal(asked)) return std::move(*refused);
  cas_stamp stamp{number, cas_maker::proxy};
  if (asked.new_cas) stamp = {*asked.new_cas, cas_maker::other};
  std::optional<script_name> const called = script_of(asked);
  script const* const script =
      called ? &scripts_for(options_.encoding)[static_cast<std::size_t>(*called)] : nullptr;
  return plan{stored_key(asked.key), script, asks_ttl(asked) ? 2U : 1U, number, stamp};
}

void item_translation::encode(model::request const& asked, plan const& how, script_call call, preamble before,
                              base::output_buffer& output) const {
  command_writer commands(output, before);
  phrase const said{asked, how, options_, backend_, call};
  switch (asked.command) {
    case verb::get:
    case verb::get_and_touch:
    case verb::debug: return encode_retrieval(said, commands);
    case verb::touch: return encode_touch(said, commands);
    case verb::set:
    case verb::add:
    case verb::replace:
    case verb::cas: return encode_storage(said, commands);
    case verb::append:
    case verb::prepend: return encode_extension(said, commands);
    case verb::increment:
    case verb::decrement: return encode_count(said, commands);
    case verb::remove: return encode_removal(said, commands);
    case verb::flush: assert(false); return;  // has no plan
  }
}

void item_translation::encode_drop(plan const& how, script_call call, preamble before,
                                   base::output_buffer& output) const {
  command_writer commands(output, before);
  model::request const none;
  redis::encode_drop({none, how, options_, backend_, call}, commands);
}

std::optional<model::response> item_translation::read(model::request const& asked, plan const& how,
                                                      std::span<reply const> replies) const {
  phrase const said{asked, how, options_, backend_};
  switch (asked.command) {
    case verb::get:
    case verb::get_and_touch:
    case verb::debug: return read_retrieval(said, replies);
    case verb::touch: return read_touch(said, replies.front());
    case verb::set:
    case verb::add:
    case verb::replace:
    case verb::cas: return read_storage(said, replies.front());
    case verb::append:
    case verb::prepend: return read_extension(said, replies.front());
    case verb::increment:
    case verb::decrement: return read_count(said, replies.front());
    case verb::remove: return read_removal(said, replies.front());
    case verb::flush: return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace tandem::protocol::redis
