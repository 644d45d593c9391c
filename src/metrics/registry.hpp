// Every metric of the process. Each worker has a set of metrics that it alone writes; the registry adds
// those with the same name and labels up when Prometheus asks. All of it may be called from any thread, and a
// scrape never makes a worker that counts wait.
#pragma once

#include "metrics/catalogue.hpp"
#include "metrics/metric.hpp"
#include "metrics/series.hpp"
#include "metrics/shelf.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tandem::metrics {

/// The metrics of one worker. Making one takes a lock, so it belongs to start-up and to new connections,
/// never to a request. References stay valid as long as the registry, unless it is told to forget the series. Asking again
/// for the same family and labels gives the same metric.
class worker_metrics {
 public:
  metrics::counter& counter(family const& described, labels where = {});
  metrics::gauge& gauge(family const& described, labels where = {});
  metrics::histogram& histogram(family const& described, labels where = {});

 private:
  friend class registry;

  shelf<metrics::counter> counters_;
  shelf<metrics::gauge> gauges_;
  shelf<metrics::histogram> histograms_;
};

/// One series of one family, summed over the workers, for the scrape and for `stats backends`.
struct sample {
  family const* described;
  labels where;
  double value;
};

class registry {
 public:
  /// `version` is shown in tandem_build_info.
  explicit registry(std::string version = {});
  ~registry();

  /// The metrics of one more worker.
  worker_metrics& add_worker();

  /// A series that is computed when asked for, such as the size of the memory store. `read` is called on the
  /// thread that asks, with no lock held, and by several of them at once. It is never forgotten: what it
  /// reads must live as long as the registry.
  void add_sampled(family const& described, labels where, std::function<double()> read);

  /// The same of something that may end before the registry, and with it the series. Who asks keeps it for so long.
  void add_sampled(family const& described, labels where, std::weak_ptr<void const> of,
                   std::function<double()> read);

  /// Ends the series of all families whose labels begin with `where`, but for `kept` ones, as forget() does.
  void forget_all(labels const& where, std::span<family const* const> kept);

  /// Ends the series of these families whose labels begin with `where`, with what they describe. No worker may refer to
  /// their metrics any more; counters begin anew should they be asked for again.
  void forget(std::span<family const* const> families, labels const& where);

  /// All counters and gauges (not the histograms), summed over the workers, sorted by name and labels.
  std::vector<sample> samples() const;

  /// The sum over workers and labels of one counter or gauge family, over those labels that contain all of
  /// `matching`.
  double total(family const& described, labels const& matching = {}) const;

  /// The text of a scrape in Prometheus' exposition format 0.0.4, with process metrics and build info.
  std::string prometheus_text() const;

 private:
  class collector;

  struct sampled_series {
    series what;
    std::function<double()> read;
    std::optional<std::weak_ptr<void const>> of = {};

    bool over() const { return of && of->expired(); }
  };

  /// One that does not end while this is there.
  struct present_series {
    std::shared_ptr<sampled_series const> one;
    std::shared_ptr<void const> of;

    sampled_series const* operator->() const { return one.get(); }
  };

  /// A histogram summed over the workers; the buckets are not cumulative.
  struct histogram_sample {
    std::array<std::uint64_t, histogram::bounds_us.size() + 1> buckets{};
    std::uint64_t sum_ns = 0;
  };

  std::vector<worker_metrics const*> workers() const;
  std::vector<present_series> sampled() const;
  std::vector<std::pair<series, histogram_sample>> histogram_samples() const;

  std::string const version_;
  mutable std::mutex mutex_;  // guards the shape of both; workers stay
  std::deque<worker_metrics> workers_;
  std::vector<std::shared_ptr<sampled_series const>> sampled_;
};

}  // namespace tandem::metrics
