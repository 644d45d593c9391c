// One memcached server as a pool of one worker knows it: its name there, the links, which may be others' as well, and one
// request's way over them.
#pragma once

#include "backend/held_links.hpp"
#include "backend/memcached/server_links.hpp"
#include "backend/request_metrics.hpp"
#include "base/task.hpp"
#include "model/route.hpp"
#include "net/pipeline.hpp"

#include <string>
#include <string_view>

namespace tandem::backend::memcached {

class server {
 public:
  server(surroundings const& around, net::server_name const& name, link_terms const& on);

  /// What a request may take, and where it is counted, if anywhere.
  struct terms {
    base::duration timeout;
    backend::request_metrics* metrics = nullptr;
  };

  /// Sends the request and awaits the answer, once more after a connection was lost if that cannot do the
  /// work twice. The one coroutine of a request to a pool. A server that starts again counts its cas numbers from the
  /// beginning, so answers tell the connection's generation, and a request that demands another is not sent. Neither is
  /// one with a flag that the server's release does not know; it is refused by the flag's name.
  base::task<model::response> ask(model::request const& asked, model::request_context& context, terms on);

  /// For as long as both live; see server_links.
  void follow(server_links::follower& told) { links_->follow(told); }
  void follow_no_more(server_links::follower& told) { links_->follow_no_more(told); }

  /// What error messages begin with: the backend's and the server's name.
  std::string const& label() const { return label_; }

  /// The release that the server of requests for this key told when it was last connected to: 0.0.0 before that.
  protocol::memcached_release const& release(std::string_view key) const {
    return links_->release(links_->index_for(key));
  }

 private:
  model::response failure(base::error const& reason, model::fate fate = model::fate::never) const;
  model::response refusal(char flag, protocol::memcached_release const& older) const;
  std::size_t oversized(model::request const& asked, net::exchange<codec>& sent) const;
  model::response read(model::request const& asked, link& through, net::exchange<codec>& sent,
                       bool sent_before) const;
  static model::response counted(model::request const& asked, model::response&& response, terms const& on,
                                 base::duration took);

  std::string label_;
  std::size_t const value_max_;  // bytes of a value that clients may have
  held_links<server_links> links_;
};

}  // namespace tandem::backend::memcached
