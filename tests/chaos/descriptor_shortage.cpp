#include "chaos/descriptor_shortage.hpp"

#include "chaos/daemon_account.hpp"

#include <cstddef>
#include <stdexcept>

namespace tandem::chaos {
namespace {

constexpr std::size_t newcomers = 20;

}  // namespace

descriptor_shortage::descriptor_shortage(test::tandem_program const& daemon) : daemon_(daemon.pid()) {
  if (::prlimit(daemon_, RLIMIT_NOFILE, nullptr, &before_) != 0)
    throw std::runtime_error("cannot tell the limits of the daemon");
  rlimit const all{descriptors_of(daemon_), before_.rlim_max};
  ::prlimit(daemon_, RLIMIT_NOFILE, &all, nullptr);
  for (std::size_t each = 0; each < newcomers; ++each) newcomers_.emplace_back(daemon.port());
}

descriptor_shortage::~descriptor_shortage() {
  newcomers_.clear();
  ::prlimit(daemon_, RLIMIT_NOFILE, &before_, nullptr);
}

}  // namespace tandem::chaos
