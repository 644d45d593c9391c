#include "net/name_watch.hpp"

#include <optional>

namespace tandem::net {

struct name_watch::question {
  name_resolver::ticket ticket;
};

name_watch::name_watch(net::reactor& on, endpoint const& where, base::duration every, follower& told)
    : on_(on), host_(where.host), every_(every), told_(told) {
  if (every_.count() > 0 && !where.unix_socket() && !literal_address(host_)) arm();
}

name_watch::~name_watch() = default;

void name_watch::arm() {
  constexpr int steps = 256;
  int const chance = static_cast<int>(on_.random() >> 24);
  on_.arm(*this, on_.now() + every_ - every_ / 10 + every_ / 5 * chance / (steps - 1));
}

/// An answer that takes longer than a round is not waited for.
void name_watch::on_deadline() {
  arm();
  asked_.reset();
  if (!told_.connected()) return;
  asked_ = std::make_shared<question>();
  std::weak_ptr<question> const asked = asked_;
  asked_->ticket =
      on_.names().ask(host_, on_.now(), [this, asked, &on = on_](name_resolver::resolution const& found) {
        on.post([this, asked, found] {
          if (asked.expired()) return;
          asked_.reset();
          std::vector<std::string> addresses;
          for (auto const& each : found.addresses) addresses.push_back(each.to_string());
          if (!addresses.empty()) told_.on_addresses(addresses);
        });
      });
}

}  // namespace tandem::net
