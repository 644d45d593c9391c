// The registry as prometheus-cpp sees it: each family once, with all of its series, families sorted by name.
// Made for one scrape, or kept and registered with anything that takes a Collectable.
#pragma once

#include "metrics/registry.hpp"

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <map>
#include <string_view>
#include <vector>

namespace tandem::metrics {

class registry::collector final : public prometheus::Collectable {
 public:
  explicit collector(registry const& of) : registry_(of) {}

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  using families = std::map<std::string_view, prometheus::MetricFamily>;

  static void add(families& into, sample const& one);
  static void add(families& into, series const& what, histogram_sample const& one);
  sample build() const;

  registry const& registry_;
};

}  // namespace tandem::metrics
