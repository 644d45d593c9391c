#include "net/mailbox.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

namespace tandem::net {
namespace {

int make_signal() {
  int const made = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (made < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  return made;
}

}  // namespace

mailbox::mailbox(boost::asio::io_context& of) : signal_(of, make_signal()) { wait(); }

void mailbox::put(base::callback<> work) {
  bool first = false;
  {
    std::lock_guard const locked(mutex_);
    first = put_.empty();
    put_.push_back(std::move(work));
  }
  // Fails only if the loop has been told already.
  if (first) ::eventfd_write(signal_.native_handle(), 1);
}

void mailbox::wait() {
  signal_.async_wait(decltype(signal_)::wait_read, [this](boost::system::error_code failed) {
    if (!failed) empty();
  });
}

void mailbox::empty() {
  eventfd_t ignored = 0;
  ::eventfd_read(signal_.native_handle(), &ignored);
  {
    std::lock_guard const locked(mutex_);
    std::swap(put_, taken_);
  }
  // Before the work, which may end the loop.
  wait();
  for (base::callback<>& each : taken_) each();
  taken_.clear();
}

}  // namespace tandem::net
