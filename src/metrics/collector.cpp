#include "metrics/collector.hpp"

#include "metrics/process_metrics.hpp"

#include <cassert>
#include <limits>

namespace tandem::metrics {
namespace {

prometheus::MetricType type_of(kind of) {
  switch (of) {
    case kind::counter: return prometheus::MetricType::Counter;
    case kind::gauge: return prometheus::MetricType::Gauge;
    case kind::histogram: return prometheus::MetricType::Histogram;
  }
  return prometheus::MetricType::Untyped;
}

prometheus::ClientMetric labelled(labels const& where) {
  prometheus::ClientMetric made;
  for (auto const& [name, value] : where) made.label.push_back({name, value});
  return made;
}

prometheus::MetricFamily& family_in(std::map<std::string_view, prometheus::MetricFamily>& families,
                                    family const& described) {
  auto const [found, is_new] = families.try_emplace(described.name);
  if (is_new) {
    found->second.name = described.name;
    found->second.help = described.help;
    found->second.type = type_of(described.kind);
  }
  return found->second;
}

}  // namespace

void registry::collector::add(families& into, sample const& one) {
  prometheus::ClientMetric metric = labelled(one.where);
  switch (one.described->kind) {
    case kind::counter: metric.counter.value = one.value; break;
    case kind::gauge: metric.gauge.value = one.value; break;
    case kind::histogram: assert(false); return;
  }
  family_in(into, *one.described).metric.push_back(std::move(metric));
}

void registry::collector::add(families& into, series const& what, histogram_sample const& one) {
  prometheus::ClientMetric metric = labelled(what.where);
  prometheus::ClientMetric::Histogram& shown = metric.histogram;
  for (std::size_t index = 0; index < one.buckets.size(); ++index) {
    // The count is what these reads of the buckets add up to: a count of its own would be of another moment.
    shown.sample_count += one.buckets[index];
    double const bound = index < histogram::bounds_us.size() ? histogram::bounds_us[index] / 1e6
                                                             : std::numeric_limits<double>::infinity();
    shown.bucket.push_back({shown.sample_count, bound});
  }
  shown.sample_sum = static_cast<double>(one.sum_ns) / 1e9;
  family_in(into, *what.described).metric.push_back(std::move(metric));
}

sample registry::collector::build() const {
  std::string const& version = registry_.version_;
  return {
      &build_info, {{"version", version.empty() ? "unknown" : version}, {"compiler", "g++ " __VERSION__}}, 1};
}

std::vector<prometheus::MetricFamily> registry::collector::Collect() const {
  families by_name;
  add(by_name, build());
  for (sample const& one : process_samples()) add(by_name, one);
  for (sample const& one : registry_.samples()) add(by_name, one);
  for (auto const& [what, one] : registry_.histogram_samples()) add(by_name, what, one);

  std::vector<prometheus::MetricFamily> all;
  all.reserve(by_name.size());
  for (auto& [name, family] : by_name) all.push_back(std::move(family));
  return all;
}

}  // namespace tandem::metrics
