#include "backend/memcached/discovery/server_watch.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace tandem::backend::memcached {
namespace {

constexpr unsigned doublings_max = 16;

/// Named in messages; the rest is counted.
constexpr std::size_t named_max = 20;

server_options const* same_server(std::vector<server_options> const& all, server_options const& one) {
  auto const found =
      std::ranges::find(all, one.endpoint.str(), [](auto const& each) { return each.endpoint.str(); });
  return found == all.end() ? nullptr : &*found;
}

void tell(std::string& into, std::vector<std::string> names, std::string_view what) {
  if (names.empty()) return;
  std::size_t const more = names.size() - std::min(names.size(), named_max);
  names.resize(names.size() - more);
  into += fmt::format("{}{}{} {}", into.empty() ? "" : "; ", fmt::join(names, ", "),
                      more > 0 ? fmt::format(" and {} more", more) : "", what);
}

}  // namespace

std::string difference(std::vector<server_options> const& before, std::vector<server_options> const& after) {
  std::vector<std::string> came, went, moved;
  for (server_options const& each : after) {
    server_options const* const known = same_server(before, each);
    if (!known) came.push_back(each.endpoint.str());
    if (known && known->address != each.address)
      moved.push_back(fmt::format("{} ({})", each.endpoint.str(), each.address));
  }
  for (server_options const& each : before)
    if (!same_server(after, each)) went.push_back(each.endpoint.str());
  std::string words;
  tell(words, std::move(came), "came");
  tell(words, std::move(went), "went");
  tell(words, std::move(moved), "moved");
  return words;
}

void server_watch::on_deadline() {
  if (!asking_) return ask();
  source_.drop();
  answered(base::error{base::error_kind::timeout,
                       fmt::format("no answer within {} s",
                                   std::chrono::duration_cast<std::chrono::seconds>(patience).count())});
}

void server_watch::ask() {
  asking_ = true;
  on_.arm(*this, on_.now() + patience);
  source_.ask([this](base::result<found_servers> const& found) { answered(found); });
}

void server_watch::answered(base::result<found_servers> const& found) {
  asking_ = false;
  if (!found) return failed(found.error().message);
  if (found->servers.empty()) return failed("it has no servers");
  if (std::string const fault = owner_.fault_of(found->servers); !fault.empty()) return failed(fault);
  take(*found);
}

void server_watch::take(found_servers const& found) {
  failures_ = 0;
  owner_.on_answer();
  if (!is_outdated(found)) {
    version_ = found.version;
    std::vector<server_options> const before = known_.value_or(std::vector<server_options>());
    bool const others = !known_ || before != found.servers;
    known_ = found.servers;
    if (others) owner_.on_servers(*known_, difference(before, *known_));
  }
  ask_after(every_);
}

/// Who is asked may be a node that has not heard of a change; or another cluster, which counts anew.
bool server_watch::is_outdated(found_servers const& found) {
  dissent_ = known_ && found.version < version_ ? dissent_ + 1 : 0;
  if (dissent_ < dissent_max) return dissent_ > 0;
  dissent_ = 0;
  return false;
}

void server_watch::failed(std::string const& why) {
  base::duration const pause = first_pause * (1U << std::min(failures_++, doublings_max));
  owner_.on_failure(why);
  ask_after(std::min(pause, every_));
}

void server_watch::ask_after(base::duration pause) {
  constexpr int steps = 256;
  int const chance = static_cast<int>(on_.random() >> 24);
  on_.arm(*this, on_.now() + pause - pause / 10 + pause / 5 * chance / (steps - 1));
}

}  // namespace tandem::backend::memcached
