#include "admin/admin_server.hpp"

#include "admin/http_session.hpp"
#include "admin/page_table.hpp"
#include "admin/standard_pages.hpp"
#include "base/log.hpp"
#include "net/listener.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>

#include <exception>
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

net::endpoint bound_endpoint(net::endpoint asked, sockaddr_storage const& local) {
  if (local.ss_family == AF_INET) asked.port = ntohs(reinterpret_cast<sockaddr_in const&>(local).sin_port);
  if (local.ss_family == AF_INET6) asked.port = ntohs(reinterpret_cast<sockaddr_in6 const&>(local).sin6_port);
  return asked;
}

std::vector<page> with_standard_pages(metrics::registry const& figures, admin_hooks hooks,
                                      std::vector<page> more) {
  std::vector<page> all;
  all.push_back(metrics_page(figures));
  all.push_back(health_page(std::move(hooks.draining)));
  for (page& one : more) all.push_back(std::move(one));
  return all;
}

}  // namespace

/// The thread, its event loop and the listening socket. Destroying it drops the connections.
class admin_server::service {
 public:
  service(admin_options const& options, page_table const& pages, metrics::gauge& connections)
      : options_(options), pages_(pages), connections_(connections) {}

  ~service() {
    context_.stop();
    if (thread_.joinable()) thread_.join();
    connections_.set(0);
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
    accepting_ = true;
    acceptor_.async_accept(context_, [this](error_code failed, http_session::socket peer) {
      if (failed) return pause(failed);
      accepting_ = false;
      serve(std::move(peer));
      if (open_ < options_.connections_max) accept();
    });
  }

  void pause(error_code reason) {
    base::log_error("the admin endpoint cannot accept a connection: {}", reason.message());
    pause_.expires_after(accept_pause);
    pause_.async_wait([this](error_code failed) {
      if (!failed) accept();
    });
  }

  void serve(http_session::socket peer) {
    connections_.set(static_cast<std::int64_t>(++open_));
    std::make_shared<http_session>(std::move(peer), pages_, options_, [this] { session_ended(); })->start();
  }

  void session_ended() {
    connections_.set(static_cast<std::int64_t>(--open_));
    if (!accepting_) accept();
  }

  admin_options const& options_;
  page_table const& pages_;
  metrics::gauge& connections_;
  asio::io_context context_{1};
  asio::basic_socket_acceptor<asio::generic::stream_protocol> acceptor_{context_};
  asio::steady_timer pause_{context_};
  std::size_t open_ = 0;
  bool accepting_ = false;
  std::thread thread_;
};

admin_server::admin_server(admin_options options, metrics::registry& figures, admin_hooks hooks,
                           std::vector<page> more)
    : options_(std::move(options)),
      connections_(figures.add_worker().gauge(metrics::admin_connections)),
      pages_(std::make_unique<page_table>(with_standard_pages(figures, std::move(hooks), std::move(more)))),
      endpoint_(options_.endpoint) {}

admin_server::~admin_server() { stop(); }

base::result<void> admin_server::start() {
  if (!options_.enabled) return {};
  auto opened = net::listen_on({.endpoint = options_.endpoint}, 1);
  if (!opened) return base::error{opened.error().kind, "admin.address: " + opened.error().message};
  net::listening_socket& listening = opened->front();
  try {
    service_ = std::make_unique<service>(options_, *pages_, connections_);
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
