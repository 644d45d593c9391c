#include "admin/http_session.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

#include <utility>

namespace tandem::admin {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

namespace {

/// Bytes asked for when a request begins.
constexpr std::size_t first_read = 1024;

}  // namespace

http_session::http_session(socket peer, page_table const& pages, admin_options const& options,
                           std::function<void(ending)> ended)
    : pages_(pages),
      options_(options),
      ended_(std::move(ended)),
      stream_(std::move(peer)),
      request_due_(stream_.get_executor()),
      // A header must fit whole, and what was pipelined behind it may lie in the buffer with it.
      buffer_(2 * options.request_bytes_max) {}

/// Until a further request begins, the connection is idle.
void http_session::await_request() {
  if (buffer_.size() != 0) return read_request();
  stream_.expires_after(options_.idle_timeout);
  stream_.async_read_some(buffer_.prepare(first_read),
                          [self = shared_from_this()](error_code failed, std::size_t count) {
                            if (failed) return self->finish();
                            self->buffer_.commit(count);
                            self->read_request();
                          });
}

void http_session::read_request() {
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(options_.request_bytes_max));
  parser_->body_limit(options_.request_bytes_max);
  stream_.expires_never();
  request_due_.expires_after(options_.request_timeout);
  request_due_.async_wait([self = shared_from_this()](error_code withdrawn) {
    if (withdrawn || self->request_due_.expiry() > std::chrono::steady_clock::now()) return;
    self->ending_ = ending::slow;
    self->stream_.cancel();
  });
  http::async_read(stream_, buffer_, *parser_,
                   [self = shared_from_this()](error_code failed, std::size_t) { self->on_read(failed); });
}

void http_session::on_read(error_code failed) {
  request_due_.cancel();
  if (!failed) return respond();
  if (ending_ == ending::slow) return refuse(408, "the request did not arrive in time\n");
  if (failed == http::error::header_limit || failed == http::error::buffer_overflow)
    return refuse(431, "the request's header is too long\n");
  if (failed == http::error::body_limit) return refuse(413, "the request's body is too long\n");
  bool const peer_left = failed == http::error::end_of_stream || failed == http::error::partial_message;
  bool const malformed = failed.category() == http::make_error_code(http::error::bad_value).category();
  if (malformed && !peer_left) return refuse(400, "this is not an HTTP request\n");
  finish();
}

void http_session::respond() {
  auto const& request = parser_->get();
  response_ = {};
  response_.version(request.version());
  response_.keep_alive(request.keep_alive());
  write(pages_.answer(request.method_string(), request.target(), request.body()));
}

/// Where the next request would begin is unknown: the answer is the connection's last.
void http_session::refuse(unsigned status, std::string line) {
  response_ = {};
  response_.keep_alive(false);
  write(plain_answer(status, std::move(line)));
}

void http_session::write(page_answer answer) {
  response_.result(answer.status);
  response_.set(http::field::server, "tandem");
  response_.set(http::field::content_type, answer.content_type);
  if (!answer.allow.empty()) response_.set(http::field::allow, answer.allow);
  response_.content_length(answer.body.size());
  bool const header_only = parser_->is_header_done() && parser_->get().method() == http::verb::head;
  if (!header_only) response_.body() = std::move(answer.body);
  stream_.expires_after(options_.idle_timeout);
  http::async_write(stream_, response_,
                    [self = shared_from_this()](error_code failed, std::size_t) { self->on_write(failed); });
}

void http_session::on_write(error_code failed) {
  if (failed == boost::beast::error::timeout) ending_ = ending::slow;
  if (failed) return finish();
  if (!response_.keep_alive()) return linger();
  response_ = {};  // an idle connection holds no page
  await_request();
}

/// To close with bytes unread would reset the connection, and the peer might lose the answer.
void http_session::linger() {
  error_code failed;
  stream_.socket().shutdown(asio::socket_base::shutdown_send, failed);
  if (failed) return finish();
  stream_.expires_after(options_.request_timeout);
  discard();
}

void http_session::discard() {
  stream_.async_read_some(asio::buffer(discarded_),
                          [self = shared_from_this()](error_code failed, std::size_t) {
                            if (failed) return self->finish();
                            self->discard();
                          });
}

void http_session::push_out() {
  ending_ = ending::pushed_out;
  stream_.close();
}

void http_session::finish() {
  stream_.close();
  ended_(ending_);
}

}  // namespace tandem::admin
