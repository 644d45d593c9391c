// The pages that every admin endpoint has.
#pragma once

#include "admin/page.hpp"
#include "metrics/registry.hpp"

#include <functional>

namespace tandem::admin {

/// /metrics, for Prometheus to scrape. `registry` outlives the page.
page metrics_page(metrics::registry const& registry);

/// /healthz: 200 while the process serves, 503 once `draining` says so. An empty `draining` is never.
page health_page(std::function<bool()> draining);

}  // namespace tandem::admin
