// What a Redis Cluster says of its nodes, whatever it says: the configured node is played by the test.
#include "support/catch.hpp"
#include "support/fake_server.hpp"
#include "support/redis_server.hpp"
#include "support/tandem_daemon.hpp"
#include "support/wait_until.hpp"

#include <fmt/format.h>

#include <atomic>
#include <mutex>
#include <string>
#include <thread>

using namespace tandem::test;

namespace {

/// Answers CLUSTER SLOTS as it is told.
class naming_node {
 public:
  naming_node() : serving_([this] { serve(); }) {}
  ~naming_node() {
    over_ = true;
    serving_.join();
  }

  std::string address() const { return server_.address(); }

  /// Masters at these ports, of which each has an equal share of the slots.
  void names(std::vector<unsigned> const& masters) {
    std::string told = fmt::format("*{}\r\n", masters.size());
    std::size_t const share = 16384 / masters.size();
    for (std::size_t each = 0; each < masters.size(); ++each) {
      std::size_t const last = each + 1 == masters.size() ? 16383 : (each + 1) * share - 1;
      told += fmt::format("*3\r\n:{}\r\n:{}\r\n*3\r\n$9\r\n127.0.0.1\r\n:{}\r\n$2\r\nid\r\n", each * share,
                          last, masters[each]);
    }
    std::lock_guard const lock(mutex_);
    slots_ = told;
  }

 private:
  void serve() {
    std::vector<text_client> connections;
    while (!over_) {
      if (auto accepted = server_.accept(std::chrono::milliseconds(5)))
        connections.push_back(std::move(*accepted));
      std::erase_if(connections, [this](text_client& each) {
        if (each.silent(std::chrono::milliseconds(5))) return false;
        if (each.closed()) return true;
        answer(each);
        return false;
      });
    }
  }

  void answer(text_client& client) {
    std::size_t const count = std::stoul(client.read_line().substr(1));
    std::string first;
    for (std::size_t word = 0; word < count; ++word) {
      std::size_t const size = std::stoul(client.read_line().substr(1));
      std::string const text = client.read_exactly(size + 2).substr(0, size);
      if (word == 0) first = text;
    }
    std::lock_guard const lock(mutex_);
    client.send(first == "CLUSTER" ? slots_ : "+OK\r\n");
  }

  fake_server const server_;
  std::atomic<bool> over_{false};
  std::mutex mutex_;
  std::string slots_;
  std::thread serving_;
};

std::string on_cluster(naming_node const& node) {
  return fmt::format(
      "workers: 2\nbackends:\n  store:\n    redis: {{cluster: [\"{}\"]}}\n    timeout: 1s\nroutes:\n  - "
      "{{to: "
      "store}}\n",
      node.address());
}

}  // namespace

TEST_CASE("the metrics of a node end when the node has left the cluster") {
  naming_node node;
  redis_server first;
  redis_server second;
  node.names({first.port()});
  tandem_daemon const tandem(on_cluster(node));
  auto const connects = [&tandem](redis_server const& to) {
    return tandem.metric("tandem_server_connects_total", {{"backend", "store"}, {"server", to.address()}});
  };
  std::vector<text_client> clients;
  for (int i = 0; i < 4; ++i) {
    clients.push_back(tandem.connect());
    CHECK(wait_until([&] { return clients.back().ask("set k 0 0 1\r\nv\r\n") == "STORED"; }));
  }
  CHECK(connects(first) >= 1);

  node.names({second.port()});
  first.kill();
  CHECK(wait_until(
      [&] {
        for (text_client& each : clients) each.ask("set k 0 0 1\r\nv\r\n");
        return connects(second) >= 1 && connects(first) == 0 &&
               tandem.metric("tandem_server_connect_failures_total", {{"server", first.address()}}) == 0 &&
               tandem.metric("tandem_server_trouble", {{"server", first.address()}}) == 0;
      },
      std::chrono::seconds(20)));
  for (text_client& each : clients) CHECK(each.ask("set k 0 0 1\r\nv\r\n") == "STORED");
}

TEST_CASE("a cluster that names too many nodes is not believed, and the error says how many there may be") {
  naming_node node;
  std::vector<unsigned> ports;
  for (unsigned port = 1; port <= 1025; ++port) ports.push_back(port);
  node.names(ports);
  tandem_daemon const tandem(on_cluster(node));
  text_client client = tandem.connect();
  std::string const why = fmt::format(
      "SERVER_ERROR backend store: no slot map from server {}: names more than 1024 masters or replicas",
      node.address());
  CHECK(wait_until([&] { return client.ask("get k\r\n") == why; }, std::chrono::seconds(10)));
}
