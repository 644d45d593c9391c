// Looks up a server's name again and again, so that whoever is connected to it hears when the server is elsewhere. A name that does
// not resolve says nothing. Belongs to one reactor's thread.
#pragma once

#include "base/timer.hpp"
#include "net/name_resolver.hpp"
#include "net/options.hpp"
#include "net/reactor.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tandem::net {

class name_watch final : private base::timer {
 public:
  class follower {
   public:
    /// Whether it matters where the server is.
    virtual bool connected() const = 0;
    /// It is at one of these; at least one.
    virtual void on_addresses(std::vector<std::string> const& found) = 0;

   protected:
    ~follower() = default;
  };

  /// Every `every`, a tenth more or less; never, if that is 0 or `where` is no name.
  name_watch(net::reactor& on, endpoint const& where, base::duration every, follower& told);
  ~name_watch() override;

 private:
  struct question;

  void on_deadline() override;
  void arm();

  net::reactor& on_;
  std::string const host_;
  base::duration const every_;
  follower& told_;
  std::shared_ptr<question> asked_;  // what comes from other threads looks whether it is there
};

}  // namespace tandem::net
