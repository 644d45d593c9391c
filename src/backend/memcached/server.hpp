// One memcached server of a pool, as one worker sees it: its connections, and one request's way over them.
#pragma once

#include "backend/memcached/greeting.hpp"
#include "backend/meter.hpp"
#include "base/task.hpp"
#include "model/route.hpp"
#include "net/pipeline.hpp"

#include <memory>
#include <string>
#include <vector>

namespace tandem::backend::memcached {

class server {
 public:
  /// `value_max`: bytes of a value that clients may have; a larger one is an error of its key.
  server(net::reactor& reactor, net::pipeline_options const& options, std::size_t value_max);

  /// What a request may take, and where it is counted, if anywhere.
  struct terms {
    base::duration timeout;
    backend::meter* counted = nullptr;
  };

  /// Sends the request and awaits the answer, once more after a connection was lost if that cannot do the
  /// work twice. The one coroutine of a request to a pool. A server that starts again counts its cas numbers from the
  /// beginning, so answers tell the connection's generation, and a request that demands another is not sent. Neither is
  /// one with a flag that the server's release does not know; it is refused by the flag's name.
  base::task<model::response> ask(model::request const& asked, model::request_context& context, terms on);

  /// What error messages begin with: the backend's and the server's name.
  std::string const& label() const { return label_; }

  /// The release that the server of requests for this key told when it was last connected to: 0.0.0 before that.
  protocol::memcached_release const& release(std::string_view key) const { return line_for(key).release; }

 private:
  /// One connection, and what was told when it was made.
  struct line {
    line(net::reactor& reactor, net::pipeline_options const& options, std::size_t value_max);

    /// Of the server at the other end of the present connection, once it is open.
    bool is_older_than(protocol::memcached_release const& needed) const { return release < needed; }

    protocol::memcached_release release;
    link through;
  };

  /// Requests for one key always take the same connection, so that they stay in order.
  line& line_for(std::string_view key) const;
  model::response failure(base::error const& reason, model::fate fate = model::fate::never) const;
  model::response refusal(char flag, line const& over) const;
  std::size_t oversized(model::request const& asked, net::exchange<codec>& sent) const;
  model::response read(model::request const& asked, link& through, net::exchange<codec>& sent,
                       bool sent_before) const;
  static model::response counted(model::request const& asked, model::response&& response, terms const& on,
                                 base::duration took);

  std::string label_;
  std::size_t const value_max_;  // bytes of a value that clients may have
  std::vector<std::unique_ptr<line>> lines_;
};

}  // namespace tandem::backend::memcached
