// A pipeline of lines to a line_server, and requests whose result reads as text: what the pipeline's tests
// are written with.
#pragma once

#include "net/pipeline.hpp"
#include "unit/net/health_log.hpp"
#include "unit/net/line_server.hpp"

#include <fmt/core.h>

#include <memory>
#include <string>
#include <vector>

namespace tandem::test {

/// A reply is a line; one that begins with a question mark is garbage.
struct line_codec {
  using reply_type = std::string;

  base::parse_status next(base::input_buffer& input) {
    std::string_view const unread = input.unread();
    if (unread.front() == '?') return base::parse_status::garbage;
    std::size_t const end = unread.find('\n');
    if (end == std::string_view::npos) return base::parse_status::need_more;
    reply = unread.substr(0, end);
    input.consume(end + 1);
    return base::parse_status::complete;
  }
  std::string take() { return std::move(reply); }

  std::string reply;
};

using line_pipeline = net::pipeline<line_codec>;
using line_result = line_pipeline::exchange_type::result;

/// The replies with commas between them, or the kind of failure and whether the request had been sent.
inline std::string in_words(line_result const& result) {
  if (!result) {
    auto const& failure = result.error();
    return fmt::format("{}, {}", to_string(failure.reason.kind), failure.sent ? "sent" : "not sent");
  }
  std::string words;
  for (std::string const& reply : *result) words += (words.empty() ? "" : ",") + reply;
  return words;
}

/// One request on its way. Destroying it destroys the coroutine that awaits the reply.
class line_request {
 public:
  line_request(line_pipeline& through, std::string line, base::duration patience = std::chrono::seconds(5),
               std::uint32_t replies = 1, std::uint32_t client = 1,
               net::priority priority = net::priority::queued)
      : running_(
            ask(through, std::move(line), through.reactor().now() + patience, replies, client, priority)) {
    if (running_.start([](void* self) { static_cast<line_request*>(self)->finish(); }, this)) finish();
  }

  bool done() const { return done_; }
  /// As in_words() has it; empty while there is none.
  std::string const& result() const { return result_; }
  std::string const& message() const { return message_; }

  /// Called when the result is there, after it can be seen.
  std::function<void()> then;

 private:
  base::task<line_result> ask(line_pipeline& through, std::string line, base::time_point deadline,
                              std::uint32_t replies, std::uint32_t client, net::priority priority) {
    co_return co_await through.send({deadline, replies, client, priority},
                                    [&line](base::output_buffer& output) {
                                      output.append(line);
                                      output.append("\n");
                                    });
  }

  void finish() {
    line_result const came = running_.take();
    result_ = in_words(came);
    if (!came) message_ = came.error().reason.message;
    done_ = true;
    if (then) then();
  }

  bool done_ = false;
  std::string result_;
  std::string message_;
  base::task<line_result> running_;
};

/// One server, one pipeline to it, and what both need.
struct line_world {
  explicit line_world(line_pipeline::handshake greet = {})
      : line_world(net::upstream_options{}, std::move(greet)) {}

  explicit line_world(net::upstream_options upstream, line_pipeline::handshake greet = {},
                      line_server::reading when = line_server::reading::at_once)
      : watched(health, worker, base::identity(std::string("the server")), {"pool", "server"},
                {upstream.breaker, upstream.retry.budget_min, upstream.pending_max}),
        server(loop, when),
        client(
            std::in_place, loop.reactor(), options(upstream), [] { return line_codec(); }, std::move(greet)) {
  }

  /// Lets the server listen, and brings the pipeline to an open connection by one request.
  void open() {
    server.listen();
    line_request first(*client, "first");
    REQUIRE(loop.until([&] { return server.received(0) == "first\n"; }));
    server.at(0).say("opened\n");
    REQUIRE(loop.until([&] { return first.done(); }));
  }

  net::pipeline_options options(net::upstream_options upstream) {
    return {server.where(), upstream, watched, [this](unsigned failures) {
              pauses.push_back(failures);
              return base::duration(pause);
            }};
  }

  event_loop loop;
  metrics::registry registry;
  metrics::worker_metrics& worker = registry.add_worker();
  health_log log;
  net::server_health health{log.writer()};
  net::watched_server watched;
  net::upstream_metrics upstream_metrics{worker, watched.counted_as()};
  line_server server;
  std::vector<unsigned> pauses;  // the failures in a row, each time the pipeline asked how long to pause
  std::chrono::milliseconds pause{10};
  std::optional<line_pipeline> client;
};

}  // namespace tandem::test
