// What one worker has to servers, by identity: whoever asks for the same on the same terms gets the same, and it lasts for as
// long as somebody holds it. Route trees come and go meanwhile. Belongs to one worker's thread; counts are not atomic.
//
//   struct link_set : net::registered { ... };
//   net::held<link_set> links = registry.find_or_make<link_set>(base::identity(terms), [&] { return make_unique...; });
#pragma once

#include "base/identity.hpp"
#include "base/timer.hpp"
#include "net/reactor.hpp"

#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <cstddef>
#include <list>
#include <memory>
#include <utility>

namespace tandem::net {

class link_registry;

/// What can be held. It ends when nobody holds it any more and it is quiet: soon, and from the event loop alone, since no
/// connection may end while one of its own functions runs.
class registered {
 public:
  registered() = default;
  registered(registered const&) = delete;
  registered& operator=(registered const&) = delete;
  virtual ~registered() = default;

  /// Whether nobody waits for anything of it.
  virtual bool quiet() const = 0;

 private:
  friend link_registry;
  friend void intrusive_ptr_add_ref(registered* one) { ++one->holders_; }
  friend void intrusive_ptr_release(registered* one) {
    if (--one->holders_ == 0) one->let_go();
  }

  void let_go();

  std::size_t holders_ = 0;
  link_registry* registry_ = nullptr;
};

template <class Registered>
using held = boost::intrusive_ptr<Registered>;

class link_registry final : private base::timer {
 public:
  explicit link_registry(net::reactor& reactor) : reactor_(reactor) {}

  /// Ends all that is left. Nobody holds any of it.
  ~link_registry() override { clear(); }

  /// The same as the destructor. What holds others goes before them.
  void clear();

  /// Ends at once what nobody holds and is quiet. From the event loop alone.
  void sweep();

  /// What is known as `who`, or else what `make()` gives as a unique_ptr. An identity stands for one type.
  template <class Registered, class Make>
  held<Registered> find_or_make(base::identity const& who, Make make) {
    if (registered* const known = find(who)) return held<Registered>(static_cast<Registered*>(known));
    std::unique_ptr<Registered> made = make();
    held<Registered> const result(made.get());
    keep(who, std::move(made));
    return result;
  }

  std::size_t size() const { return all_.size(); }

 private:
  friend registered;

  struct entry {
    base::identity who;
    std::unique_ptr<registered> one;
  };

  void on_deadline() override { sweep(); }
  registered* find(base::identity const& who) const;
  void keep(base::identity const& who, std::unique_ptr<registered> made);
  void look_at(base::time_point when) { reactor_.arm(*this, when); }

  net::reactor& reactor_;
  std::list<entry> all_;
};

}  // namespace tandem::net
