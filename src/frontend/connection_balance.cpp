#include "frontend/connection_balance.hpp"

namespace tandem::frontend {

connection_balance::connection_balance(std::size_t workers, std::size_t connections_max)
    : by_worker_(workers), connections_max_(connections_max) {}

std::optional<std::size_t> connection_balance::place(std::size_t accepting) {
  if (all_.fetch_add(1, std::memory_order_relaxed) >= connections_max_) {
    all_.fetch_sub(1, std::memory_order_relaxed);
    return std::nullopt;
  }
  std::size_t chosen = accepting;
  std::size_t fewest = connections(accepting);
  for (std::size_t worker = 0; worker < by_worker_.size(); ++worker) {
    std::size_t const has = connections(worker);
    if (has < fewest) {
      chosen = worker;
      fewest = has;
    }
  }
  by_worker_[chosen].fetch_add(1, std::memory_order_relaxed);
  return chosen;
}

void connection_balance::left(std::size_t worker, std::size_t count) {
  by_worker_[worker].fetch_sub(count, std::memory_order_relaxed);
  all_.fetch_sub(count, std::memory_order_relaxed);
}

std::size_t connection_balance::connections(std::size_t worker) const {
  return by_worker_[worker].load(std::memory_order_relaxed);
}

}  // namespace tandem::frontend
