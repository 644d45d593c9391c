// One HTTP connection: reads a request, answers it from the page table, and so on until the peer closes, asks to
// close, breaks the protocol, takes too long or is in a newcomer's way. Order: start() once; `ended` is called once, last of all. Its
// pending operation owns it, hence the shared ownership. All on the admin thread.
#pragma once

#include "admin/options.hpp"
#include "admin/page_table.hpp"

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

namespace tandem::admin {

class http_session : public std::enable_shared_from_this<http_session> {
 public:
  using socket = boost::asio::generic::stream_protocol::socket;

  enum class ending : std::uint8_t { ordinary, slow, pushed_out };

  /// `pages` and `options` outlive the session.
  http_session(socket peer, page_table const& pages, admin_options const& options,
               std::function<void(ending)> ended);

  void start() { read_request(); }

  /// Ends at once, whatever it is at, to make room.
  void push_out();

 private:
  using body = boost::beast::http::string_body;

  void await_request();
  void read_request();
  void on_read(boost::system::error_code failed);
  void respond();
  void refuse(unsigned status, std::string line);
  void write(page_answer answer);
  void on_write(boost::system::error_code failed);
  void linger();
  void discard();
  void finish();

  page_table const& pages_;
  admin_options const& options_;
  std::function<void(ending)> ended_;
  ending ending_ = ending::ordinary;
  boost::beast::basic_stream<boost::asio::generic::stream_protocol> stream_;
  boost::asio::steady_timer request_due_;
  boost::beast::flat_buffer buffer_;
  std::optional<boost::beast::http::request_parser<body>> parser_;
  boost::beast::http::response<body> response_;
  std::array<char, 1024> discarded_;
};

}  // namespace tandem::admin
