// A backend's hold on the links of one server, by which it names the server: they are those of all in this worker who name the
// same server on the same terms.
//
// `Set` derives from net::link_set and has `terms`: where the server is, `upstream` and what else the links depend on, with
// an operator== that is defaulted, so that nothing is forgotten. How long a request may take travels with the request, and
// divides no set.
#pragma once

#include "backend/surroundings.hpp"

#include <chrono>
#include <utility>

namespace tandem::backend {

template <class Set>
class held_links {
 public:
  held_links(surroundings const& around, net::server_name name, typename Set::terms on)
      : name_(std::move(name)) {
    std::chrono::milliseconds const timeout = on.upstream.timeout;
    on.upstream = on.upstream.without_timeout();
    set_ = around.links.template find_or_make<Set>(base::identity(on),
                                                   [&] { return std::make_unique<Set>(around, name_, on); });
    set_->watched().add(name_);
    set_->allow(timeout);
  }
  ~held_links() { set_->watched().drop(name_); }
  held_links(held_links const&) = delete;
  held_links& operator=(held_links const&) = delete;

  Set* operator->() const { return set_.get(); }
  Set& operator*() const { return *set_; }

 private:
  net::server_name const name_;
  net::held<Set> set_;
};

}  // namespace tandem::backend
