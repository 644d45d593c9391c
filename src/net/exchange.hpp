// One request on its way to a server and back: an awaitable that encodes itself when its turn to be written
// comes, and resumes its coroutine with the replies or with the reason why there are none. It lives in the
// frame of the coroutine that awaits it, and withdraws itself when that frame is destroyed.
#pragma once

#include "base/error.hpp"
#include "base/output_buffer.hpp"
#include "base/timer.hpp"
#include "net/exchange_ledger.hpp"

#include <boost/container/small_vector.hpp>
#include <boost/system/result.hpp>

#include <coroutine>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace tandem::net {

/// Why an exchange has no reply.
struct exchange_failure {
  base::error reason;
  bool sent;  // false: no byte of the request was written, so it was certainly not executed
};

template <class Codec>
class pipeline;

/// The part that a pipeline sees. `Codec::reply_type` is what comes back.
template <class Codec>
class exchange : private base::timer, public pending_exchange {
 public:
  using reply_type = typename Codec::reply_type;
  using replies = boost::container::small_vector<reply_type, 1>;
  using result = boost::system::result<replies, exchange_failure>;

  bool await_ready() const noexcept { return false; }

  bool await_suspend(std::coroutine_handle<> waiting) {
    waiting_ = waiting;
    suspended_ = false;
    pipeline_.submit(*this);
    suspended_ = true;
    return !finished_;
  }

  result await_resume() {
    if (failure_) return std::move(*failure_);
    return std::move(replies_);
  }

  /// An awaitable for one that has a name: what came of it is then read in place.
  auto answered() {
    struct awaiter {
      exchange& awaited;
      bool await_ready() const noexcept { return false; }
      bool await_suspend(std::coroutine_handle<> waiting) { return awaited.await_suspend(waiting); }
      void await_resume() const noexcept {}
    };
    return awaiter{*this};
  }

  /// Why there are no replies, or null.
  exchange_failure const* failure() const { return failure_.get(); }
  std::span<reply_type> received() { return {replies_.data(), replies_.size()}; }

 protected:
  exchange(pipeline<Codec>& through, request_terms const& terms)
      : pending_exchange(terms), pipeline_(through) {}
  ~exchange() override { pipeline_.withdraw(*this); }

 private:
  friend class pipeline<Codec>;

  /// Appends the request's bytes. Called at most once per submission.
  virtual void encode(base::output_buffer& output) = 0;

  void on_deadline() override { pipeline_.timed_out(*this); }

  void finish() {
    finished_ = true;
    this->disarm();
    if (suspended_) waiting_.resume();
  }

  void fail(base::error reason) {
    failure_ = std::make_unique<exchange_failure>(exchange_failure{std::move(reason), was_sent()});
    finish();
  }

  pipeline<Codec>& pipeline_;
  bool suspended_ = false;
  bool finished_ = false;
  std::coroutine_handle<> waiting_;
  replies replies_;
  std::unique_ptr<exchange_failure> failure_;  // seldom there, and larger than the rest
};

/// An exchange whose bytes are written by a function object.
template <class Codec, class Encode>
class encoded_exchange final : public exchange<Codec> {
 public:
  encoded_exchange(pipeline<Codec>& through, request_terms const& terms, Encode encode)
      : exchange<Codec>(through, terms), encode_(std::move(encode)) {}

 private:
  void encode(base::output_buffer& output) override { encode_(output); }

  Encode encode_;
};

}  // namespace tandem::net
