#include "base/secret.hpp"

#include "base/log.hpp"

#include <mutex>
#include <utility>

namespace tandem::base {

struct secret::state {
  std::string const name;
  reader const again;
  std::mutex mutex;
  std::string value;
  bool unreadable = false;
};

secret::secret(std::string literal)
    : empty_(literal.empty()), state_(new state{{}, {}, {}, std::move(literal)}) {}

secret::secret(std::string name, std::string first, reader again)
    : empty_(false), state_(new state{std::move(name), std::move(again), {}, std::move(first)}) {}

std::string secret::value() const {
  std::lock_guard const locked(state_->mutex);
  return state_->value;
}

bool operator==(secret const& one, secret const& other) {
  if (one.state_ == other.state_) return true;
  if (one.state_->name != other.state_->name) return false;
  return !one.state_->name.empty() || one.value() == other.value();
}

bool secret::renewed(std::string const& used) const {
  state& now = *state_;
  std::lock_guard const locked(now.mutex);
  if (!now.again) return false;
  result<std::string> read = now.again();
  if (!read) {
    if (!std::exchange(now.unreadable, true))
      log_warning("{} {}; what it held before is still used", now.name, read.error().message);
    return now.value != used;
  }
  now.unreadable = false;
  if (*read != now.value) {
    now.value = *std::move(read);
    log_info("{} holds another secret than before, which is used from now on", now.name);
  }
  return now.value != used;
}

}  // namespace tandem::base
