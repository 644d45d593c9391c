// A pool of memcached servers, each key on the one that the ring names. Belongs to one worker.
//
//   get, gat, touch, set, ..., delete   the key's server answers
//   flush_all                           every server; the first failure is the answer
//
// A server that is down fails its own keys only, with an error that names it; no key moves to another server.
#pragma once

#include "backend/memcached/options.hpp"
#include "backend/memcached/server.hpp"
#include "backend/meter.hpp"
#include "base/result.hpp"
#include "hashing/server_ring.hpp"
#include "model/route.hpp"

#include <memory>
#include <string>
#include <vector>

namespace tandem::backend::memcached {

class pool_route final : public model::route {
 public:
  /// An error where the servers cannot be placed as the options ask.
  static base::result<std::unique_ptr<pool_route>> make(std::string name, pool_options const& options,
                                                        net::upstream_options const& upstream,
                                                        net::reactor& reactor,
                                                        metrics::worker_metrics& figures);

  base::task<model::response> handle(model::request const& asked, model::request_context& context) override;
  void explain(std::string_view key, model::explanation& where) const override;

 private:
  pool_route(std::string name, hashing::server_ring ring, metrics::worker_metrics& figures);

  base::task<model::response> flush(model::request const& asked, model::request_context& context);

  std::string name_;
  hashing::server_ring ring_;
  backend::meter meter_;
  base::duration timeout_{};
  std::vector<std::unique_ptr<server>> servers_;
  std::vector<std::string> server_names_;
};

}  // namespace tandem::backend::memcached
