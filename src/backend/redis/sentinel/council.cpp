#include "backend/redis/sentinel/council.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <utility>

namespace tandem::backend::redis {

council::council(std::vector<std::string> names) {
  for (std::string& each : names) members_.push_back({.name = std::move(each)});
}

std::optional<base::time_point> council::due() const {
  std::optional<base::time_point> first;
  for (member const& each : members_) {
    if (each.asked) continue;
    base::duration const pause = doubted_ || each.doubts ? quick : calm;
    base::time_point const when = each.last ? *each.last + pause : base::time_point::min();
    first = std::min(first.value_or(when), when);
  }
  return first;
}

std::vector<std::size_t> council::ask(base::time_point now) {
  std::vector<std::size_t> found;
  for (std::size_t which = 0; which < members_.size(); ++which) {
    member& each = members_[which];
    // What is being asked now may be answered from before.
    each.doubts |= doubted_;
    if (each.asked || (each.last && *each.last + (each.doubts ? quick : calm) > now)) continue;
    each.asked = true;
    each.doubts = false;
    found.push_back(which);
  }
  doubted_ = false;
  return found;
}

void council::heard_of(member& one, base::time_point now) {
  one.asked = false;
  one.last = now;
  one.view.reset();
  one.failure.clear();
}

std::optional<council::change> council::answered(std::size_t which, sentinel_view const& view,
                                                 base::time_point now) {
  heard_of(members_[which], now);
  members_[which].view = view;
  return decide(now);
}

std::optional<council::change> council::failed(std::size_t which, std::string why, base::time_point now) {
  heard_of(members_[which], now);
  members_[which].failure = std::move(why);
  return decide(now);
}

std::optional<council::change> council::decide(base::time_point now) {
  if (!believed_) return begin();
  member const* const found = newest();
  if (found && found->view->epoch > believed_->epoch) return follow(*found);
  return weigh_dissent(now);
}

/// One who has not heard of the last failover may be the first to answer.
std::optional<council::change> council::begin() {
  auto const answers =
      std::ranges::count_if(members_, [](member const& each) { return each.view.has_value(); });
  bool const all = std::ranges::all_of(members_, [](member const& each) { return each.last.has_value(); });
  member const* const found = newest();
  if (!found || !(all || is_majority(static_cast<std::size_t>(answers)))) return std::nullopt;
  return adopt(*found->view,
               fmt::format("Sentinel {} says so, configuration epoch {}", found->name, found->view->epoch));
}

std::optional<council::change> council::follow(member const& newest) {
  dissent_since_.reset();
  if (newest.view->master == believed_->master) {
    believed_->epoch = newest.view->epoch;
    return std::nullopt;
  }
  return adopt(*newest.view, fmt::format("Sentinel {} says so, configuration epoch {}, before it was {}",
                                         newest.name, newest.view->epoch, believed_->epoch));
}

std::optional<council::change> council::weigh_dissent(base::time_point now) {
  sentinel_view const* heaviest = nullptr;
  for (member const& each : members_) {
    if (!each.view || each.view->master == believed_->master) continue;
    if (!heaviest || each.view->epoch > heaviest->epoch) heaviest = &*each.view;
  }
  std::size_t const dissenters = heaviest ? count_of(heaviest->master) : 0;
  if (!is_majority(dissenters) || count_of(believed_->master) > 0) {
    dissent_since_.reset();
    return std::nullopt;
  }
  if (!dissent_since_) dissent_since_ = now;
  if (now - *dissent_since_ < dissent_max) return std::nullopt;
  dissent_since_.reset();
  return adopt(*heaviest, fmt::format("{} of {} Sentinels say so for {} s, and none says otherwise",
                                      dissenters, members_.size(), dissent_max / std::chrono::seconds(1)));
}

/// With several of one epoch, what most of them say.
council::member const* council::newest() const {
  member const* found = nullptr;
  for (member const& each : members_) {
    if (!each.view) continue;
    bool const newer = !found || each.view->epoch > found->view->epoch;
    bool const weightier = found && each.view->epoch == found->view->epoch &&
                           count_of(each.view->master) > count_of(found->view->master);
    if (newer || weightier) found = &each;
  }
  return found;
}

std::size_t council::count_of(net::endpoint const& master) const {
  auto const says = [&](member const& each) { return each.view && each.view->master == master; };
  return static_cast<std::size_t>(std::ranges::count_if(members_, says));
}

council::change council::adopt(sentinel_view const& view, std::string reason) {
  change made{.was = {}, .now = view.master, .reason = std::move(reason)};
  if (believed_) made.was = believed_->master;
  believed_ = view;
  return made;
}

std::vector<net::endpoint> council::replicas() const {
  std::map<std::string, net::endpoint> found;
  for (member const& each : members_) {
    if (!each.view || !believed_ || each.view->master != believed_->master) continue;
    for (net::endpoint const& one : each.view->replicas) {
      // A replica that has just become the master is for a while told as one.
      if (one != believed_->master) found.emplace(one.str(), one);
    }
  }
  std::vector<net::endpoint> all;
  for (auto const& [address, each] : found) all.push_back(each);
  return all;
}

bool council::deaf() const {
  return std::ranges::all_of(members_,
                             [](member const& each) { return each.last.has_value() && !each.view; });
}

std::string council::complaints() const {
  std::string all;
  for (member const& each : members_) {
    std::string const said = each.failure.empty() ? "not answered yet" : each.failure;
    if (!each.view) all += fmt::format("{}{}: {}", all.empty() ? "" : "; ", each.name, said);
  }
  return all;
}

}  // namespace tandem::backend::redis
