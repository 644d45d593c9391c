#include "routing/rule_route.hpp"

#include "model/limits.hpp"
#include "model/refusal.hpp"
#include "routing/bounded_times.hpp"
#include "routing/flush_each.hpp"

#include <algorithm>
#include <cstring>

namespace tandem::routing {

namespace {

/// Why a server would not take the key; empty if it would.
std::string_view key_fault(std::string_view key) {
  if (key.empty()) return "bad key: its rule leaves nothing of it";
  if (key.size() > model::key_size_max) return "bad key: its rule makes it longer than 250 bytes";
  return {};
}

base::slice concatenated(std::string_view front, std::string_view back) {
  base::chunk_ref block = base::chunk_ref::allocate_exact(front.size() + back.size());
  char* const data = block->data();
  std::memcpy(data, front.data(), front.size());
  std::memcpy(data + front.size(), back.data(), back.size());
  return base::slice(std::move(block), data, front.size() + back.size());
}

base::task<model::response> pass_on(model::route& to, model::request changed,
                                    model::request_context& context) {
  co_return co_await to.handle(changed, context);
}

model::response no_rule() {
  return model::response::server_error(base::error_kind::configuration, "no route for key");
}

}  // namespace

base::result<std::unique_ptr<rule_route>, std::vector<rule_error>> rule_route::make(
    std::vector<bound_rule> const& rules, metrics::worker_metrics& metrics) {
  std::vector<rule_options> options;
  options.reserve(rules.size());
  for (bound_rule const& bound : rules) options.push_back(bound.rule);
  auto table = rule_table::make(options);
  if (!table) return table.error();
  std::unique_ptr<rule_route> made(new rule_route(std::move(*table)));
  for (bound_rule const& bound : rules) made->add(bound, metrics);
  return made;
}

void rule_route::add(bound_rule const& bound, metrics::worker_metrics& metrics) {
  std::string const text = rule_text(bound.rule);
  metrics::counter& matches = metrics.counter(metrics::rule_matches_total, {{"rule", text}});
  entries_.push_back({text,
                      bound.rule.strip_prefix,
                      bound.rule.add_prefix,
                      {bound.rule.max_ttl.count(), bound.rule.default_ttl.count()},
                      bound.rule.deadline.count() > 0 ? bound.rule.deadline : bound.time,
                      &bound.to,
                      &matches});
  model::route* const flushes = bound.flushes ? bound.flushes : &bound.to;
  if (std::ranges::find(flushed_, flushes) == flushed_.end()) flushed_.push_back(flushes);
}

std::vector<model::route*> rule_route::children() const {
  std::vector<model::route*> all = flushed_;
  for (entry const& each : entries_) {
    if (std::ranges::find(all, each.to) == all.end()) all.push_back(each.to);
  }
  return all;
}

bool rule_route::entry::changes_key(std::string_view key) const {
  return !add_prefix.empty() || (!strip_prefix.empty() && key.starts_with(strip_prefix));
}

base::slice rule_route::entry::rewrite(base::slice const& key) const {
  bool const strips = key.view().starts_with(strip_prefix);
  base::slice const rest = strips ? key.part(strip_prefix.size()) : key;
  return add_prefix.empty() ? rest : concatenated(add_prefix, rest.view());
}

base::task<model::response> rule_route::handle(model::request const& asked, model::request_context& context) {
  if (asked.command == model::verb::flush) return flush(asked, context);
  auto const rule = table_.match(asked.key.view());
  if (!rule) return base::ready_task(no_rule());
  entry const& matched = entries_[*rule];
  matched.matches->add();
  if (matched.time > base::duration::zero()) context.deadline = context.clock.now() + matched.time;

  bool const other_key = matched.changes_key(asked.key.view());
  if (!other_key && matched.ttl.none()) return matched.to->handle(asked, context);
  times const bounded = bounded_times(matched.ttl, asked, context);
  bool const other_times = bounded.expires != asked.expires || bounded.vivify != asked.vivify;
  if (!other_key && !other_times) return matched.to->handle(asked, context);

  model::request changed = asked;
  changed.expires = bounded.expires;
  changed.vivify = bounded.vivify;
  if (other_key) {
    changed.key = matched.rewrite(asked.key);
    std::string_view const fault = key_fault(changed.key.view());
    if (!fault.empty()) return base::ready_task(model::key_refusal(fault));
  }
  return pass_on(*matched.to, std::move(changed), context);
}

base::task<model::response> rule_route::flush(model::request const& asked, model::request_context& context) {
  if (flushed_.empty()) return base::ready_task(no_rule());
  return flush_each(flushed_, asked, context);
}

void rule_route::explain(std::string_view key, model::explanation& where) const {
  auto const rule = table_.match(key);
  if (!rule) {
    where.destination = "no route for key";
    return;
  }
  entry const& matched = entries_[*rule];
  where.rule = matched.text;
  base::slice const rewritten = matched.rewrite(base::slice::of_static(key));
  where.key = rewritten.str();
  std::string_view const fault = key_fault(rewritten.view());
  if (!fault.empty()) {
    where.destination = fault;
    return;
  }
  matched.to->explain(rewritten.view(), where);
}

}  // namespace tandem::routing
