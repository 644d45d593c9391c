// A server of lines for the tests of upstream connections: it listens on a free loopback port, keeps what each
// client sent, and answers only when the test says so. It runs on the test's own event loop.
#pragma once

#include "net/options.hpp"
#include "unit/net/event_loop.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

namespace tandem::test {

class line_server {
 public:
  using tcp = boost::asio::ip::tcp;

  /// One client's connection.
  class peer : public std::enable_shared_from_this<peer> {
   public:
    explicit peer(tcp::socket accepted) : socket_(std::move(accepted)) {}

    std::string const& received() const { return received_; }
    int reads() const { return reads_; }
    /// Whether the client has closed.
    bool gone() const { return gone_; }

    void say(std::string_view bytes) {
      boost::system::error_code ignored;
      boost::asio::write(socket_, boost::asio::buffer(bytes.data(), bytes.size()), ignored);
    }

    void close() {
      boost::system::error_code ignored;
      socket_.close(ignored);
    }

    void read() {
      socket_.async_read_some(boost::asio::buffer(room_),
                              [self = shared_from_this()](auto failed, std::size_t count) {
                                if (failed) {
                                  self->gone_ = true;
                                  return;
                                }
                                ++self->reads_;
                                self->received_.append(self->room_.data(), count);
                                self->read();
                              });
    }

   private:
    tcp::socket socket_;
    std::array<char, 65536> room_;
    std::string received_;
    int reads_ = 0;
    bool gone_ = false;
  };

  enum class reading : std::uint8_t { at_once, never };

  /// Binds a port, but refuses connections until listen().
  explicit line_server(event_loop& loop, reading when = reading::at_once,
                       std::string const& address = "127.0.0.1")
      : acceptor_(loop.context()), reading_(when) {
    acceptor_.open(tcp::v4());
    acceptor_.bind({boost::asio::ip::make_address_v4(address), 0});
  }

  net::endpoint where() const {
    auto const bound = acceptor_.local_endpoint();
    return {bound.address().to_string(), bound.port(), {}};
  }

  void listen() {
    acceptor_.listen();
    accept();
  }

  /// Listens, but never accepts, and takes no connection beyond the one that waits.
  void listen_without_room() { acceptor_.listen(0); }

  std::size_t accepted() const { return peers_.size(); }
  /// The connections in the order in which they came.
  peer& at(std::size_t index) { return *peers_.at(index); }
  /// What the connection `index` received so far; nothing if there is no such connection yet.
  std::string received(std::size_t index) const {
    return index < peers_.size() ? peers_[index]->received() : std::string();
  }

 private:
  void accept() {
    acceptor_.async_accept([this](boost::system::error_code failed, tcp::socket accepted) {
      if (failed) return;
      peers_.push_back(std::make_shared<peer>(std::move(accepted)));
      if (reading_ == reading::at_once) peers_.back()->read();
      accept();
    });
  }

  tcp::acceptor acceptor_;
  reading reading_;
  std::deque<std::shared_ptr<peer>> peers_;
};

}  // namespace tandem::test
