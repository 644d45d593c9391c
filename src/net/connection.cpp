#include "net/connection.hpp"

#include "net/reactor.hpp"
#include "net/socket_stream.hpp"

#include <boost/container/static_vector.hpp>

#include <algorithm>
#include <utility>

namespace tandem::net {
namespace {

/// Pieces of one gathered write.
constexpr std::size_t pieces_max = 64;

/// Reads in a row from one stream before the others have their turn.
constexpr int reads_max = 4;

/// And bytes that are read from it, and written to it: a system that moves megabytes at once is away for long.
constexpr std::size_t read_max = 64 * 1024;
constexpr std::size_t written_max = 64 * 1024;

/// So many are much: who moves them has to wait for its turn the next time.
constexpr std::size_t much = 32 * 1024;

}  // namespace

class connection::line final : public reactor::flushable,
                               public byte_stream::waiter,
                               public std::enable_shared_from_this<line> {
 public:
  line(net::reactor& reactor, std::unique_ptr<byte_stream> over, connection::traffic traffic,
       connection::owner& owner)
      : open_(over != nullptr),
        reactor_(reactor),
        stream_(std::move(over)),
        traffic_(traffic),
        owner_(&owner) {}

  void hand_over_again() {
    if (std::exchange(again_, true)) return;
    reactor_.post([self = shared_from_this()] { self->go_on(); });
  }

  void want_input() {
    wanted_ = true;
    if (waiting_readable_ || !open_ || ended_) return;
    waiting_readable_ = true;
    stream_->wait_readable(shared_from_this());
  }

  void end_output() {
    if (open_) stream_->end_output();
  }

  void close() {
    if (!open_) return;
    open_ = false;
    stream_->close();
    output_.clear();
  }

  /// The owner is gone: no callback from here on.
  void abandon() {
    owner_ = nullptr;
    close();
  }

  void request_flush() {
    if (!open_ || waiting_writable_ || flush_due() || output_share_.waits()) return;
    output_share_.much ? reactor_.turns().join(output_share_) : reactor_.flush_later(shared_from_this());
  }

  std::string peer() const { return open_ ? stream_->peer() : std::string(); }
  std::uint64_t taken() const { return written_ - (open_ ? stream_->untaken() : 0); }

  base::input_buffer input_;
  base::output_buffer output_;
  std::uint64_t received_ = 0;
  std::uint64_t written_ = 0;
  bool open_;
  bool wanted_ = false;
  bool vanished_ = false;
  bool waiting_writable_ = false;

 private:
  using condition = byte_stream::condition;

  /// Its turn to read, or to write, where much was read or written last time: then much is likely again.
  class share final : public turn_line::member {
   public:
    share(line& of, void (line::*take)()) : of_(of), take_(take) {}

    bool much = false;

   private:
    void on_turn() override { (of_.*take_)(); }

    line& of_;
    void (line::*take_)();
  };

  void on_readable() override {
    waiting_readable_ = false;
    if (!open_ || !wanted_) return;
    if (!input_share_.much) return read();
    if (!input_share_.waits()) reactor_.turns().join(input_share_);
  }

  void read_in_turn() {
    if (open_ && wanted_ && !waiting_readable_ && !again_) read();
  }

  void read() {
    auto const keep = shared_from_this();
    std::uint64_t const others_first = received_ + read_max;
    std::uint64_t const before = received_;
    input_share_.much = false;
    for (int count = 0; count < reads_max && open_ && wanted_ && !again_; ++count) {
      std::span<char> const all_room = input_.prepare();
      std::span<char> const room = all_room.first(std::min(all_room.size(), read_max));
      byte_stream::transfer const read = stream_->read(room);
      if (read.bytes == 0) {
        input_.trim();
        if (read.then == condition::would_block) break;
        return input_ended(read.then);
      }
      input_.commit(read.bytes);
      received_ += read.bytes;
      input_share_.much = received_ - before >= much;
      traffic_.read_bytes.add(read.bytes);
      hand_over();
      // A read that did not fill its room was the last one that finds anything.
      if (read.bytes < room.size() || received_ >= others_first) break;
    }
    if (open_ && wanted_ && !again_) want_input();
  }

  void go_on() {
    again_ = false;
    if (!open_ || !owner_) return;
    hand_over();
    if (open_ && wanted_ && !again_) want_input();
  }

  void hand_over() {
    reactor::batch const one(reactor_);
    owner_->on_input();
  }

  void input_ended(condition how) {
    ended_ = true;
    if (how == condition::ended) return owner_->on_end_of_input();
    broke();
  }

  void broke() {
    byte_stream::breakage const why = stream_->why_broken();
    vanished_ = why.peer_vanished;
    close();
    if (owner_) std::exchange(owner_, nullptr)->on_closed(why.words);
  }

  void flush() override {
    auto const keep = shared_from_this();
    if (owner_ && !owner_->on_flush()) return;
    std::uint64_t const before = written_;
    bool const more = write_share();
    output_share_.much = written_ - before >= much;
    if (more) request_flush();
  }

  void flush_in_turn() {
    if (open_ && !waiting_writable_ && !flush_due()) flush();
  }

  /// Whether there is more to write, when others have had their share.
  bool write_share() {
    std::uint64_t const others_first = written_ + written_max;
    while (open_ && !output_.empty()) {
      if (written_ >= others_first) return true;
      boost::container::static_vector<iovec, pieces_max> pieces;
      std::size_t gathered = 0;
      output_.front(pieces_max, [&](char const* data, std::size_t size) {
        std::size_t const taken = std::min(size, written_max - gathered);
        if (taken > 0) pieces.push_back({const_cast<char*>(data), taken});
        gathered += taken;
      });
      byte_stream::transfer const sent = stream_->write({pieces.data(), pieces.size()});
      // Before that is told, the owner takes what it has left; then the next read, or the next write, finds out again.
      if (sent.then == condition::broken) {
        if (!again_) broke();
        return false;
      }
      if (sent.bytes < gathered) wait_writable();
      wrote(sent.bytes);
      if (sent.bytes < gathered) return false;
    }
    return false;
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
    stream_->wait_writable(shared_from_this());
  }

  void on_writable() override {
    waiting_writable_ = false;
    request_flush();
  }

  net::reactor& reactor_;
  std::unique_ptr<byte_stream> const stream_;
  connection::traffic traffic_;
  connection::owner* owner_;
  share input_share_{*this, &line::read_in_turn};
  share output_share_{*this, &line::flush_in_turn};
  bool waiting_readable_ = false;
  bool again_ = false;  // the owner has left something in input_
  bool ended_ = false;
};

connection::connection(std::shared_ptr<line> connected) : line_(std::move(connected)) {}
connection::connection(connection&&) noexcept = default;

connection& connection::operator=(connection&& other) noexcept {
  if (line_) line_->abandon();
  line_ = std::move(other.line_);
  return *this;
}

connection::~connection() {
  if (line_) line_->abandon();
}

connection connection::adopt(reactor& reactor, int descriptor, traffic traffic, owner& owner) {
  return over(reactor, make_socket_stream(reactor, descriptor), traffic, owner);
}

connection connection::over(reactor& reactor, std::unique_ptr<byte_stream> stream, traffic traffic,
                            owner& owner) {
  return connection(std::make_shared<line>(reactor, std::move(stream), traffic, owner));
}

base::input_buffer& connection::input() { return line_->input_; }
base::output_buffer& connection::output() { return line_->output_; }
base::output_buffer const& connection::output() const { return line_->output_; }
void connection::start_reading() { line_->want_input(); }
void connection::leave_rest() { line_->hand_over_again(); }
std::string connection::peer() const { return line_->peer(); }
void connection::stop_reading() { line_->wanted_ = false; }
void connection::flush_later() { line_->request_flush(); }
std::uint64_t connection::received() const { return line_->received_; }
std::uint64_t connection::written() const { return line_->written_; }
bool connection::congested() const { return line_->waiting_writable_ && line_->open_; }
std::uint64_t connection::taken() const { return line_->taken(); }
void connection::end_output() { line_->end_output(); }
bool connection::peer_vanished() const { return line_->vanished_; }
void connection::close() { line_->close(); }
bool connection::open() const { return line_->open_; }

}  // namespace tandem::net
