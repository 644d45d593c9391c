// What a server has missed: noted when a change does not get there, removed before it is asked for the key again.
#include "backend/memcached/server.hpp"
#include "base/log.hpp"

#include <utility>

namespace tandem::backend::memcached {
namespace {

using model::verb;

/// Whether what the server has of the key is outdated when it has not done that; see the table in the header.
bool outdates(model::request const& asked, model::fate fate, bool stand_ins) {
  if (asked.command == verb::flush) return asked.expires.never();
  if (asked.command == verb::remove) return true;
  if (model::stores_whole(asked.command) && asked.command != verb::add) return true;
  bool const changes = model::traits(asked.command).mutates && !model::touches(asked.command);
  return changes && stand_ins && fate == model::fate::never && !model::compares_cas(asked);
}

/// By the server, as one is that was started with -F.
bool is_refused(model::response const& answer) {
  return answer.status == model::status::client_error ||
         (answer.status == model::status::server_error && answer.failure == base::error_kind::refused);
}

bool is_to_be_flushed(model::missed_removals const& missed) {
  auto const first = missed.next({}, 1);
  return !first.empty() && first.front().key.empty();
}

/// Of the key, or of everything if it is empty.
model::request removal_of(model::missed_removals::due const& what) {
  model::request made;
  made.command = what.key.empty() ? verb::flush : verb::remove;
  made.wanted = model::want::nothing;
  made.key = base::slice::copy_of(what.key);
  return made;
}

}  // namespace

/// A flush that is noted will be executed, if it has not been.
void server::note(model::request const& asked, model::response& failed) {
  if (!missed_ || failed.status != model::status::server_error) return;
  if (failed.failure == base::error_kind::refused && !stand_ins_) return;
  if (!outdates(asked, failed.fate, stand_ins_)) return;
  if (asked.command == verb::flush) {
    missed_->remember_everything();
    failed.fate = model::fate::maybe;
  } else if (!missed_->remember_if_room(asked.key.view())) {
    if (!is_to_be_flushed(*missed_)) {
      base::log_warning("{}: has missed changes of more than {} keys; it is flushed before it is asked again",
                        label_, model::missed_removals::keys_max);
    }
    missed_->remember_everything();
  }
  replays_->begin();
}

/// In the place of ask_now() while something of the key was missed: the removal goes first. While another is at that, the request
/// fails at once, since of those that wait a later one might come to the server before an earlier one of the same client.
base::task<model::response> server::ask_when_even(model::request const& asked,
                                                  model::request_context& context, terms on) {
  base::time_point const started = context.clock.now();
  bool const goes_at_once = asked.command == verb::flush;
  while (auto const due = goes_at_once ? std::nullopt : missed_->blocking(asked.key.view())) {
    model::missed_removals::claim claim = missed_->claimed(*due);
    model::response removed =
        failure({base::error_kind::connect,
                 "what it has of the key is outdated, and is being removed at the moment"});
    if (claim) removed = co_await remove_missed(*due, context, {on.timeout});
    if (removed.failed()) {
      removed.fate = model::fate::never;
      note(asked, removed);
      co_return counted(asked, std::move(removed), on, context.clock.now() - started);
    }
    claim.confirm();
  }
  co_return co_await ask_now(asked, context, on);
}

base::task<model::response> server::remove_missed(model::missed_removals::due const& what,
                                                  model::request_context& context, terms on) {
  model::request const removal = removal_of(what);
  model::response done = co_await ask_now(removal, context, on);
  if (what.key.empty() && is_refused(done)) {
    base::log_error(
        "{}: does not let itself be flushed ({}), and may tell older values of what it has missed", label_,
        done.message.view());
    co_return model::response::of(model::status::ok);
  }
  if (!done.failed()) removed_.add();
  if (!done.failed() && what.key.empty())
    base::log_info("{}: flushed, for it had missed too much while it was away", label_);
  co_return done;
}

base::task<bool> server::reach(model::request_context const& context, base::duration timeout) {
  if (missed_ && is_to_be_flushed(*missed_)) co_return false;
  constexpr std::string_view as_of_flush = {};  // no key, and so the same link
  base::time_point const end = context.end_of_attempts(context.clock.now(), timeout);
  auto const said = co_await links_->link_for(as_of_flush).send({end}, [](base::output_buffer& output) {
    output.append("mn\r\n");
  });
  co_return said.has_value();
}

base::task<bool> server::replay(model::missed_removals::due what) {
  model::response const done = co_await remove_missed(what, background_, {patience_});
  co_return !done.failed();
}

}  // namespace tandem::backend::memcached
