#include "backend/memcached/discovery/dns_source.hpp"

#include <algorithm>
#include <utility>

namespace tandem::backend::memcached {

struct dns_source::question {
  explicit question(listener to) : told(std::move(to)) {}

  listener told;
  net::name_resolver::ticket ticket;
};

void dns_source::ask(listener told) {
  auto const tell = [port = from_.port](listener const& to, net::name_resolver::resolution const& found) {
    if (found.addresses.empty())
      return to(base::error{base::error_kind::connect, "cannot resolve the name: " + found.failure});
    to(found_servers{servers_at(found.addresses, port)});
  };
  if (auto const known = on_.names().take_late_answer(from_.host, on_.now())) return tell(told, *known);
  under_way_ = std::make_shared<question>(std::move(told));
  std::weak_ptr<question> const asked = under_way_;
  under_way_->ticket = on_.names().ask(
      from_.host, on_.now(), [this, asked, tell, &on = on_](net::name_resolver::resolution const& found) {
        on.post([this, asked, tell, found] {
          auto const one = asked.lock();
          if (!one) return;
          under_way_.reset();
          tell(one->told, found);
        });
      });
}

std::vector<server_options> servers_at(std::vector<boost::asio::ip::address> found, std::uint16_t port) {
  bool const v4 = std::ranges::any_of(found, [](auto const& each) { return each.is_v4(); });
  if (v4) std::erase_if(found, [](auto const& each) { return !each.is_v4(); });
  std::ranges::sort(found);
  found.erase(std::unique(found.begin(), found.end()), found.end());
  std::vector<server_options> servers;
  for (auto const& each : found) servers.push_back({{each.to_string(), port, {}}, 1, {}, {}});
  return servers;
}

}  // namespace tandem::backend::memcached
