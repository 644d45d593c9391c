// A pool of memcached servers, each key on the one that the ring names. Belongs to one worker.
//
//   get, gat, touch, set, ..., delete   the key's server answers
//   flush_all                           every server; the first failure is the answer
//
// While the pool holds copies of what is in Redis (L1 of two tiers), prefixes of keys can be invalidated, see
// invalidation_marks.hpp. Items that are outdated by that are removed when they are asked for, and are misses. As long as
// it is not known which are, a hit is answered as stale. A store that names the cas of an item that is or may be
// outdated is answered `exists`: what it would store may have been read from Redis before the invalidation.
//
// A server that is down fails its own keys only, with an error that names it; no key moves to another server, unless another
// route asks for that (rehash_route.hpp). What it misses meanwhile is removed before it answers for it again, see server.hpp.
// Where the servers have become others, copies are outdated that one of them may have from before (server_history.hpp).
#pragma once

#include "backend/memcached/options.hpp"
#include "backend/memcached/pool_servers.hpp"
#include "backend/request_metrics.hpp"
#include "backend/surroundings.hpp"
#include "base/result.hpp"
#include "hashing/server_ring.hpp"
#include "model/route.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

namespace tandem::backend::memcached {

class pool_route final : public model::route {
 public:
  /// An error where the servers cannot be placed as the options ask.
  static base::result<std::unique_ptr<pool_route>> make(pool_servers::terms const& terms,
                                                        surroundings const& around);

  /// Why the servers cannot be placed as the options ask; empty if they can.
  static std::string fault_of(pool_options const& options);

  base::task<model::response> handle(model::request const& asked, model::request_context& context) override;
  void explain(std::string_view key, model::explanation& where) const override;

  void start() override;
  /// Every server, at once.
  base::task<bool> reach(model::request_context& context) override;

  std::string const& name() const { return name_; }

  /// Which of the other servers is asked for the key where its own fails; nothing if none of them is well.
  std::optional<std::size_t> stand_in_for(std::string_view key) const;

  /// As if that one had the key.
  void explain_server_at(std::size_t at, std::string_view key, model::explanation& where) const;

  /// The request as that server answers it, whoever has its key. Not counted as one of the pool's, which asked another first.
  base::task<model::response> ask_server(std::size_t at, model::request const& asked,
                                         model::request_context& context) {
    return servers_->at(at).ask(asked, context, {timeout_});
  }

  void outdate(model::invalidation const& what) override { servers_->marks().invalidate(what); }
  /// Of several that keep copies here, the longest times count.
  void hold_copies(model::copy_times const& times) override;

 private:
  pool_route(std::string name, hashing::server_ring ring, metrics::worker_metrics& metrics);

  base::task<model::response> flush(model::request const& asked, model::request_context& context);
  base::task<model::response> ask_marked(model::request const& asked, model::request_context& context,
                                         std::size_t at);
  base::task<model::response> read_marked(model::request const& asked, model::request_context& context,
                                          std::size_t at);
  base::task<bool> remove_outdated(model::request const& asked, model::request_context& context,
                                   std::size_t at, std::uint64_t cas);

  std::string name_;
  hashing::server_ring ring_;
  backend::request_metrics metrics_;
  base::duration timeout_{};
  bool holds_copies_ = false;
  net::held<pool_servers> servers_;
};

}  // namespace tandem::backend::memcached
