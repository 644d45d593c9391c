#include "net/connection.hpp"

#include "net/reactor.hpp"

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/container/static_vector.hpp>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tandem::net {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

/// Pieces of one gathered write; Asio passes at most 64 on.
constexpr std::size_t pieces_max = 64;

/// Reads in a row from one socket before the others have their turn.
constexpr int reads_max = 4;

using socket_type =
    asio::basic_stream_socket<asio::generic::stream_protocol, asio::io_context::executor_type>;

}  // namespace

class connection::stream final : public reactor::flushable, public std::enable_shared_from_this<stream> {
 public:
  stream(net::reactor& reactor, int descriptor, connection::traffic counted, connection::owner& owner)
      : reactor_(reactor), socket_(reactor.context()), traffic_(counted), owner_(&owner) {
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &length);
    error_code failed;
    socket_.assign(asio::generic::stream_protocol(address.ss_family, 0), descriptor, failed);
    if (failed) ::close(descriptor);
    if (!failed) socket_.non_blocking(true, failed);
    open_ = !failed;
  }

  void want_input() {
    wanted_ = true;
    if (waiting_readable_ || !open_ || ended_) return;
    waiting_readable_ = true;
    socket_.async_wait(socket_type::wait_read, [self = shared_from_this()](error_code failed) {
      self->waiting_readable_ = false;
      if (!failed && self->open_ && self->wanted_) self->read();
    });
  }

  void end_output() {
    error_code ignored;
    if (open_) socket_.shutdown(socket_type::shutdown_send, ignored);
  }

  void close() {
    if (!open_) return;
    open_ = false;
    error_code ignored;
    socket_.close(ignored);
    output_.clear();
  }

  /// The owner is gone: no callback from here on.
  void abandon() {
    owner_ = nullptr;
    close();
  }

  void request_flush() {
    if (open_ && !waiting_writable_ && !flush_due()) reactor_.flush_later(shared_from_this());
  }

  std::uint64_t taken() {
    int waiting = 0;
    if (!open_ || ::ioctl(socket_.native_handle(), SIOCOUTQ, &waiting) != 0) return written_;
    return written_ - static_cast<std::uint64_t>(waiting);
  }

  base::input_buffer input_;
  base::output_buffer output_;
  std::uint64_t received_ = 0;
  std::uint64_t written_ = 0;
  bool open_ = false;
  bool wanted_ = false;
  bool vanished_ = false;
  bool waiting_writable_ = false;

 private:
  void read() {
    auto const keep = shared_from_this();
    for (int count = 0; count < reads_max && open_ && wanted_; ++count) {
      std::span<char> const room = input_.prepare();
      error_code failed;
      std::size_t const read = socket_.read_some(asio::buffer(room.data(), room.size()), failed);
      if (failed) {
        input_.trim();
        if (failed == asio::error::would_block) break;
        return input_ended(failed);
      }
      input_.commit(read);
      received_ += read;
      traffic_.read_bytes.add(read);
      hand_over();
      // A read that did not fill its room was the last one that finds anything.
      if (read < room.size()) break;
    }
    if (open_ && wanted_) want_input();
  }

  void hand_over() {
    reactor::batch const one(reactor_);
    owner_->on_input();
  }

  void input_ended(error_code reason) {
    ended_ = true;
    if (reason == asio::error::eof) return owner_->on_end_of_input();
    broke(reason);
  }

  void broke(error_code reason) {
    // A router on the way may say so before the time is over.
    vanished_ = reason == asio::error::timed_out || reason == asio::error::host_unreachable ||
                reason == asio::error::network_unreachable;
    close();
    if (owner_) std::exchange(owner_, nullptr)->on_closed(reason.message());
  }

  void flush() override {
    auto const keep = shared_from_this();
    while (open_ && !output_.empty()) {
      boost::container::static_vector<asio::const_buffer, pieces_max> pieces;
      std::size_t gathered = 0;
      output_.front(pieces_max, [&](char const* data, std::size_t size) {
        pieces.emplace_back(data, size);
        gathered += size;
      });
      error_code failed;
      std::size_t const count = socket_.write_some(pieces, failed);
      bool const full = failed == asio::error::would_block;
      if (failed && !full) return broke(failed);
      if (count < gathered) wait_writable();
      wrote(count);
      if (count < gathered) return;
    }
  }

  void wrote(std::size_t count) {
    output_.consume(count);
    written_ += count;
    traffic_.written_bytes.add(count);
    if (owner_) owner_->on_output();
  }

  void wait_writable() {
    if (waiting_writable_ || !open_) return;
    waiting_writable_ = true;
    socket_.async_wait(socket_type::wait_write, [self = shared_from_this()](error_code failed) {
      self->waiting_writable_ = false;
      if (!failed && self->open_) self->flush();
    });
  }

  net::reactor& reactor_;
  socket_type socket_;
  connection::traffic traffic_;
  connection::owner* owner_;
  bool waiting_readable_ = false;
  bool ended_ = false;
};

connection::connection(std::shared_ptr<stream> connected) : stream_(std::move(connected)) {}
connection::connection(connection&&) noexcept = default;

connection& connection::operator=(connection&& other) noexcept {
  if (stream_) stream_->abandon();
  stream_ = std::move(other.stream_);
  return *this;
}

connection::~connection() {
  if (stream_) stream_->abandon();
}

connection connection::adopt(reactor& reactor, int descriptor, traffic counted, owner& owner) {
  return connection(std::make_shared<stream>(reactor, descriptor, counted, owner));
}

base::input_buffer& connection::input() { return stream_->input_; }
base::output_buffer& connection::output() { return stream_->output_; }
base::output_buffer const& connection::output() const { return stream_->output_; }
void connection::start_reading() { stream_->want_input(); }
void connection::stop_reading() { stream_->wanted_ = false; }
void connection::flush_later() { stream_->request_flush(); }
std::uint64_t connection::received() const { return stream_->received_; }
std::uint64_t connection::written() const { return stream_->written_; }
bool connection::congested() const { return stream_->waiting_writable_ && stream_->open_; }
std::uint64_t connection::taken() const { return stream_->taken(); }
void connection::end_output() { stream_->end_output(); }
bool connection::peer_vanished() const { return stream_->vanished_; }
void connection::close() { stream_->close(); }
bool connection::open() const { return stream_->open_; }

}  // namespace tandem::net
