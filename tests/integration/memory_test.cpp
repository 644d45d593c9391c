// limits.memory: what clients hold is what is counted, those who hold most wait or go, and nobody else feels it.
#include "support/built_daemon.hpp"
#include "support/catch.hpp"
#include "support/memcached_server.hpp"
#include "support/repeated.hpp"
#include "support/tandem_daemon.hpp"
#include "support/wait_until.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <latch>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using namespace tandem::test;

namespace {

std::string pool_at(std::string const& address) {
  return fmt::format(
      "backends:\n  pool:\n    memcached: {{servers: [\"{}\"]}}\n    timeout: 9s\nroutes:\n  - {{to: "
      "pool}}\n",
      address);
}

std::string get_of(int keys) {
  std::string made = "get";
  for (int key = 0; key < keys; ++key) made += fmt::format(" k{}", key);
  return made + "\r\n";
}

std::vector<text_client> many(tandem_daemon const& tandem, std::size_t count, std::string const& said) {
  std::vector<text_client> made;
  for (std::size_t i = 0; i < count; ++i) {
    made.push_back(tandem.connect());
    made.back().send(said);
  }
  auto const received = static_cast<double>(count * said.size());
  CHECK(wait_until([&] { return tandem.metric("tandem_client_read_bytes_total") >= received; }));
  return made;
}

}  // namespace

TEST_CASE(
    "a thousand clients that have said a byte, or the beginning of a value, hold little and slow nobody") {
  memcached_server const server;
  for (std::string const said : {"g", "\x80", "set k 0 0 1000000\r\nv"}) {
    INFO(said);
    tandem_daemon const tandem("workers: 1\nlimits: {memory: 8MiB}\n" + pool_at(server.address()));
    std::vector<text_client> const holding = many(tandem, 1000, said);
    text_client other = tandem.connect();
    CHECK(other.converse(get_of(100)) == "END\r\n");  // of which it has more than a few in flight from now on
    double const paused = tandem.metric("tandem_client_paused_total");
    for (int i = 0; i < 20; ++i) CHECK(other.converse(get_of(100)) == "END\r\n");
    CHECK(tandem.metric("tandem_client_paused_total") == paused);
    CHECK(wait_until([&] { return tandem.metric("tandem_buffer_bytes") < 200 * 1000; }));
  }
}

namespace {

constexpr std::size_t size = 1'000'000;

constexpr std::size_t mib = 1024 * 1024;

std::string set_of(std::string const& key) {
  return fmt::format("set {} 0 0 {}\r\n", key, size) + std::string(size, 'v') + "\r\n";
}

double ended_for_memory(tandem_daemon const& tandem) {
  return tandem.metric("tandem_client_connections_ended_total", {{"reason", "memory"}});
}

/// Clients that each send the larger part of a value, or as much of it as is taken.
std::vector<text_client> half_sent(tandem_daemon const& tandem, int count) {
  std::string const begun = set_of("half").substr(0, 700'000);
  std::vector<text_client> made;
  for (int i = 0; i < count; ++i) {
    made.push_back(tandem.connect());
    made.back().send_some(begun, std::chrono::milliseconds(20));
  }
  return made;
}

/// Clients that ask and do not read.
std::vector<text_client> unread(tandem_daemon const& tandem, int count, std::string const& asked) {
  std::vector<text_client> made;
  for (int i = 0; i < count; ++i) {
    made.push_back(tandem.connect());
    made.back().receive_buffer(4096);
    made.back().send_some(asked, std::chrono::milliseconds(20));
  }
  return made;
}

/// The most that a figure comes to while `work` is done.
template <class Work>
double highest(std::function<double()> const& figure, Work work) {
  double most = 0;
  std::atomic<bool> over = false;
  std::thread watching([&] {
    while (!over) {
      most = std::max(most, figure());
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  });
  work();
  over = true;
  watching.join();
  return most;
}

}  // namespace

TEST_CASE(
    "values that are half sent hold no more than limits.memory, and whoever has a value to set gets room") {
  tandem_daemon const tandem("workers: 1\nlimits: {memory: 32MiB}\n");
  auto const held = [&] { return tandem.metric("tandem_buffer_bytes"); };
  double const most = highest(held, [&] {
    std::vector<text_client> const attackers = half_sent(tandem, 200);
    CHECK(tandem.converse("set small 0 0 1\r\ns\r\nget small\r\n") ==
          "STORED\r\nVALUE small 0 1\r\ns\r\nEND\r\n");
    CHECK(tandem.converse(set_of("large")) == "STORED\r\n");
    CHECK(wait_until([&] { return ended_for_memory(tandem) > 100; }, std::chrono::seconds(20)));
  });
  CHECK(most < 40 * mib);
  CHECK(tandem.metric("tandem_client_memory_waits_total") > 100);
  CHECK(tandem.metric("tandem_client_connections_ended_total", {{"reason", "stalled"}}) == 0);
}

TEST_CASE("values of which few fit in limits.memory at a time are all stored, one after another") {
  tandem_daemon const tandem("workers: 1\nlimits: {memory: 4MiB}\n");
  constexpr int count = 60;
  std::latch all_there(count);
  std::vector<std::future<std::string>> answers;
  for (int i = 0; i < count; ++i) {
    answers.push_back(std::async(std::launch::async, [&] {
      text_client one = tandem.connect();
      std::string const command = set_of("k");
      all_there.arrive_and_wait();
      return one.converse(command);
    }));
  }
  for (auto& each : answers) CHECK(each.get() == "STORED\r\n");
  CHECK(tandem.metric("tandem_client_memory_waits_total") > 0);
  CHECK(ended_for_memory(tandem) == 0);
}

TEST_CASE("a client whose value finds no room in limits.receive_timeout is told") {
  tandem_daemon const tandem("workers: 1\nlimits: {memory: 1MiB, receive_timeout: 500ms}\n");
  text_client slow = tandem.connect();
  std::string const all = set_of("slow");
  text_client waiting = tandem.connect();
  text_client binary = tandem.connect();
  std::string packet(24 + 8, '\0');
  packet[0] = '\x80';
  packet[1] = 1;
  packet[3] = 1;
  packet[4] = 8;
  packet[9] = 8;  // half a megabyte
  for (std::size_t at = 0; at < all.size(); at += 50'000) {
    slow.send(std::string_view(all).substr(at, 50'000));
    if (at + 50'000 < all.size()) CHECK(slow.silent(std::chrono::milliseconds(50)));
    if (at == 100'000) waiting.send_some(set_of("waiting"), std::chrono::milliseconds(20));
    if (at == 100'000) binary.send_some(packet + std::string(mib / 2, 'k'), std::chrono::milliseconds(20));
  }
  CHECK(waiting.read_to_close() == "SERVER_ERROR out of memory reading request (limits.memory)\r\n");
  std::string const refusal = binary.read_to_close();
  CHECK(refusal.substr(6, 2) == std::string("\0\x82", 2));
  CHECK(refusal.substr(24) == "Out of memory (limits.memory)");
  CHECK(slow.read_line() == "STORED");
  CHECK(wait_until([&] { return ended_for_memory(tandem) == 2; }));
}

TEST_CASE("clients that do not read are let go when memory is short, and slow nobody for long") {
  memcached_server const server;
  tandem_daemon const tandem("workers: 1\nlimits: {memory: 32MiB}\n" + pool_at(server.address()));
  CHECK(tandem.converse(set_of("big")) == "STORED\r\n");
  text_client other = tandem.connect();
  CHECK(other.converse(get_of(100)) == "END\r\n");
  std::string asked;
  for (int i = 0; i < 32; ++i) asked += "get big\r\n";
  std::vector<text_client> const stuck = unread(tandem, 80, asked);
  CHECK(wait_until([&] { return ended_for_memory(tandem) > 0; }));
  CHECK(wait_until([&] { return tandem.metric("tandem_buffer_bytes") < 32 * mib; }));
  // That others are paused on the way says nothing: how long one waits does.
  auto const started = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) CHECK(other.converse(get_of(100)) == "END\r\n");
  CHECK(std::chrono::steady_clock::now() - started < std::chrono::seconds(tandem_is_sanitized() ? 40 : 8));
}

TEST_CASE(
    "clients that each ask for one large value and do not read hold no more than limits.memory for long") {
  tandem_daemon const tandem("workers: 1\nlimits: {memory: 32MiB}\n");
  CHECK(tandem.converse(set_of("big")) == "STORED\r\n");
  auto const held = [&] { return tandem.metric("tandem_buffer_bytes"); };
  double const most = highest(held, [&] {
    // What the kernel takes for each is beside what is looked at.
    std::vector<text_client> const stuck =
        unread(tandem, 200, "get nothing\r\nget big\r\nget big\r\nget big\r\nget big\r\nget big\r\n");
    CHECK(wait_until([&] { return ended_for_memory(tandem) > 0 && held() < 32 * mib; },
                     std::chrono::seconds(10)));
    CHECK(tandem.converse("get big\r\n").size() > size);
  });
  CHECK(most < 64 * mib);
}

TEST_CASE("clients that do not read are let go whatever the size of what they are owed") {
  memcached_server const server({"-I", "2m"});
  for (std::size_t const each : {500'000, 600'000, 800'000, 1'000'000}) {
    INFO(each);
    tandem_daemon const tandem("workers: 1\nlimits: {memory: 16MiB}\n" + pool_at(server.address()));
    std::string const value(each, 'v');
    CHECK(tandem.converse(fmt::format("set big 0 0 {}\r\n{}\r\n", each, value)) == "STORED\r\n");
    std::string asked;
    for (int i = 0; i < 16; ++i) asked += "get big\r\n";
    std::vector<text_client> const stuck = unread(tandem, 20, asked);
    CHECK(wait_until([&] { return ended_for_memory(tandem) > 0; }, std::chrono::seconds(8)));
    CHECK(
        wait_until([&] { return tandem.metric("tandem_buffer_bytes") < 16 * mib; }, std::chrono::seconds(8)));
  }
}

TEST_CASE("clients that say nothing take no room from a value, however many they are") {
  tandem_daemon const tandem("workers: 1\nlimits: {memory: 1MiB, value: 128KiB}\n");
  std::vector<text_client> idle;
  for (int count = 0; count < 900; ++count) idle.push_back(tandem.connect());
  CHECK(wait_until([&] { return tandem.metric("tandem_client_connections") == 900; }));
  std::string const set = fmt::format("set k 0 0 100000\r\n{}\r\n", std::string(100'000, 'v'));
  text_client one = tandem.connect();
  for (int count = 0; count < 20; ++count) CHECK(one.ask(set) == "STORED");
  text_client slow = tandem.connect();
  for (std::size_t at = 0; at < set.size(); at += 25'000) {
    slow.send(std::string_view(set).substr(at, 25'000));
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  CHECK(slow.read_line() == "STORED");
  auto const started = std::chrono::steady_clock::now();
  CHECK(one.converse(repeated("get nothing\r\n", 200)) == repeated("END\r\n", 200));
  CHECK(std::chrono::steady_clock::now() - started < std::chrono::seconds(1));
  CHECK(ended_for_memory(tandem) == 0);
}

TEST_CASE("what clients held goes back to the system soon after they have gone") {
  if (tandem_is_sanitized()) return;
  tandem_daemon const tandem("workers: 1\n");
  CHECK(tandem.converse("get k\r\n") == "END\r\n");
  std::size_t const before = tandem.resident_bytes();
  {
    std::vector<text_client> const holding = half_sent(tandem, 300);
    CHECK(wait_until([&] { return tandem.metric("tandem_buffer_bytes") > 200e6; }));
    // What lies above in the heap keeps the rest from being given back by itself.
    text_client staying = tandem.connect();
    CHECK(staying.converse("set kept 0 0 1\r\nk\r\nget kept\r\n").ends_with("END\r\n"));
  }
  text_client holding = tandem.connect();
  holding.send("set k 0 0 30000\r\n" + std::string(20'000, 'v'));
  CHECK(wait_until([&] { return tandem.resident_bytes() < before + 16 * mib; }));
  CHECK(tandem.metric("tandem_resident_bytes") < static_cast<double>(before + 20 * mib));
}
