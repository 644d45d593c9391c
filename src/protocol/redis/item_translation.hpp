// Items as Redis strings: between requests and Redis' commands, and between its replies and responses.
//
//   get, debug            GET
//   gat                   GETEX with EX, EXAT or PERSIST; also touch, where the cas is wanted
//   set, add, replace     SET, with NX or XX, with EX or EXAT; with a cas to compare (not add): script
//   append, prepend, cas  scripts
//   incr, decr, touch     scripts
//   delete                DEL; with a cas to compare, or if an empty item is to be left: script
//
// With reads, PTTL goes in the same write where the time that remains is wanted: before the command if it is to be the
// time before, else behind it. The counting script tells the time itself. Scripts that leave a string bare tell the cas
// that its content gives, where it is wanted.
//
// SET and DEL do not look at the type of the key; everything else refuses what is no string. An item whose
// time is over before it is stored is stored empty with a time in the past, so that conditions are judged as
// ever.
//
// Here is decided which group of verbs a request belongs to; verbs/groups.hpp has the groups.
#pragma once

#include "protocol/redis/translation.hpp"

#include <string>
#include <string_view>

namespace tandem::protocol::redis {

class item_translation final : public translation {
 public:
  item_translation(std::string_view backend, translation_options options)
      : backend_(backend), options_(std::move(options)) {}

  /// The answer to what this backend does not do, whatever the server would say.
  std::optional<model::response> refusal(model::request const& asked) const;

  base::result<plan, model::response> plan_for(model::request const& asked,
                                               std::uint64_t number) const override;
  void encode(model::request const& asked, plan const& how, script_call call, preamble before,
              base::output_buffer& output) const override;

  void encode_drop(plan const& how, script_call call, preamble before,
                   base::output_buffer& output) const override;
  std::optional<model::response> read(model::request const& asked, plan const& how,
                                      std::span<reply const> replies) const override;
  base::slice stored_key(base::slice const& key) const override;

 private:
  std::string backend_;
  translation_options options_;
};

}  // namespace tandem::protocol::redis
