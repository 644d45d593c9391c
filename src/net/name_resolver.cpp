#include "net/name_resolver.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <deque>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace tandem::net {

namespace ip = boost::asio::ip;

namespace {

ip::address address_in(sockaddr const& found) {
  if (found.sa_family == AF_INET) {
    auto const& v4 = reinterpret_cast<sockaddr_in const&>(found);
    return ip::address_v4(ntohl(v4.sin_addr.s_addr));
  }
  auto const& v6 = reinterpret_cast<sockaddr_in6 const&>(found);
  ip::address_v6::bytes_type bytes;
  std::copy(std::begin(v6.sin6_addr.s6_addr), std::end(v6.sin6_addr.s6_addr), bytes.begin());
  return ip::address_v6(bytes, v6.sin6_scope_id);
}

name_resolver::resolution ask_the_system(std::string const& host) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (int const failed = ::getaddrinfo(host.c_str(), nullptr, &wanted, &found); failed != 0)
    return {{}, ::gai_strerror(failed)};
  name_resolver::resolution answer;
  for (addrinfo const* each = found; each != nullptr; each = each->ai_next) {
    if (each->ai_family == AF_INET || each->ai_family == AF_INET6)
      answer.addresses.push_back(address_in(*each->ai_addr));
  }
  ::freeaddrinfo(found);
  if (answer.addresses.empty()) answer.failure = "it has no address";
  return answer;
}

}  // namespace

std::optional<ip::address> literal_address(std::string const& host) {
  boost::system::error_code failed;
  ip::address const address = ip::make_address(host, failed);
  return failed ? std::nullopt : std::optional(address);
}

struct name_resolver::ticket::question {
  question(std::shared_ptr<desk> with, std::string about, listener tell)
      : at(std::move(with)), host(std::move(about)), told(std::move(tell)) {}
  question(question const&) = delete;
  question& operator=(question const&) = delete;

  ~question();

  std::shared_ptr<desk> const at;
  std::string const host;
  listener const told;
};

/// What the resolver, the tickets and the threads share.
struct name_resolver::desk : std::enable_shared_from_this<desk> {
  using question = ticket::question;

  struct lookup {
    base::time_point since;
    std::vector<question const*> questions;  // whose tickets are kept
  };

  struct kept {
    base::time_point since;
    resolution answer;
  };

  explicit desk(std::function<resolution(std::string const&)> by) : look_up(std::move(by)) {}

  /// Runs what waits for its turn until nothing does.
  void work() {
    std::unique_lock lock(mutex);
    while (!waiting.empty()) {
      std::string const host = std::move(waiting.front());
      waiting.pop_front();
      lock.unlock();
      resolution answer = look_up(host);
      lock.lock();
      finish(host, std::move(answer));
    }
    --threads;
  }

  void finish(std::string const& host, resolution answer) {
    lookup const done = std::move(under_way.extract(host).mapped());
    for (question const* const each : done.questions) each->told(answer);
    if (done.questions.empty()) late.insert_or_assign(host, kept{done.since, std::move(answer)});
  }

  /// One thread more, unless there are enough. If there is none to be had, the next question tries again.
  void hire() {
    if (threads == lookups_max) return;
    try {
      std::thread([self = shared_from_this()] { self->work(); }).detach();
      ++threads;
    } catch (std::system_error const&) {
    }
  }

  std::function<resolution(std::string const&)> const look_up;
  std::mutex mutex;
  std::size_t threads = 0;
  std::deque<std::string> waiting;          // hosts; each is under way, too
  std::map<std::string, lookup> under_way;  // by host
  std::map<std::string, kept> late;         // by host
};

name_resolver::ticket::question::~question() {
  std::lock_guard const lock(at->mutex);
  auto const found = at->under_way.find(host);
  if (found != at->under_way.end()) std::erase(found->second.questions, this);
}

name_resolver::name_resolver(std::function<resolution(std::string const& host)> look_up)
    : desk_(std::make_shared<desk>(std::move(look_up))) {}

name_resolver::name_resolver() : name_resolver(ask_the_system) {}

name_resolver::ticket name_resolver::ask(std::string host, base::time_point now, listener told) {
  auto made = std::make_shared<ticket::question>(desk_, std::move(host), std::move(told));
  std::lock_guard const lock(desk_->mutex);
  auto const [lookup, first] = desk_->under_way.try_emplace(made->host, desk::lookup{now, {}});
  lookup->second.questions.push_back(made.get());
  if (first) desk_->waiting.push_back(made->host);
  if (!desk_->waiting.empty()) desk_->hire();
  return ticket(std::move(made));
}

std::optional<name_resolver::resolution> name_resolver::take_late_answer(std::string const& host,
                                                                         base::time_point now) {
  std::lock_guard const lock(desk_->mutex);
  std::erase_if(desk_->late, [&](auto const& each) { return now - each.second.since > kept_for; });
  auto const found = desk_->late.extract(host);
  return found.empty() ? std::nullopt : std::optional(std::move(found.mapped().answer));
}

}  // namespace tandem::net
