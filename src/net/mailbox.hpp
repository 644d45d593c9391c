// Work for one reactor from other threads. The reactor's own queue knows no locks: what comes from elsewhere is put down
// here, and an eventfd tells the loop.
#pragma once

#include "base/callback.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <mutex>
#include <vector>

namespace tandem::net {

class mailbox {
 public:
  /// Throws std::system_error if the process has no descriptor left.
  explicit mailbox(boost::asio::io_context& of);

  /// Has the loop call `work` soon. Any thread.
  void put(base::callback<> work);

 private:
  void wait();
  void empty();

  // With the executor's own type, which allocates nothing for a wait.
  boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type> signal_;
  std::mutex mutex_;
  std::vector<base::callback<>> put_;  // guarded by mutex_
  std::vector<base::callback<>> taken_;
};

}  // namespace tandem::net
