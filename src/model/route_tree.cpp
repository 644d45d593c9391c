#include "model/route_tree.hpp"

#include <algorithm>
#include <unordered_set>

namespace tandem::model {
namespace {

/// Children before parents.
void collect(route& from, std::unordered_set<route*>& seen, std::vector<route*>& into) {
  if (!seen.insert(&from).second) return;
  for (route* const each : from.children()) collect(*each, seen, into);
  into.push_back(&from);
}

}  // namespace

std::vector<route*> all_below(route& top) {
  std::unordered_set<route*> seen;
  std::vector<route*> all;
  collect(top, seen, all);
  std::reverse(all.begin(), all.end());
  return all;
}

void route_tree::start() {
  std::for_each(routes_.rbegin(), routes_.rend(), [](auto const& each) { each->start(); });
}

bool route_tree::busy() const {
  return std::any_of(routes_.begin(), routes_.end(), [](auto const& each) { return each->busy(); });
}

void route_tree::drain() {
  std::for_each(routes_.rbegin(), routes_.rend(), [](auto const& each) { each->drain(); });
}

void route_tree::retire() {
  std::for_each(routes_.rbegin(), routes_.rend(), [](auto const& each) { each->retire(); });
}

void route_tree::stop() {
  std::for_each(routes_.rbegin(), routes_.rend(), [](auto const& each) { each->stop(); });
}

bool route_tree::invalidate(std::string_view source, invalidation const& what) {
  bool done = true;
  std::for_each(routes_.rbegin(), routes_.rend(),
                [&](auto const& each) { done = each->invalidate(source, what) && done; });
  return done;
}

void route_tree::clear() {
  while (!routes_.empty()) routes_.pop_back();
}

}  // namespace tandem::model
