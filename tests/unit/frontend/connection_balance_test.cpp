#include "frontend/connection_balance.hpp"

#include "support/catch.hpp"

#include <thread>
#include <vector>

using tandem::frontend::connection_balance;

TEST_CASE("the worker with the fewest clients has the next, whoever accepted it") {
  connection_balance balance(3, 100);
  CHECK(balance.place(1) == 1);
  CHECK(balance.place(1) == 0);
  CHECK(balance.place(1) == 2);
  balance.left(2);
  CHECK(balance.place(0) == 2);
  CHECK(balance.connections(0) == 1);
  CHECK(balance.connections(1) == 1);
  CHECK(balance.connections(2) == 1);
}

TEST_CASE("a worker keeps the client that it accepted if nobody has fewer") {
  connection_balance balance(2, 100);
  CHECK(balance.place(1) == 1);
  CHECK(balance.place(0) == 0);
  CHECK(balance.place(1) == 1);
  CHECK(balance.place(0) == 0);
}

TEST_CASE("the limit counts the clients of all workers") {
  connection_balance balance(2, 3);
  for (int count = 0; count < 3; ++count) CHECK(balance.place(0));
  CHECK_FALSE(balance.place(0));
  CHECK_FALSE(balance.place(1));
  balance.left(0, 2);
  CHECK(balance.place(1));
  CHECK(balance.place(1));
  CHECK_FALSE(balance.place(1));
}

TEST_CASE("workers that place at the same time lose count of nobody") {
  constexpr std::size_t workers = 4;
  connection_balance balance(workers, workers * 50);
  {
    std::vector<std::jthread> threads;
    for (std::size_t worker = 0; worker < workers; ++worker) {
      threads.emplace_back([&balance, worker] {
        for (int round = 0; round < 1000; ++round) {
          if (auto const chosen = balance.place(worker)) balance.left(*chosen);
        }
      });
    }
  }
  for (std::size_t worker = 0; worker < workers; ++worker) CHECK(balance.connections(worker) == 0);
  for (std::size_t count = 0; count < workers * 50; ++count) CHECK(balance.place(0));
  CHECK_FALSE(balance.place(0));
}
