#include "net/name_resolver.hpp"

#include "support/catch.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace tandem::net {
namespace {

using namespace std::chrono_literals;

/// Name servers that answer when they are told to; what hangs at the end is let go.
class switchboard {
 public:
  ~switchboard() {
    std::unique_lock lock(mutex_);
    silent_ = {};
    changed_.notify_all();
    changed_.wait(lock, [&] { return inside_ == 0; });
  }

  std::function<name_resolver::resolution(std::string const&)> lookup() {
    return [this](std::string const& host) { return answer(host); };
  }

  void silence(std::string host) {
    std::lock_guard const lock(mutex_);
    silent_ = std::move(host);
  }

  void speak() {
    silence({});
    changed_.notify_all();
  }

  bool asked(int times) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 10s, [&] { return asked_ == times; });
  }

 private:
  name_resolver::resolution answer(std::string const& host) {
    std::unique_lock lock(mutex_);
    ++asked_;
    ++inside_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return silent_.empty() || !host.starts_with(silent_); });
    --inside_;
    changed_.notify_all();
    if (host == "nobody") return {{}, "unknown"};
    return {{boost::asio::ip::make_address("10.0.0.9")}, {}};
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::string silent_;
  int asked_ = 0;
  int inside_ = 0;
};

/// What one question was told, awaited.
class ear {
 public:
  name_resolver::listener listener() {
    return [this](name_resolver::resolution const& answer) {
      std::lock_guard const lock(mutex_);
      heard_ = answer.addresses.empty() ? answer.failure : answer.addresses.front().to_string();
      changed_.notify_all();
    };
  }

  std::string heard(std::chrono::milliseconds patience = 10s) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, patience, [&] { return !heard_.empty(); });
    return heard_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string heard_;
};

base::time_point const start{};

}  // namespace

TEST_CASE("an address is known without asking") {
  for (auto const* host : {"127.0.0.1", "::1", "fe80::1%lo"}) {
    CAPTURE(host);
    CHECK(literal_address(host));
  }
  for (auto const* host : {"localhost", "10.0.0", "cache-1.example", ""}) {
    CAPTURE(host);
    CHECK_FALSE(literal_address(host));
  }
}

TEST_CASE("a name's address, or why there is none, is told once it is known") {
  switchboard system;
  name_resolver names(system.lookup());
  ear known;
  ear unknown;
  auto const first = names.ask("a", start, known.listener());
  auto const second = names.ask("nobody", start, unknown.listener());
  CHECK(known.heard() == "10.0.0.9");
  CHECK(unknown.heard() == "unknown");
}

TEST_CASE("a name server that is silent holds up nobody else") {
  switchboard system;
  system.silence("slow");
  name_resolver names(system.lookup());
  ear slow;
  ear quick;
  auto const first = names.ask("slow", start, slow.listener());
  auto const second = names.ask("quick", start, quick.listener());
  CHECK(quick.heard() == "10.0.0.9");
  CHECK(slow.heard(0ms).empty());
  system.speak();
  CHECK(slow.heard() == "10.0.0.9");
}

TEST_CASE("all who ask for one host share a look-up") {
  switchboard system;
  system.silence("slow");
  name_resolver names(system.lookup());
  ear first;
  ear second;
  auto const asked = names.ask("slow", start, first.listener());
  auto const joined = names.ask("slow", start, second.listener());
  REQUIRE(system.asked(1));
  system.speak();
  CHECK(first.heard() == "10.0.0.9");
  CHECK(second.heard() == "10.0.0.9");
  CHECK(system.asked(1));
}

TEST_CASE("look-ups at once are bounded, and those beyond wait for their turn") {
  switchboard system;
  system.silence("slow");
  name_resolver names(system.lookup());
  std::vector<name_resolver::ticket> tickets;
  ear slow;
  for (std::size_t number = 0; number < name_resolver::lookups_max; ++number)
    tickets.push_back(names.ask("slow" + std::to_string(number), start, slow.listener()));
  REQUIRE(system.asked(static_cast<int>(name_resolver::lookups_max)));
  ear late;
  auto const waiting = names.ask("quick", start, late.listener());
  CHECK(late.heard(50ms).empty());
  system.speak();
  CHECK(late.heard() == "10.0.0.9");
}

TEST_CASE("who has dropped the ticket is told nothing, and the next who asks gets the answer once") {
  switchboard system;
  system.silence("slow");
  name_resolver names(system.lookup());
  ear gone;
  { auto const dropped = names.ask("slow", start, gone.listener()); }
  REQUIRE(system.asked(1));
  CHECK_FALSE(names.take_late_answer("slow", start));
  system.speak();
  std::optional<name_resolver::resolution> late;
  for (int tries = 0; tries < 1000 && !late; ++tries) {
    std::this_thread::sleep_for(1ms);
    late = names.take_late_answer("slow", start + name_resolver::kept_for);
  }
  REQUIRE(late);
  CHECK(late->addresses.size() == 1);
  CHECK(gone.heard(0ms).empty());
  CHECK_FALSE(names.take_late_answer("slow", start));
}

TEST_CASE("a late answer grows too old") {
  switchboard system;
  name_resolver names(system.lookup());
  {
    auto const dropped = names.ask("a", start, [](auto const&) {});
  }
  REQUIRE(system.asked(1));
  ear next;
  auto const other = names.ask("b", start, next.listener());
  CHECK(next.heard() == "10.0.0.9");
  CHECK_FALSE(names.take_late_answer("a", start + name_resolver::kept_for + 1ms));
}

TEST_CASE("a resolver ends while a name server is silent") {
  switchboard system;
  system.silence("slow");
  ear told;
  {
    name_resolver names(system.lookup());
    auto const asked = names.ask("slow", start, told.listener());
    REQUIRE(system.asked(1));
  }
  CHECK(told.heard(0ms).empty());
}

}  // namespace tandem::net
