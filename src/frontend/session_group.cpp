#include "frontend/session_group.hpp"

#include "net/reactor.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cassert>
#include <string_view>

namespace tandem::frontend {

session_group::session_group(service& shared, connection_balance& balance, std::size_t worker)
    : shared_(shared), balance_(balance), worker_(worker) {}

session_group::~session_group() { close_all(); }

void session_group::accept(int descriptor, entrance const& by, address_limit::place among_its_own) {
  if (draining_) {
    ::close(descriptor);
    shared_.metrics.ended(ending::drain);
    return balance_.left(worker_);
  }
  shared_.metrics.connections_total.add();
  session::owner& self = *this;
  auto made = std::make_unique<session>(shared_, by, descriptor, self);
  session* const address = made.get();
  if (among_its_own.counted()) places_.emplace(address, std::move(among_its_own));
  sessions_.emplace(address, std::move(made));
}

void session_group::refuse(int descriptor, too_many why) {
  bool const of_all = why == too_many::connections;
  shared_.metrics.rejected_total.add();
  shared_.metrics.ended(of_all ? ending::limit : ending::address_limit);
  (of_all ? shared_.metrics.refused_connections : shared_.metrics.refused_of_address).add();
  std::string_view const refusal = of_all ? "ERROR Too many open connections\r\n"
                                          : "ERROR Too many open connections from this address\r\n";
  [[maybe_unused]] auto const sent = ::send(descriptor, refusal.data(), refusal.size(), MSG_NOSIGNAL);
  ::close(descriptor);
}

void session_group::drain(std::function<void()> drained) {
  draining_ = true;
  drained_ = std::move(drained);
  std::vector<session*> all;
  all.reserve(sessions_.size());
  for (auto const& [address, owned] : sessions_) all.push_back(address);
  for (session* const one : all) {
    if (sessions_.contains(one)) one->drain();
  }
  if (sessions_.empty() && over_.empty() && drained_) std::exchange(drained_, nullptr)();
}

void session_group::change_trees() {
  for (auto const& [address, owned] : sessions_) owned->change_trees();
}

void session_group::close_all() {
  std::size_t const left = sessions_.size();
  sessions_.clear();
  places_.clear();
  over_.clear();
  shared_.metrics.ended(ending::drain, left);
  balance_.left(worker_, left);
}

void session_group::on_session_end(session& over) {
  auto const found = sessions_.find(&over);
  assert(found != sessions_.end());
  if (over_.empty()) shared_.reactor.post([this] { bury(); });
  over_.push_back(std::move(found->second));
  sessions_.erase(found);
  places_.erase(&over);
  balance_.left(worker_);
}

void session_group::bury() {
  over_.clear();
  if (sessions_.empty() && drained_) std::exchange(drained_, nullptr)();
}

}  // namespace tandem::frontend
