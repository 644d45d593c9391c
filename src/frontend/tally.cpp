#include "frontend/tally.hpp"

namespace tandem::frontend {
namespace {

using model::status;
using model::verb;

/// The counters that a command moves: one for having been asked, and one by its status.
struct counted_as {
  tally asked = tally::none;
  tally hit = tally::none;
  tally miss = tally::none;
  tally other_cas = tally::none;
};

/// As memcached 1.6 counts in its text protocol. Every gat is a touch to it and no get.
constexpr counted_as usual(verb command) {
  switch (command) {
    case verb::get: return {tally::cmd_get, tally::get_hits, tally::get_misses};
    case verb::get_and_touch:
    case verb::touch: return {tally::cmd_touch, tally::touch_hits, tally::touch_misses};
    case verb::set:
    case verb::add:
    case verb::replace:
    case verb::append:
    case verb::prepend: return {tally::cmd_set};
    case verb::cas: return {tally::cmd_set, tally::cas_hits, tally::cas_misses, tally::cas_badval};
    case verb::increment: return {tally::none, tally::incr_hits, tally::incr_misses};
    case verb::decrement: return {tally::none, tally::decr_hits, tally::decr_misses};
    case verb::remove: return {tally::none, tally::delete_hits, tally::delete_misses};
    case verb::debug: return {tally::cmd_meta};
    case verb::flush: return {tally::cmd_flush};
  }
  return {};
}

/// What memcached counts otherwise in the meta protocol: a touch that misses is a get, a delete that finds another cas a
/// miss, and an item that was only marked as stale no delete.
counted_as in_meta(model::request const& asked, model::response const& answer) {
  if (model::touches(asked.command) && answer.status == status::not_found) return usual(verb::get);
  counted_as made = usual(asked.command);
  if (asked.command != verb::remove) return made;
  made.other_cas = tally::delete_misses;
  if (includes(asked.options, model::option::invalidate)) made.hit = tally::none;
  return made;
}

/// Whether a command that finds no item, and may make one, has made one. A number that is the initial one by chance
/// cannot be told from it, unless the answer says so.
bool made_an_item(model::request const& asked, model::response const& answer) {
  if (!asked.vivify || !answer.hit()) return false;
  return model::counts(asked.command) ? answer.created || answer.number == asked.initial
                                      : answer.won && !answer.stale;
}

tally by_status(counted_as const& by, status told) {
  switch (told) {
    case status::ok: return by.hit;
    case status::not_found:
    case status::not_stored: return by.miss;
    case status::exists: return by.other_cas;
    case status::non_numeric:
    case status::too_large:
    case status::client_error:
    case status::server_error: return tally::none;
  }
  return tally::none;
}

}  // namespace

void tally_sheet::count(model::request const& asked, model::response const& answer, command_origin from) {
  if (answer.status == status::client_error) return;
  if (answer.status == status::too_large) return add(tally::store_too_large);
  counted_as by = from == command_origin::meta ? in_meta(asked, answer) : usual(asked.command);
  bool const made = made_an_item(asked, answer);
  if (made && model::counts(asked.command)) by.hit = tally::none;
  bool const stored = answer.hit() && model::stores(asked.command);
  add(by.asked);
  add(by_status(by, answer.status));
  add(made || stored ? tally::total_items : tally::none);
}

void tally_sheet::add_to(tally_sums& sums) const {
  for (std::size_t one = 0; one < tally_count; ++one) sums[one] += counters_[one].value();
}

}  // namespace tandem::frontend
