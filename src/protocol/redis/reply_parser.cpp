#include "protocol/redis/reply_parser.hpp"

#include <hiredis/read.h>

#include <algorithm>
#include <cassert>
#include <charconv>
#include <string_view>
#include <utility>

namespace tandem::protocol::redis {

using base::parse_status;

namespace {

constexpr std::string_view line_end = "\r\n";

/// "$", up to 19 digits, and the line's end.
constexpr std::size_t bulk_header_max = 22;

/// Room for this many elements is made before they have come.
constexpr std::size_t elements_reserved_max = 16;

/// Where hiredis puts a reply while it is made.
struct construction {
  reply root;
  std::size_t elements = 0;
  std::size_t elements_max = 0;
  std::size_t depth_max = 0;
};

/// Whether arrays stand in one another deeper than is allowed, if `task` reads one more. How deep hiredis itself would go
/// differs between its versions.
bool too_deep(redisReadTask const* task, std::size_t depth_max) {
  std::size_t depth = 1;
  for (task = task->parent; task && depth <= depth_max; task = task->parent) ++depth;
  return depth > depth_max;
}

/// Makes the reply that a read task reads: the root, or the next element of the array above it. Elements may
/// move as more come, but not while one is being made, which is when hiredis keeps pointers to it.
reply& reply_for(redisReadTask const* task) {
  if (!task->parent) return static_cast<construction*>(task->privdata)->root;
  auto& elements = static_cast<reply*>(task->parent->obj)->elements;
  assert(elements.size() == static_cast<std::size_t>(task->idx));
  return elements.emplace_back();
}

// hiredis takes a null pointer for lack of memory, and stops: here it stands for what Redis would not send.

void* create_string(redisReadTask const* task, char* text, std::size_t size) {
  reply& made = reply_for(task);
  std::string_view const bytes(text, size);
  switch (task->type) {
    case REDIS_REPLY_ERROR: made.kind = reply_kind::error; break;
    case REDIS_REPLY_STATUS: made.kind = reply_kind::status; break;
    case REDIS_REPLY_STRING: made.kind = reply_kind::string; break;
    default: return nullptr;
  }
  // hiredis has seen two more bytes of a bulk string, but not what they are.
  bool const ends_well = made.kind == reply_kind::string ? std::string_view(text + size, 2) == line_end
                                                         : bytes.find('\n') == std::string_view::npos;
  if (!ends_well) return nullptr;
  made.text = base::slice::copy_of(bytes);
  return &made;
}

/// hiredis before 1.0 counts in int, later ones in std::size_t.
template <typename Count>
void* create_array(redisReadTask const* task, Count size) {
  auto& whole = *static_cast<construction*>(task->privdata);
  auto const count = static_cast<std::size_t>(size);
  if (task->type != REDIS_REPLY_ARRAY || too_deep(task, whole.depth_max)) return nullptr;
  if (count > whole.elements_max - whole.elements) return nullptr;
  whole.elements += count;
  reply& made = reply_for(task);
  made.kind = reply_kind::array;
  made.elements.clear();
  made.elements.reserve(std::min(count, elements_reserved_max));
  return &made;
}

void* create_integer(redisReadTask const* task, long long number) {
  reply& made = reply_for(task);
  made.kind = reply_kind::integer;
  made.number = number;
  return &made;
}

/// Strings and arrays may be nil; a nil of its own is RESP3's.
void* create_nil(redisReadTask const* task) {
  return task->type == REDIS_REPLY_NIL ? nullptr : &reply_for(task);
}

void free_nothing(void*) {}

/// What RESP3 has beside RESP2, which is all that we ask for: hiredis from 1.0 on can read it.
template <typename Functions>
void refuse_resp3(Functions& made) {
  if constexpr (requires {
                  made.createDouble;
                  made.createBool;
                }) {
    made.createDouble = [](redisReadTask const*, double, char*, std::size_t) -> void* { return nullptr; };
    made.createBool = [](redisReadTask const*, int) -> void* { return nullptr; };
  }
}

/// By name, since newer versions have more members, and in another order.
redisReplyObjectFunctions construction_functions = [] {
  redisReplyObjectFunctions made{};
  made.createString = create_string;
  made.createArray = create_array;
  made.createInteger = create_integer;
  made.createNil = create_nil;
  made.freeObject = free_nothing;
  refuse_resp3(made);
  return made;
}();

}  // namespace

struct reply_parser::reader {
  explicit reader(reply_limits const& limits)
      : parse(redisReaderCreateWithFunctions(&construction_functions), redisReaderFree) {
    made.elements_max = limits.elements_max;
    made.depth_max = limits.depth_max;
    parse->privdata = &made;
  }

  std::unique_ptr<redisReader, decltype(&redisReaderFree)> parse;
  construction made;
};

reply_parser::reply_parser(reply_limits limits)
    : limits_(limits), reader_(std::make_unique<reader>(limits)) {}
reply_parser::~reply_parser() = default;
reply_parser::reply_parser(reply_parser&&) noexcept = default;

parse_status reply_parser::next(base::input_buffer& input) {
  if (broken_) return parse_status::garbage;
  if (bulk_) return read_bulk(input);
  std::string_view const unread = input.unread();
  if (fed_ > 0 || !unread.starts_with('$')) return read_other(input);
  std::size_t const line_feed = unread.find('\n');
  if (std::min(line_feed, unread.size()) >= bulk_header_max) return garbage();
  if (line_feed == std::string_view::npos) return parse_status::need_more;
  if (unread.starts_with("$-1")) return read_other(input);
  return read_bulk_header(input, line_feed);
}

parse_status reply_parser::read_bulk_header(base::input_buffer& input, std::size_t line_feed) {
  std::string_view const header = input.unread().substr(0, line_feed + 1);
  std::size_t size = 0;
  auto const [end, failed] = std::from_chars(header.data() + 1, header.data() + header.size(), size);
  std::string_view const rest(end, static_cast<std::size_t>(header.data() + header.size() - end));
  if (failed != std::errc() || rest != line_end || size > limits_.bulk_max) return garbage();
  input.consume(header.size());
  bulk_ = size;
  return read_bulk(input);
}

parse_status reply_parser::read_bulk(base::input_buffer& input) {
  if (*bulk_ > limits_.kept_max) return pass_bulk(input);
  std::size_t const size = *bulk_ + line_end.size();
  std::string_view const unread = input.unread();
  if (unread.size() < size) {
    input.expect(size);
    return parse_status::need_more;
  }
  if (unread.substr(*bulk_, line_end.size()) != line_end) return garbage();
  reader_->made.root.kind = reply_kind::string;
  reader_->made.root.text = input.take(*bulk_);
  input.consume(line_end.size());
  bulk_.reset();
  return parse_status::complete;
}

/// Holds none of the string's bytes longer than until more are read.
parse_status reply_parser::pass_bulk(base::input_buffer& input) {
  std::size_t const here = std::min(*bulk_ - passed_, input.unread().size());
  if (here > 0) input.consume(here);
  passed_ += here;
  std::string_view const unread = input.unread();
  if (passed_ < *bulk_ || unread.size() < line_end.size()) return parse_status::need_more;
  if (!unread.starts_with(line_end)) return garbage();
  input.consume(line_end.size());
  reader_->made.root.kind = reply_kind::oversized;
  reader_->made.root.number = static_cast<std::int64_t>(*bulk_);
  bulk_.reset();
  passed_ = 0;
  return parse_status::complete;
}

parse_status reply_parser::read_other(base::input_buffer& input) {
  redisReader* const parse = reader_->parse.get();
  while (!input.unread().empty()) {
    std::string_view const unread = input.unread();
    std::size_t const line_feed = unread.find('\n');
    std::size_t const count = line_feed == std::string_view::npos ? unread.size() : line_feed + 1;
    if (count > limits_.other_max - fed_) return garbage();
    void* found = nullptr;
    redisReaderFeed(parse, unread.data(), count);
    fed_ += count;
    input.consume(count);
    if (redisReaderGetReply(parse, &found) != REDIS_OK) return garbage();
    if (!found) continue;
    fed_ = 0;
    reader_->made.elements = 0;
    return parse_status::complete;
  }
  return parse_status::need_more;
}

parse_status reply_parser::garbage() {
  broken_ = true;
  return parse_status::garbage;
}

reply reply_parser::take() { return std::exchange(reader_->made.root, reply()); }

}  // namespace tandem::protocol::redis
