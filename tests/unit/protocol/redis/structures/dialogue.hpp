// What a structure says to Redis for a request, and what it makes of replies, in words.
#pragma once

#include "protocol/redis/structures/structure.hpp"
#include "support/catch.hpp"
#include "unit/model/requests.hpp"
#include "unit/protocol/redis/commands.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::protocol::redis::tests {

using namespace model::tests;

inline reply text_told(std::string_view text) {
  return {reply_kind::string, 0, base::slice::copy_of(text), {}};
}
inline reply status_told(std::string_view text) {
  return {reply_kind::status, 0, base::slice::copy_of(text), {}};
}
inline reply number_told(std::int64_t number) { return {reply_kind::integer, number, {}, {}}; }
inline reply array_told(std::vector<reply> elements) {
  return {reply_kind::array, 0, {}, std::move(elements)};
}

class dialogue {
 public:
  template <class Options>
  explicit dialogue(Options const& kind, translation_options options = {}) {
    model::structure_options of;
    of.kind = kind;
    structure_ = make_structure("store", "prefix \"s:\"", std::move(options), of);
  }

  /// The commands, `/` in between, an empty word as '', a script's digest as `script`; or the refusal, or what is
  /// answered without a server.
  std::string said(model::request const& asked) const {
    auto const how = structure_->plan_for(asked, 7);
    if (!how) return how.error().hit() ? how.error().value.str() : how.error().message.str();
    base::output_buffer output;
    structure_->encode(asked, *how, script_call::by_digest, preamble::none, output);
    return in_words(output.str(), [&](base::slice const& word) {
      return how->script && word.view() == how->script->digest ? "script" : word.str();
    });
  }

  /// The digest of the script that is called.
  std::string script_of(model::request const& asked) const {
    auto const how = structure_->plan_for(asked, 7);
    REQUIRE(how.has_value());
    REQUIRE(how->script);
    return how->script->digest;
  }

  /// Whether the request may be sent once more when it may have been executed.
  bool may_be_repeated(model::request const& asked) const {
    auto const how = structure_->plan_for(asked, 7);
    REQUIRE(how.has_value());
    return model::repeatable(asked) && !how->once;
  }

  /// A hit's value or number, or its status in memcached's words.
  std::string answered(model::request const& asked, std::vector<reply> const& replies) const {
    auto const how = structure_->plan_for(asked, 7);
    REQUIRE(how.has_value());
    auto const answer = structure_->read(asked, *how, replies);
    if (!answer) return "no sense";
    switch (answer->status) {
      case model::status::ok: break;
      case model::status::not_found: return "NOT_FOUND";
      case model::status::not_stored: return "NOT_STORED";
      case model::status::non_numeric: return "NON_NUMERIC";
      default: return answer->message.str();
    }
    if (model::counts(asked.command)) return std::to_string(answer->number);
    return model::retrieves(asked.command) ? answer->value.str() : "OK";
  }

  /// That the answer to one reply tells; 0 if it tells none.
  std::uint64_t cas_of(model::request const& asked, reply const& only) const {
    auto const how = structure_->plan_for(asked, 7);
    REQUIRE(how.has_value());
    return structure_->read(asked, *how, std::vector<reply>{only})->cas;
  }

  /// Of a request whose plan has a script or one command.
  std::string answered(model::request const& asked, reply const& only) const {
    return answered(asked, std::vector<reply>{only});
  }

 private:
  std::unique_ptr<structure> structure_;
};

}  // namespace tandem::protocol::redis::tests
