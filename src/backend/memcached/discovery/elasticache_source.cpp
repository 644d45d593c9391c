#include "backend/memcached/discovery/elasticache_source.hpp"

#include "base/printable.hpp"
#include "net/byte_stream.hpp"
#include "net/connection.hpp"
#include "net/name_resolver.hpp"
#include "net/socket_connector.hpp"
#include "protocol/memcached/text/cluster_reply_parser.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace tandem::backend::memcached {

using protocol::text::cluster_reply;
using protocol::text::cluster_server;

namespace {

/// By its name, as clients place keys; connected to by its address, if that is told.
server_options server_of(cluster_server const& told) {
  bool const apart = told.address != told.host && net::literal_address(told.address);
  return {{told.host, told.port, {}}, 1, {}, apart ? told.address : std::string()};
}

found_servers servers_in(cluster_reply const& told) {
  found_servers found{{}, told.version};
  for (cluster_server const& each : told.servers) found.servers.push_back(server_of(each));
  std::ranges::sort(found.servers, {}, [](server_options const& each) {
    return std::pair(each.endpoint.host, each.endpoint.port);
  });
  return found;
}

}  // namespace

/// One connection, from the attempt to make it to the answer.
class elasticache_source::question final : private net::connector::caller, private net::connection::owner {
 public:
  question(elasticache_source& of, listener told) : of_(of), told_(std::move(told)) {}
  ~question() {
    if (attempt_) attempt_->abandon();
  }

  /// May tell, and so end this object, before it returns.
  void start() {
    auto const made = net::socket_connector().make_attempt(of_.on_, *this);
    attempt_ = made;
    made->start(of_.from_);
  }

 private:
  void on_stream(std::unique_ptr<net::byte_stream> made) override {
    attempt_.reset();
    connection_.emplace(
        net::connection::over(of_.on_, std::move(made), {of_.read_bytes_, of_.written_bytes_}, *this));
    if (!connection_->open()) return fail("cannot watch the socket");
    connection_->start_reading();
    say(protocol::text::cluster_question);
  }

  void on_no_stream(std::string why, net::connector::fault) override { fail(std::move(why)); }

  void say(std::string_view words) {
    connection_->output().append(words);
    connection_->flush_later();
  }

  void on_input() override {
    switch (parser_.next(connection_->input())) {
      case base::parse_status::need_more: return;
      case base::parse_status::garbage: return fail("it does not answer as a configuration endpoint does");
      case base::parse_status::complete: return take(parser_.take());
    }
  }

  void take(cluster_reply const& told) {
    switch (told.what) {
      case cluster_reply::kind::servers: return end(servers_in(told));
      case cluster_reply::kind::nothing: return fail("it knows of no cluster");
      case cluster_reply::kind::refused: break;
    }
    if (std::exchange(asked_again_, true)) return fail(base::printable(told.words));
    say(protocol::text::old_cluster_question);
  }

  void on_end_of_input() override { fail("connection closed by the server"); }
  void on_output() override {}
  void on_closed(std::string_view reason) override { fail(std::string(reason)); }

  void fail(std::string why) { end(base::error{base::error_kind::connect, std::move(why)}); }

  void end(base::result<found_servers> what) {
    listener const told = std::move(told_);
    std::unique_ptr<question> const self = std::move(of_.under_way_);
    told(std::move(what));
  }

  elasticache_source& of_;
  listener told_;
  bool asked_again_ = false;
  std::shared_ptr<net::connector::attempt> attempt_;
  protocol::text::cluster_reply_parser parser_;
  std::optional<net::connection> connection_;
};

elasticache_source::elasticache_source(net::reactor& on, net::endpoint from)
    : on_(on), from_(std::move(from)) {}

elasticache_source::~elasticache_source() = default;

void elasticache_source::ask(listener told) {
  under_way_ = std::make_unique<question>(*this, std::move(told));
  under_way_->start();
}

void elasticache_source::drop() { under_way_.reset(); }

}  // namespace tandem::backend::memcached
