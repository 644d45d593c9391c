#include "differential/house.hpp"

#include "support/free_port.hpp"
#include "support/redis_cluster.hpp"
#include "support/redis_server.hpp"
#include "support/wait_until.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace tandem::differential {
namespace {

using namespace tandem::test;

bool accepts(std::uint16_t port) {
  try {
    text_client const client(port);
    return true;
  } catch (std::runtime_error const&) {
    return false;
  }
}

// The daemon, with every key on one backend. Without tandem_daemon, which belongs to Catch2's programs.
class tandem_program {
 public:
  explicit tandem_program(std::string const& backend)
      : port_(free_port()),
        process_(
            {TANDEM_BINARY, "--config", directory_.write("tandem.yaml", configuration(backend)).string()}) {
    bool const up = wait_until([this] { return !process_.running() || accepts(port_); });
    if (!up || !process_.running()) throw std::runtime_error("tandem did not start: " + process_.output());
  }

  std::uint16_t port() const { return port_; }

  void stop() {
    int const status = process_.running() ? process_.stop(std::chrono::seconds(20)) : *process_.wait();
    if (status != 0) {
      throw std::runtime_error(fmt::format("tandem ended with {}:\n{}", status, process_.output()));
    }
  }

 private:
  std::string configuration(std::string const& backend) const {
    // A loaded machine may take its time; what is compared is what is answered.
    std::string_view const timeouts = backend.starts_with("memory") ? "" : "\n    timeout: 10s";
    return fmt::format(
        "listen:\n  - address: 127.0.0.1:{}\nworkers: 2\nbackends:\n  it:\n    {}{}\nroutes:\n  - {{to: "
        "it}}\n",
        port_, backend, timeouts);
  }

  temporary_directory directory_;
  std::uint16_t port_;
  process process_;
};

class memcached_subject : public subject {
 public:
  explicit memcached_subject(std::vector<std::string> options) : server_(std::move(options)) {}
  std::uint16_t port() const override { return server_.port(); }
  abilities able() const override { return {}; }

 private:
  memcached_server server_;
};

class pool_subject : public subject {
 public:
  pool_subject() {
    // Cas numbers of two servers would often be equal by chance if both began to count at 1.
    constexpr int apart = 500000;
    text_client client = second_.connect();
    std::string written = "set far 0 0 1\r\n1\r\n";
    for (int i = 0; i < apart; ++i) written += "incr far 1 noreply\r\n";
    client.converse(written);
  }
  std::uint16_t port() const override { return tandem_.port(); }
  abilities able() const override { return {}; }
  void stop() override { tandem_.stop(); }

 private:
  memcached_server first_{steady_memcached};
  memcached_server second_{steady_memcached};
  tandem_program tandem_{
      fmt::format("memcached: {{servers: [\"{}\", \"{}\"]}}", first_.address(), second_.address())};
};

class redis_subject : public subject {
 public:
  std::uint16_t port() const override { return tandem_.port(); }
  abilities able() const override { return {.leases = false, .delayed_flush = false}; }
  void stop() override { tandem_.stop(); }

 private:
  redis_server redis_;
  tandem_program tandem_{fmt::format("redis: {{server: \"{}\", flush: flushdb}}", redis_.address())};
};

class cluster_subject : public subject {
 public:
  std::uint16_t port() const override { return tandem_.port(); }
  abilities able() const override { return {.leases = false, .delayed_flush = false}; }
  void stop() override { tandem_.stop(); }

 private:
  redis_cluster cluster_;
  tandem_program tandem_{fmt::format("redis: {{cluster: {}, flush: flushdb}}", cluster_.addresses())};
};

class memory_subject : public subject {
 public:
  std::uint16_t port() const override { return tandem_.port(); }
  void stop() override { tandem_.stop(); }

 private:
  tandem_program tandem_{"memory: {size: 256MiB}"};
};

}  // namespace

std::unique_ptr<subject> make_subject(std::string_view backend) {
  if (backend == "pool") return std::make_unique<pool_subject>();
  if (backend == "redis") return std::make_unique<redis_subject>();
  if (backend == "cluster") return std::make_unique<cluster_subject>();
  if (backend == "memory") return std::make_unique<memory_subject>();
  if (backend == "memcached") return std::make_unique<memcached_subject>(steady_memcached);
  if (backend == "liar") return std::make_unique<memcached_subject>(std::vector<std::string>{"-C"});
  throw std::invalid_argument(fmt::format("no backend is named {}", backend));
}

std::vector<std::string> const& backends_of_tandem() {
  static std::vector<std::string> const names{"pool", "redis", "cluster", "memory"};
  return names;
}

}  // namespace tandem::differential
