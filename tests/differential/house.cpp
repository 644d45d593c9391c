#include "differential/house.hpp"

#include "support/redis_cluster.hpp"
#include "support/redis_server.hpp"
#include "support/tandem_program.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace tandem::differential {
namespace {

using namespace tandem::test;

// Every key on one backend.
std::string on(std::string const& backend) {
  // A loaded machine may take its time; what is compared is what is answered.
  std::string_view const timeouts = backend.starts_with("memory") ? "" : "\n    timeout: 10s";
  return fmt::format("backends:\n  it:\n    {}{}\nroutes:\n  - {{to: it}}\n", backend, timeouts);
}

class memcached_subject : public subject {
 public:
  explicit memcached_subject(std::vector<std::string> options) : server_(std::move(options)) {}
  std::uint16_t port() const override { return server_.port(); }
  abilities able() const override { return {.newer = memcached_knows_newer_flags()}; }

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
  abilities able() const override { return {.newer = memcached_knows_newer_flags()}; }
  void stop() override { tandem_.stop(); }

 private:
  memcached_server first_{steady_memcached};
  memcached_server second_{steady_memcached};
  tandem_program tandem_{
      on(fmt::format("memcached: {{servers: [\"{}\", \"{}\"]}}", first_.address(), second_.address()))};
};

class redis_subject : public subject {
 public:
  std::uint16_t port() const override { return tandem_.port(); }
  abilities able() const override { return {.leases = false, .newer = memcached_knows_newer_flags()}; }
  void stop() override { tandem_.stop(); }

 private:
  redis_server redis_;
  tandem_program tandem_{on(fmt::format("redis: {{server: \"{}\", flush: flushdb}}", redis_.address()))};
};

class cluster_subject : public subject {
 public:
  std::uint16_t port() const override { return tandem_.port(); }
  abilities able() const override { return {.leases = false, .newer = memcached_knows_newer_flags()}; }
  void stop() override { tandem_.stop(); }

 private:
  redis_cluster cluster_;
  tandem_program tandem_{on(fmt::format("redis: {{cluster: {}, flush: flushdb}}", cluster_.addresses()))};
};

/// Compositions of all kinds behind one another: while nobody fails, nobody can tell them from the first memcached.
class composed_subject : public subject {
 public:
  std::uint16_t port() const override { return tandem_.port(); }
  abilities able() const override { return {.newer = memcached_knows_newer_flags()}; }
  void stop() override { tandem_.stop(); }

 private:
  std::string config() const {
    return fmt::format(
        "backends:\n"
        "  first: {{memcached: {{servers: [\"{}\"]}}, timeout: 10s}}\n"
        "  second: {{memcached: {{servers: [\"{}\"]}}, timeout: 10s}}\n"
        "  spare: {{memory: {{size: 64MiB}}}}\n"
        "  scratch: {{memory: {{size: 64MiB}}}}\n"
        "  twice: {{replicated: {{to: [first, second], read: fastest}}}}\n"
        "  safe: {{failover: {{to: [twice, scratch]}}}}\n"
        "  watched: {{shadow: {{to: safe, copy_to: spare, compare: true}}}}\n"
        "  merged: {{coalesce: {{to: watched}}}}\n"
        "  it: {{split: {{get: merged, default: merged}}}}\n"
        "routes:\n  - {{to: it}}\n",
        first_.address(), second_.address());
  }

  memcached_server first_{steady_memcached};
  memcached_server second_{steady_memcached};
  tandem_program tandem_{config()};
};

class memory_subject : public subject {
 public:
  std::uint16_t port() const override { return tandem_.port(); }
  abilities able() const override { return {.newer = memcached_knows_newer_flags()}; }
  void stop() override { tandem_.stop(); }

 private:
  tandem_program tandem_{on("memory: {size: 256MiB}")};
};

}  // namespace

std::unique_ptr<subject> make_subject(std::string_view backend) {
  if (backend == "pool") return std::make_unique<pool_subject>();
  if (backend == "redis") return std::make_unique<redis_subject>();
  if (backend == "cluster") return std::make_unique<cluster_subject>();
  if (backend == "composed") return std::make_unique<composed_subject>();
  if (backend == "memory") return std::make_unique<memory_subject>();
  if (backend == "memcached") return std::make_unique<memcached_subject>(steady_memcached);
  if (backend == "liar") return std::make_unique<memcached_subject>(std::vector<std::string>{"-C"});
  throw std::invalid_argument(fmt::format("no backend is named {}", backend));
}

std::vector<std::string> const& backends_of_tandem() {
  static std::vector<std::string> const names{"pool", "redis", "cluster", "memory", "composed"};
  return names;
}

}  // namespace tandem::differential
