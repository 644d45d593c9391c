#include "metrics/registry.hpp"

#include "metrics/collector.hpp"

#include <prometheus/text_serializer.h>

#include <algorithm>
#include <cassert>
#include <map>

namespace tandem::metrics {
namespace {

template <class Sum>
using sums = std::map<series, Sum>;

template <class Metric>
void add_values(sums<double>& into, shelf<Metric> const& from) {
  from.each(
      [&into](series const& what, Metric const& one) { into[what] += static_cast<double>(one.value()); });
}

bool contains_all(labels const& where, labels const& wanted) {
  return std::ranges::all_of(
      wanted, [&](auto const& label) { return std::ranges::find(where, label) != where.end(); });
}

template <class Metric>
double total_of(shelf<Metric> const& from, family const& described, labels const& matching) {
  double sum = 0;
  from.each_of(described, [&](series const& what, Metric const& one) {
    if (contains_all(what.where, matching)) sum += static_cast<double>(one.value());
  });
  return sum;
}

}  // namespace

counter& worker_metrics::counter(family const& described, labels where) {
  assert(described.kind == kind::counter);
  return counters_.find_or_make(described, std::move(where));
}

gauge& worker_metrics::gauge(family const& described, labels where) {
  assert(described.kind == kind::gauge);
  return gauges_.find_or_make(described, std::move(where));
}

histogram& worker_metrics::histogram(family const& described, labels where) {
  assert(described.kind == kind::histogram);
  return histograms_.find_or_make(described, std::move(where));
}

registry::registry(std::string version) : version_(std::move(version)) {}

registry::~registry() = default;

worker_metrics& registry::add_worker() {
  std::lock_guard const lock(mutex_);
  return workers_.emplace_back();
}

void registry::add_sampled(family const& described, labels where, std::function<double()> read) {
  assert(described.kind != kind::histogram);
  std::lock_guard const lock(mutex_);
  sampled_.push_back(std::make_shared<sampled_series>(
      sampled_series{{&described, std::move(where)}, std::move(read), std::nullopt}));
}

void registry::add_sampled(family const& described, labels where, std::weak_ptr<void const> of,
                           std::function<double()> read) {
  assert(described.kind != kind::histogram);
  std::lock_guard const lock(mutex_);
  std::erase_if(sampled_, [](auto const& each) { return each->over(); });
  sampled_.push_back(std::make_shared<sampled_series>(
      sampled_series{{&described, std::move(where)}, std::move(read), std::move(of)}));
}

void registry::forget_all(labels const& where, std::span<family const* const> kept) {
  std::lock_guard const lock(mutex_);
  for (worker_metrics& worker : workers_) {
    worker.counters_.forget_all(where, kept);
    worker.gauges_.forget_all(where, kept);
    worker.histograms_.forget_all(where, kept);
  }
}

void registry::forget(std::span<family const* const> families, labels const& where) {
  std::lock_guard const lock(mutex_);
  for (worker_metrics& worker : workers_) {
    for (family const* each : families) {
      worker.counters_.forget(*each, where);
      worker.gauges_.forget(*each, where);
      worker.histograms_.forget(*each, where);
    }
  }
}

std::vector<worker_metrics const*> registry::workers() const {
  std::lock_guard const lock(mutex_);
  std::vector<worker_metrics const*> all;
  all.reserve(workers_.size());
  for (worker_metrics const& worker : workers_) all.push_back(&worker);
  return all;
}

std::vector<registry::present_series> registry::sampled() const {
  std::lock_guard const lock(mutex_);
  std::vector<present_series> all;
  all.reserve(sampled_.size());
  for (auto const& one : sampled_) {
    std::shared_ptr<void const> of = one->of ? one->of->lock() : nullptr;
    if (of || !one->of) all.push_back({one, std::move(of)});
  }
  return all;
}

std::vector<sample> registry::samples() const {
  sums<double> by_series;
  for (worker_metrics const* worker : workers()) {
    add_values(by_series, worker->counters_);
    add_values(by_series, worker->gauges_);
  }
  for (present_series const& one : sampled()) by_series[one->what] += one->read();

  std::vector<sample> all;
  all.reserve(by_series.size());
  for (auto const& [what, value] : by_series) all.push_back({what.described, what.where, value});
  return all;
}

std::vector<std::pair<series, registry::histogram_sample>> registry::histogram_samples() const {
  sums<histogram_sample> by_series;
  for (worker_metrics const* worker : workers()) {
    worker->histograms_.each([&by_series](series const& what, histogram const& one) {
      histogram_sample& sum = by_series[what];
      for (std::size_t index = 0; index < sum.buckets.size(); ++index)
        sum.buckets[index] += one.bucket(index);
      sum.sum_ns += one.sum_ns();
    });
  }
  return {by_series.begin(), by_series.end()};
}

double registry::total(family const& described, labels const& matching) const {
  double sum = 0;
  for (worker_metrics const* worker : workers()) {
    sum += total_of(worker->counters_, described, matching);
    sum += total_of(worker->gauges_, described, matching);
  }
  for (present_series const& one : sampled()) {
    bool const counts =
        one->what.described->name == described.name && contains_all(one->what.where, matching);
    if (counts) sum += one->read();
  }
  return sum;
}

std::string registry::prometheus_text() const {
  return prometheus::TextSerializer().Serialize(collector(*this).Collect());
}

}  // namespace tandem::metrics
