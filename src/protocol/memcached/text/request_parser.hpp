// Reads what a client of the text protocols, classic and meta, sends, command by command. Does no I/O: after each read
// the session calls next() until it answers need_more. Each other event owes the client one reply, in this
// order; hang_up owes the last line, if there is one. A command with noreply() owes nothing, not even an
// error.
//
// One parser serves one connection. Keys and values are slices of the input chunk, so that a request may
// outlive the parser; arguments() is valid until the next call of next().
#pragma once

#include "base/input_buffer.hpp"
#include "model/limits.hpp"
#include "model/request.hpp"
#include "protocol/memcached/meta/reply_flags.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tandem::protocol::text {

struct parser_limits {
  std::size_t value_max = 1024 * 1024;        // bytes of one value
  std::size_t key_max = model::key_size_max;  // bytes of one key
  std::size_t line_max = 1024 * 1024;         // bytes of a retrieval line; any other may have 2048
};

struct command_line;

enum class event : std::uint8_t {
  need_more,  // the input holds no whole command
  request,    // request() is to be executed and answered
  key,        // so is request(), one of a retrieval of several keys; more of it follows
  lone_key,   // request() is a retrieval of one key, to be answered with its item and END, or its error
  meta,       // request() is to be executed and answered as meta::encode_reply does with told() and opaque()
  end_of_keys,  // the keys of a retrieval are through: END
  local,        // local() is for the session to answer
  too_large,  // execute request(), a delete of the old item, and answer error_line() instead of its response
  error,      // answer error_line(); the connection goes on
  hang_up,    // answer error_line() unless it is empty, and close; next() is not called again
};

/// Why hang_up.
enum class closing : std::uint8_t {
  asked,          // quit
  line_too_long,  // no end of line in line_max bytes, or in 2048
  http,           // a request of that protocol
};

/// What is about this server rather than about an item.
enum class local_command : std::uint8_t {
  version,    // VERSION and a number
  verbosity,  // OK; its level was checked
  stats,      // the group is in arguments(): empty for the general statistics
  metadump,   // of lru_crawler: a line per item, and END
  cluster,  // the servers that clients are to use, as Amazon ElastiCache tells them; where there are none, ERROR
  no_operation,  // MN
};

/// Why a storing command's value is not stored, of an error or of too_large.
enum class refused_value : std::uint8_t { none, too_large, bad_end };

class request_parser {
 public:
  explicit request_parser(parser_limits limits) : limits_(limits) {}

  /// Takes the next command, or the next key of a retrieval, from the front of `input`.
  event next(base::input_buffer& input);

  /// Whether next() has read a command's line and waits for the rest of it.
  bool midway() const { return phase_ == phase::value || phase_ == phase::swallow; }

  /// The session may move it away.
  model::request& request() { return request_; }
  bool noreply() const { return noreply_; }

  local_command local() const { return local_; }
  closing why() const { return why_; }
  /// What stood behind the command's name, without surrounding spaces.
  std::string_view arguments() const { return arguments_; }

  /// Of a meta request: what its reply tells, and the opaque that it gives back, which may be moved away.
  meta::reply_flags told() const { return told_; }
  base::slice& opaque() { return opaque_; }

  refused_value refused() const { return refused_; }
  /// Whose value it was, where refused() is not none.
  model::verb refused_verb() const { return refused_verb_; }

  /// Without the line's end. Never freed.
  std::string_view error_line() const { return error_line_; }

 private:
  struct command;
  struct retrieval_command;
  /// What the requests for the keys of one retrieval have in common.
  struct common_to_keys {
    model::verb command = model::verb::get;
    model::want wanted = model::want::value;
    model::exptime expires = {};
  };
  enum class phase : std::uint8_t { line, value, keys, swallow, closed };

  event read_line(base::input_buffer& input);
  event read_value(base::input_buffer& input);
  event next_key();
  event begin_key(std::string_view key, event as);
  event swallow(base::input_buffer& input);

  // One per kind of command. Each sets the phase that follows its line; a value's is the one without an
  // event.
  event dispatch(std::string_view line);
  event meta_command(std::string_view line, std::string_view name);
  event retrieval(retrieval_command const& entry, std::string_view words);
  event storage(command const& entry, command_line const& line);
  event arithmetic(command const& entry, command_line const& line);
  event touch(command const& entry, command_line const& line);
  event removal(command const& entry, command_line const& line);
  event flush(command const& entry, command_line const& line);
  event no_operation(command const& entry, command_line const& line);
  event version(command const& entry, command_line const& line);
  event verbosity(command const& entry, command_line const& line);
  event crawler(command const& entry, command_line const& line);
  event configuration(command const& entry, command_line const& line);
  event stats(command const& entry, command_line const& line);
  event quit(command const& entry, command_line const& line);
  event shutdown(command const& entry, command_line const& line);

  void forget();
  void keep_line();
  event refuse_value();
  void note_refusal(refused_value why);
  void swallow_value();
  event fail(std::string_view line);
  event close(closing why, std::string_view last_line = {});
  bool key_fits(std::string_view key) const { return key.size() <= limits_.key_max; }
  base::slice part_of_line(std::string_view part) const;

  parser_limits limits_;
  phase phase_ = phase::line;
  event when_stored_ = event::request;  // what a command is once its value is there
  bool noreply_ = false;
  local_command local_ = local_command::version;
  refused_value refused_ = refused_value::none;
  model::verb refused_verb_ = model::verb::set;
  closing why_ = closing::asked;
  std::size_t searched_ = 0;  // unread bytes known to hold no newline
  std::size_t body_ = 0;      // bytes of the value to come, or to swallow
  base::slice line_;          // the command line; keys_ and arguments_ point into it
  std::string_view keys_;     // of a retrieval: what is left of its line
  common_to_keys retrieves_;  // of a retrieval
  model::request request_;
  meta::reply_flags told_;
  base::slice opaque_;
  std::string_view arguments_;
  std::string_view error_line_;
};

}  // namespace tandem::protocol::text
