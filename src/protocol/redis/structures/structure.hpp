// A structure of Redis behind memcached's verbs: what all structures have in common. Each has a source of its own, with a table
// of what each verb does to it, and is one of these:
//
//   act_for()      which act a request is: a number of the structure's own; or the answer that needs no server, as a refusal
//   say()          the act's command, one for each reply that it expects
//   understand()   what the replies mean
//
// What is common to all: how a key is read (structured_key.hpp); that a verb, a question or a flag that has no place in the
// table is refused by its name, and so is a time to live where the structure has none; that `delete NAME` removes the structure
// and `touch NAME` gives it a time to live. A cas is made of what is read, and there is none to compare.
#pragma once

#include "model/structure.hpp"
#include "protocol/redis/structures/structured_key.hpp"
#include "protocol/redis/translation.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace tandem::protocol::redis {

/// Rows that a question answers at most; who wants more asks again from where the answer ended.
inline constexpr std::size_t rows_max = 1000;

class structure : public translation {
 public:
  /// `rule` is the rule's text.
  structure(std::string_view backend, std::string rule, translation_options options,
            model::structure_options const& of)
      : backend_(backend), rule_(std::move(rule)), options_(std::move(options)), of_(of) {}

  base::result<plan, model::response> plan_for(model::request const& asked, std::uint64_t number) const final;
  void encode(model::request const& asked, plan const& how, script_call call, preamble before,
              base::output_buffer& output) const final;
  void encode_drop(plan const& how, script_call call, preamble before,
                   base::output_buffer& output) const final;
  std::optional<model::response> read(model::request const& asked, plan const& how,
                                      std::span<reply const> replies) const final;
  base::slice stored_key(base::slice const& key) const final;
  std::string_view structure_name() const final { return name_of(of_); }

 protected:
  /// What is done, and by how many commands or by which script.
  struct act {
    std::uint8_t number;
    script const* called = nullptr;
    std::uint32_t replies = 1;
    bool once = false;  // see plan
  };
  using act_or_refusal = base::result<act, model::response>;

  /// Not delete of the whole, and touch of the whole only if that gives it no time to live.
  virtual act_or_refusal act_for(model::request const& asked, structured_key const& key) const = 0;
  virtual void say(phrase const& said, command_writer& commands) const = 0;
  virtual std::optional<model::response> understand(phrase const& said,
                                                    std::span<reply const> replies) const = 0;

  /// With its article, as in "a leaderboard".
  virtual std::string_view kind() const = 0;

  /// Whether `touch NAME` gives it a time to live.
  virtual bool can_be_touched() const { return true; }
  /// What becomes of a value's flags.
  virtual flags_policy flags() const { return options_.flags; }

  /// `VERB is not possible for a leaderboard (rule ...)`, or of a part, or `the question @WORD`.
  model::response refusal(model::request const& asked, structured_key const& key) const;
  /// CLIENT_ERROR with the rule.
  model::response fault(std::string_view what) const;

  model::structure_options const& options() const { return of_; }
  /// Those of the structure's own kind.
  template <class Kind>
  Kind const& own() const {
    return std::get<Kind>(of_.kind);
  }

 private:
  std::optional<model::response> refused_flag(model::request const& asked) const;

  std::string const backend_;
  std::string const rule_;
  translation_options const options_;
  model::structure_options const of_;
};

/// What lies under a rule's keys.
std::unique_ptr<structure> make_structure(std::string_view backend, std::string rule,
                                          translation_options options, model::structure_options const& of);

}  // namespace tandem::protocol::redis
