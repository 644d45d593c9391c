// The values of storing commands: read, or refused and swallowed.
#include "protocol/memcached/text/request_parser.hpp"

#include <algorithm>

namespace tandem::protocol::text {

using model::verb;

/// What a command leaves behind would keep its chunk alive on an idle connection.
void request_parser::forget() {
  request_ = model::request();
  line_ = opaque_ = base::slice();
  arguments_ = std::string_view();
}

/// The command has a block of its own while its value is awaited, however long: a whole chunk would be held by it.
void request_parser::keep_line() {
  base::chunk const* const shared = line_.owner();
  if (shared->capacity() == line_.size()) return;
  base::slice const own = base::slice::copy_of(line_.view());
  for (base::slice* const part : {&request_.key, &opaque_}) {
    if (part->owner() != shared) continue;
    *part = own.part(static_cast<std::size_t>(part->data() - line_.data()), part->size());
  }
  line_ = own;
}

event request_parser::read_value(base::input_buffer& input) {
  constexpr std::string_view end = "\r\n";
  std::string_view const unread = input.unread();
  if (unread.size() < body_ + end.size()) {
    input.expect(body_ + end.size());
    keep_line();
    return event::need_more;
  }
  phase_ = phase::line;
  if (unread.substr(body_, end.size()) != end) {
    input.consume(body_ + end.size());
    note_refusal(refused_value::bad_end);
    return fail("CLIENT_ERROR bad data chunk");
  }
  request_.value = input.take(body_);
  input.consume(end.size());
  return when_stored_;
}

void request_parser::swallow_value() {
  phase_ = phase::swallow;
  body_ += 2;
}

void request_parser::note_refusal(refused_value why) {
  refused_ = why;
  refused_verb_ = request_.command;
}

/// A set that fails must not leave the old value to be read as if it had succeeded; the other classic storing
/// commands leave the item as it is, but ms removes it whatever its mode.
event request_parser::refuse_value() {
  constexpr std::string_view too_large = "SERVER_ERROR object too large for cache";
  swallow_value();
  note_refusal(refused_value::too_large);
  bool const removes = request_.command == verb::set || when_stored_ == event::meta;
  if (!removes) return fail(too_large);
  base::slice key = std::move(request_.key);
  request_ = model::request();
  request_.command = verb::remove;
  request_.key = std::move(key);
  error_line_ = too_large;
  return event::too_large;
}

event request_parser::swallow(base::input_buffer& input) {
  std::size_t const count = std::min(body_, input.unread().size());
  input.consume(count);
  body_ -= count;
  forget();
  if (body_ > 0) return event::need_more;
  phase_ = phase::line;
  return read_line(input);
}

}  // namespace tandem::protocol::text
