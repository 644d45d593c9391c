// A blocking HTTP client on one connection, for tests: sends bytes as given, and reads one response at a time.
#pragma once

#include "net/options.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <sys/socket.h>

#include <string>
#include <string_view>

namespace tandem::test {

class http_client {
 public:
  using response = boost::beast::http::response<boost::beast::http::string_body>;

  explicit http_client(net::endpoint const& where) {
    namespace asio = boost::asio;
    if (where.unix_socket()) {
      socket_.connect(asio::local::stream_protocol::endpoint(where.path));
    } else {
      socket_.connect(asio::ip::tcp::endpoint(asio::ip::make_address(where.host), where.port));
      socket_.set_option(asio::ip::tcp::no_delay(true));
    }
    // A server that never answers fails the test instead of hanging it.
    timeval const patience{.tv_sec = 20, .tv_usec = 0};
    ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }

  void send(std::string_view bytes) { boost::asio::write(socket_, boost::asio::buffer(bytes)); }

  /// The next response; that of a HEAD has no body.
  response receive(boost::beast::http::verb asked = boost::beast::http::verb::get) {
    boost::beast::http::response_parser<boost::beast::http::string_body> parser;
    parser.skip(asked == boost::beast::http::verb::head);
    boost::beast::http::read(socket_, buffer_, parser);
    return parser.release();
  }

  response get(std::string_view target) {
    send("GET " + std::string(target) + " HTTP/1.1\r\nHost: test\r\n\r\n");
    return receive();
  }

  /// Waits for the server to close in an orderly way; false if it sends something first, or resets.
  [[nodiscard]] bool closed_by_server() {
    char byte = 0;
    boost::system::error_code failed;
    socket_.read_some(boost::asio::buffer(&byte, 1), failed);
    return buffer_.size() == 0 && failed == boost::asio::error::eof;
  }

 private:
  boost::asio::io_context context_;
  boost::asio::generic::stream_protocol::socket socket_{context_};
  boost::beast::flat_buffer buffer_;
};

}  // namespace tandem::test
