// One memcached server as a pool of one worker knows it: its name there, the links, which may be others' as well, and one
// request's way over them.
//
// Where an account is kept of what the server misses (model/missed_removals.hpp), the items that it has of keys whose change
// did not get there are outdated:
//
// | verb | failed, and the server has not itself refused it (or others stand in for it) |
// |---|---|
// | delete, set, replace, cas | the key is noted |
// | add, append, prepend, incr, decr | noted if they were surely not executed and others stand in for the server, so that they are done there |
// | flush | everything is, unless the flush was for later |
// | all others | nothing is |
//
// What is noted is removed as soon as the server lets it, in any case before it is asked for the key again. A removal that was not
// answered in time may be executed late, over a connection that was given up, and take with it what was stored since: a miss.
#pragma once

#include "backend/held_links.hpp"
#include "backend/memcached/server_links.hpp"
#include "backend/request_metrics.hpp"
#include "base/task.hpp"
#include "model/missed_removals.hpp"
#include "model/removal_replays.hpp"
#include "model/route.hpp"
#include "net/pipeline.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tandem::backend::memcached {

/// What the server has missed. It is the process'.
struct server_account {
  std::shared_ptr<model::missed_removals> missed = nullptr;  // null: none is kept
  bool stand_ins = false;                                    // others do what the server has surely not done

  friend bool operator==(server_account const&, server_account const&) = default;
};

class server final : private model::removal_replays::performer {
 public:
  server(surroundings const& around, net::server_name const& name, link_terms const& on,
         server_account const& kept = {});

  /// What a request may take, and where it is counted, if anywhere.
  struct terms {
    base::duration timeout;
    backend::request_metrics* metrics = nullptr;
  };

  /// Sends the request and awaits the answer, once more after a connection was lost if that cannot do the
  /// work twice. The one coroutine of a request to a pool, where nothing of its key was missed. A server that starts again
  /// counts its cas numbers from the beginning, so answers tell the connection's generation, and a request that demands
  /// another is not sent. Neither is one with a flag that the server's release does not know; it is refused by the flag's
  /// name. While somebody removes what was missed of the key, a request for it fails at once.
  base::task<model::response> ask(model::request const& asked, model::request_context& context, terms on) {
    if (missed_ && missed_->any() && missed_->blocks(asked.key.view()))
      return ask_when_even(asked, context, on);
    return ask_now(asked, context, on);
  }

  /// Whether it answers within `timeout`, after a flush that it was sent before, and has missed none.
  base::task<bool> reach(model::request_context const& context, base::duration timeout);

  /// Whether it is asked for this key, as far as is known.
  bool admits(std::string_view key) const { return !links_->down() && links_->watched().admits(key); }

  net::standing standing_for(std::string_view key) const { return links_->standing_for(key); }

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
  base::task<model::response> ask_now(model::request const& asked, model::request_context& context, terms on);
  base::task<model::response> ask_when_even(model::request const& asked, model::request_context& context,
                                            terms on);
  base::task<model::response> remove_missed(model::missed_removals::due const& what,
                                            model::request_context& context, terms on);
  base::task<bool> replay(model::missed_removals::due what) override;
  bool fails_alike() const override { return true; }
  void note(model::request const& asked, model::response& failed);
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
  std::shared_ptr<model::missed_removals> const missed_;  // null: no account is kept
  bool const stand_ins_;
  metrics::counter& removed_;
  model::request_context background_;
  base::duration const patience_;                  // of a removal that nobody waits for
  std::optional<model::removal_replays> replays_;  // there with the account
};

}  // namespace tandem::backend::memcached
