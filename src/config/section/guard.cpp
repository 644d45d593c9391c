// What becomes of a server that fails: how often a request is sent again, when it is left alone and how it returns, and how
// often it is asked how it is.
#include "config/section/sections.hpp"
#include "config/section_reader.hpp"

namespace tandem::config {
namespace {

using namespace std::chrono_literals;

constexpr unsigned attempts_max = 5;
constexpr std::size_t steps_max = 20;

void read_percent(section_reader const& keys, std::string_view key, unsigned& into) {
  node const* const value = keys.find(key);
  if (!value) return;
  if (auto const given = value->parse(parse_percent, "a share such as 20%"))
    into = static_cast<unsigned>(*given);
}

void read_retry(node const& section, policy::retry_options& options) {
  section_reader const keys(section, {"attempts", "budget", "budget_min"});
  keys.read_number<unsigned>("attempts", options.attempts, {0, attempts_max});
  read_percent(keys, "budget", options.budget_percent);
  keys.read_number<unsigned>("budget_min", options.budget_min, {0, 1'000'000});
}

/// Rising, and all in the end.
void read_steps(node const& list, std::vector<unsigned>& into) {
  constexpr std::string_view expected =
      "a sequence of shares that rise to 100%, such as [5%, 20%, 50%, 100%]";
  std::vector<unsigned> steps;
  for (node const& item : list.items(expected)) {
    auto const given = item.parse(parse_percent, "a share such as 20%");
    if (!given) return;
    auto const step = static_cast<unsigned>(*given);
    if (step == 0) return item.error("brings nothing back; write 1% or more");
    if (!steps.empty() && step <= steps.back())
      return item.error(fmt::format("is not more than the {}% before it; write {}", steps.back(), expected));
    steps.push_back(step);
  }
  if (steps.empty()) return;
  if (steps.size() > steps_max)
    return list.error(fmt::format("has too many steps; write {} at most", steps_max));
  if (steps.back() != 100) return list.error("ends before all is back; let the last one be 100%");
  into = std::move(steps);
}

void read_breaker(node const& section, policy::breaker_options& options) {
  section_reader const keys(section, {"failures", "open", "max_open", "flap_window", "flap_max", "return"});
  keys.read_number<unsigned>("failures", options.failures, {1, 1'000'000});
  keys.read_duration("open", options.open, {1ms, 1h});
  bool const bounded = keys.read_duration("max_open", options.open_max, {1ms, 24h});
  if (options.open_max < options.open) {
    if (bounded)
      keys.find("max_open")
          ->error(fmt::format("is less than open, {}; write that or more", format_duration(options.open)));
    options.open_max = options.open;
  }
  keys.read_duration("flap_window", options.flap_window, {1ms, 24h});
  bool const longest = keys.read_duration("flap_max", options.flap_max, {1ms, 240h});
  if (longest && options.flap_max < options.flap_window) {
    keys.find("flap_max")
        ->error(fmt::format("is less than flap_window, {}; write that or more",
                            format_duration(options.flap_window)));
  }
  if (node const* const steps = keys.find("return")) read_steps(*steps, options.shares);
}

void read_probe(node const& section, std::chrono::milliseconds& every) {
  section_reader const keys(section, {"every"});
  keys.read_duration("every", every, {10ms, 1h});
}

/// How often a name is looked up that is connected to; 0: when it is connected to alone.
void read_resolve(section_reader const& keys, std::chrono::milliseconds& every) {
  node const* const value = keys.find("resolve");
  if (!value) return;
  if (value->is_scalar() && value->text("a time, or off") == "off") {
    every = 0ms;
    return;
  }
  keys.read_duration("resolve", every, {1s, 24h});
}

}  // namespace

void read_guard(section_reader const& keys, net::upstream_options& upstream) {
  for (std::string_view const key : guard_keys) {
    node const* const value = keys.find(key);
    if (value && !keys.find("memcached") && !keys.find("redis"))
      value->error("belongs to a backend that has servers; remove it, or write it there");
  }
  if (node const* const retry = keys.find("retry")) read_retry(*retry, upstream.retry);
  if (node const* const breaker = keys.find("circuit_breaker")) read_breaker(*breaker, upstream.breaker);
  if (node const* const probe = keys.find("probe")) read_probe(*probe, upstream.probe_every);
  read_resolve(keys, upstream.resolve_every);
}

}  // namespace tandem::config
