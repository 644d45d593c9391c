#include "protocol/redis/structures/structure.hpp"

#include "model/refusal.hpp"
#include "protocol/redis/structures/bitmap.hpp"
#include "protocol/redis/structures/leaderboard.hpp"
#include "protocol/redis/structures/rate_limit.hpp"
#include "protocol/redis/verbs/answers.hpp"
#include "protocol/redis/verbs/arguments.hpp"

#include <fmt/format.h>

namespace tandem::protocol::redis {

using model::status;
using model::verb;

namespace {

// Acts that all structures have; their own count from 0.
constexpr std::uint8_t removes_whole = 255;
constexpr std::uint8_t touches_whole = 254;

script const& touch_script() {
  static script const made = make_script(R"(
if redis.call('EXISTS', KEYS[1]) == 0 then return {ok = 'NOT_FOUND'} end
if ARGV[2] == '' then redis.call(ARGV[1], KEYS[1]) else redis.call(ARGV[1], KEYS[1], ARGV[2]) end
return {ok = 'OK'}
)");
  return made;
}

/// What no structure remembers of its parts: the meta flag that asks for it.
char impossible_flag(model::request const& asked) {
  using model::option;
  using model::want;
  if (includes(asked.wanted, want::fetched)) return 'h';
  if (includes(asked.wanted, want::idle)) return 'l';
  if (includes(asked.wanted, want::ttl)) return 't';
  if (asked.vivify && !model::counts(asked.command)) return 'N';
  if (asked.recache) return 'R';
  if (asked.new_cas) return 'E';
  if (includes(asked.options, option::invalidate)) return 'I';
  if (includes(asked.options, option::hollow)) return 'x';
  if (includes(asked.options, option::renew)) return 'T';
  return model::compares_cas(asked) && asked.command != verb::cas ? 'C' : '\0';
}

/// What is told has its cas by its content, which costs more than all else and is seldom asked for.
model::response with_cas(model::request const& asked, model::response answer) {
  bool const tells =
      model::retrieves(asked.command) && answer.hit() && includes(asked.wanted, model::want::cas);
  if (tells) answer.cas = content_cas(answer.value.view());
  return answer;
}

struct structure_maker {
  template <class Made>
  std::unique_ptr<structure> make() {
    return std::make_unique<Made>(backend, std::move(rule), std::move(options), of);
  }
  std::unique_ptr<structure> operator()(model::leaderboard_options const&) { return make<leaderboard>(); }
  std::unique_ptr<structure> operator()(model::rate_limit_options const&) { return make<rate_limit>(); }
  std::unique_ptr<structure> operator()(model::bitmap_options const&) { return make<bitmap>(); }

  std::string_view backend;
  std::string& rule;
  translation_options& options;
  model::structure_options const& of;
};

}  // namespace

base::result<plan, model::response> structure::plan_for(model::request const& asked,
                                                        std::uint64_t number) const {
  auto read = read_structured_key(asked.key.view(), of_.separator);
  if (!read) return model::key_refusal(read.error());
  if (auto refused = refused_flag(asked)) return std::move(*refused);
  plan made{stored_key(asked.key), nullptr, 1, number, {}};
  act_or_refusal chosen = act{removes_whole};
  if (read->is_whole() && asked.command == verb::touch && can_be_touched()) {
    chosen = act{touches_whole, &touch_script()};
  } else if (!read->is_whole() || asked.command != verb::remove) {
    chosen = act_for(asked, *read);
  }
  if (!chosen) return with_cas(asked, chosen.error());
  made.act = chosen->number;
  made.script = chosen->called;
  made.replies = chosen->replies;
  made.once = chosen->once;
  made.at = std::make_unique<structured_key const>(std::move(*read));
  return made;
}

std::optional<model::response> structure::refused_flag(model::request const& asked) const {
  if (char const flag = impossible_flag(asked)) return fault(fmt::format("flag {}", flag));
  if (asked.flags == 0 || !model::stores(asked.command) || flags() == flags_policy::drop) return std::nullopt;
  return fault("a value with flags");
}

void structure::encode(model::request const& asked, plan const& how, script_call call, preamble before,
                       base::output_buffer& output) const {
  command_writer commands(output, before);
  phrase const said{asked, how, options_, backend_, call};
  if (how.act == removes_whole) return commands.command("UNLINK", how.key);
  if (how.act == touches_whole) return call_script(said, touch_script(), commands, renewal_of(asked.expires));
  say(said, commands);
}

/// A structure stays as it was.
void structure::encode_drop(plan const&, script_call, preamble before, base::output_buffer& output) const {
  encode_nothing(before, output);
}

std::optional<model::response> structure::read(model::request const& asked, plan const& how,
                                               std::span<reply const> replies) const {
  phrase const said{asked, how, options_, backend_};
  if (how.act == touches_whole) return read_status(said, replies.front());
  if (how.act != removes_whole) {
    auto answer = understand(said, replies);
    if (answer) answer = with_cas(asked, std::move(*answer));
    return answer;
  }
  if (!replies.front().is(reply_kind::integer)) return std::nullopt;
  return model::response::of(replies.front().number > 0 ? status::ok : status::not_found);
}

base::slice structure::stored_key(base::slice const& key) const {
  std::string_view const name = name_of(key.view(), of_.separator);
  if (options_.key_prefix.empty()) return key.part(0, name.size());
  return base::slice::copy_of(options_.key_prefix + std::string(name));
}

model::response structure::refusal(model::request const& asked, structured_key const& key) const {
  std::string_view const name = model::traits(asked.command).name;
  if (key.what != structured_key::kind::question) return fault(name);
  if (!model::retrieves(asked.command)) return fault(fmt::format("{} of a question", name));
  return fault(fmt::format("the question @{} with {} argument{}", key.word, key.arguments.size(),
                           key.arguments.size() == 1 ? "" : "s"));
}

model::response structure::fault(std::string_view what) const {
  return model::response::client_error(
      fmt::format("{}{}{} (rule {})", what, model::impossible_words, kind(), rule_));
}

std::unique_ptr<structure> make_structure(std::string_view backend, std::string rule,
                                          translation_options options, model::structure_options const& of) {
  return std::visit(structure_maker{backend, rule, options, of}, of.kind);
}

}  // namespace tandem::protocol::redis
