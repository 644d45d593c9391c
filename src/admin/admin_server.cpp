#include "admin/admin_server.hpp"

#include "admin/http_session.hpp"
#include "admin/page_table.hpp"
#include "admin/standard_pages.hpp"
#include "admin/visitors.hpp"
#include "base/log.hpp"
#include "net/listener.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>

#include <exception>
#include <map>
#include <string>
#include <thread>
#include <utility>

namespace tandem::admin {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

/// How long to leave the listening socket alone when the process is out of descriptors.
constexpr auto accept_pause = std::chrono::milliseconds(100);

sockaddr_storage local_address(int descriptor) {
  sockaddr_storage local{};
  socklen_t length = sizeof local;
  ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&local), &length);
  return local;
}

/// Without the port; empty on a Unix socket.
std::string peer_address(int descriptor) {
  sockaddr_storage peer{};
  socklen_t length = sizeof peer;
  char text[NI_MAXHOST] = "";
  if (::getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &length) != 0) return {};
  if (peer.ss_family != AF_INET && peer.ss_family != AF_INET6) return {};
  ::getnameinfo(reinterpret_cast<sockaddr const*>(&peer), length, text, sizeof text, nullptr, 0,
                NI_NUMERICHOST);
  return text;
}

net::endpoint bound_endpoint(net::endpoint asked, sockaddr_storage const& local) {
  if (local.ss_family == AF_INET) asked.port = ntohs(reinterpret_cast<sockaddr_in const&>(local).sin_port);
  if (local.ss_family == AF_INET6) asked.port = ntohs(reinterpret_cast<sockaddr_in6 const&>(local).sin6_port);
  return asked;
}

std::vector<page> with_standard_pages(metrics::registry const& registry, admin_hooks hooks,
                                      std::vector<page> more) {
  std::vector<page> all;
  all.push_back(metrics_page(registry));
  all.push_back(health_page(std::move(hooks.draining)));
  for (page& one : more) all.push_back(std::move(one));
  return all;
}

}  // namespace

admin_metrics::admin_metrics(metrics::worker_metrics& metrics)
    : connections(metrics.gauge(metrics::admin_connections)),
      ended_slow(metrics.counter(metrics::admin_connections_ended_total, {{"reason", "slow"}})),
      ended_pushed_out(metrics.counter(metrics::admin_connections_ended_total, {{"reason", "crowded"}})) {}

/// The thread, its event loop and the listening socket. Destroying it drops the connections.
class admin_server::service {
 public:
  service(admin_options const& options, page_table const& pages, admin_metrics const& metrics)
      : options_(options),
        pages_(pages),
        metrics_(metrics),
        visitors_(options.connections_max, options.connections_per_address_max) {}

  ~service() {
    context_.stop();
    if (thread_.joinable()) thread_.join();
    metrics_.connections.set(0);
  }

  void start(int listening, int family) {
    acceptor_.assign(asio::generic::stream_protocol(family, 0), listening);
    accept();
    thread_ = std::thread([this] { run(); });
  }

 private:
  void run() {
    ::pthread_setname_np(::pthread_self(), "tandem-admin");
    while (!context_.stopped()) {
      try {
        context_.run();
      } catch (std::exception const& failure) {
        base::log_error("the admin endpoint goes on after: {}", failure.what());
      }
    }
  }

  void accept() {
    acceptor_.async_accept(context_, [this](error_code failed, http_session::socket peer) {
      if (failed) return pause(failed);
      serve(std::move(peer));
      accept();
    });
  }

  void pause(error_code reason) {
    net::log_exhaustion("the admin endpoint", reason.message(), std::chrono::steady_clock::now());
    pause_.expires_after(accept_pause);
    pause_.async_wait([this](error_code failed) {
      if (!failed) accept();
    });
  }

  void serve(http_session::socket peer) {
    std::string const address = peer_address(peer.native_handle());
    if (auto const oldest = visitors_.in_the_way_of(address)) push_out(*oldest);
    visitors::number const number = visitors_.arrive(address);
    auto const ended = [this, number](http_session::ending how) {
      count(how);
      forget(number);
    };
    auto const made = std::make_shared<http_session>(std::move(peer), pages_, options_, ended);
    sessions_.emplace(number, made);
    metrics_.connections.set(static_cast<std::int64_t>(visitors_.count()));
    made->start();
  }

  void push_out(visitors::number who) {
    auto const session = sessions_.at(who).lock();
    forget(who);
    if (session) session->push_out();
  }

  void count(http_session::ending how) {
    if (how == http_session::ending::slow) metrics_.ended_slow.add();
    if (how == http_session::ending::pushed_out) metrics_.ended_pushed_out.add();
  }

  void forget(visitors::number who) {
    sessions_.erase(who);
    visitors_.leave(who);
    metrics_.connections.set(static_cast<std::int64_t>(visitors_.count()));
  }

  admin_options const& options_;
  page_table const& pages_;
  admin_metrics const& metrics_;
  visitors visitors_;
  std::map<visitors::number, std::weak_ptr<http_session>> sessions_;
  asio::io_context context_{1};
  asio::basic_socket_acceptor<asio::generic::stream_protocol> acceptor_{context_};
  asio::steady_timer pause_{context_};
  std::thread thread_;
};

admin_server::admin_server(admin_options options, metrics::registry& registry, admin_hooks hooks,
                           std::vector<page> more)
    : options_(std::move(options)),
      metrics_(registry.add_worker()),
      pages_(std::make_unique<page_table>(with_standard_pages(registry, std::move(hooks), std::move(more)))),
      endpoint_(options_.endpoint) {}

admin_server::~admin_server() { stop(); }

base::result<void> admin_server::start() {
  if (!options_.enabled) return {};
  auto opened = net::listen_on({.endpoint = options_.endpoint}, 1);
  if (!opened) return base::error{opened.error().kind, "admin.address: " + opened.error().message};
  net::listening_socket& listening = opened->front();
  try {
    service_ = std::make_unique<service>(options_, *pages_, metrics_);
    int const descriptor = listening.release();
    sockaddr_storage const local = local_address(descriptor);
    endpoint_ = bound_endpoint(options_.endpoint, local);
    service_->start(descriptor, local.ss_family);
  } catch (std::exception const& failure) {
    service_.reset();
    return base::error{base::error_kind::overload,
                       "the admin endpoint cannot start its thread: " + std::string(failure.what())};
  }
  return {};
}

void admin_server::stop() { service_.reset(); }

}  // namespace tandem::admin
