// The other servers of a pool in place of the one that a key is on, for as long as that fails: of those that are well the one
// that the key, hashed anew, falls on; all who see the same servers fail choose the same. Belongs to one worker; the pool
// outlives it.
//
//   get, gat, touch, set, ..., delete   the other server answers; an error where no other is well
//   flush_all                           nothing is done, for the pool flushes all of its servers
#pragma once

#include "model/route.hpp"

#include <string>

namespace tandem::backend::memcached {

class pool_route;

class rehash_route final : public model::route {
 public:
  explicit rehash_route(pool_route& pool) : pool_(pool) {}

  base::task<model::response> handle(model::request const& asked, model::request_context& context) override;
  void explain(std::string_view key, model::explanation& where) const override;
  // reach() is the pool's, which asks all of its servers.

 private:
  pool_route& pool_;
};

}  // namespace tandem::backend::memcached
