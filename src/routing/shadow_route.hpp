// A share of the keys is copied to another backend, so that it can be tried with what clients do, or filled: after the answer,
// which the copy neither delays nor changes.
//
// | verb | of a key that is copied, once it was answered |
// |---|---|
// | get, gat | asked of the other, too, unless it failed; the answers are compared if that is wanted |
// | set, add, replace, cas | set there, if it was stored |
// | append, prepend, incr, decr, touch | done there, if it was done |
// | any that is too large for the other | removed there |
// | delete | deleted there, whatever came of it |
// | flush | flushed there, too, if it was done; for every key |
// | debug | not copied |
//
// Nothing that is copied compares a cas, since the numbers are not the other's. Which keys are copied is told by a hash of them, and stays.
// Copies under way are bounded, by number and by the bytes that they hold; what is beyond is dropped. A write whose client goes away
// before the answer is not copied. While several clients write a key, the copies may come in another order.
#pragma once

#include "metrics/bounded_tasks.hpp"
#include "metrics/registry.hpp"
#include "model/route.hpp"
#include "routing/options.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::routing {

class shadow_route final : public model::route {
 public:
  /// Copies under way at a time, and bytes of values that they may hold.
  static constexpr std::size_t copies_max = 256;
  static constexpr std::size_t bytes_max = std::size_t{8} << 20;

  /// Counts metrics::shadow_copies_total, shadow_dropped_total, shadow_compared_total and shadow_differences_total under `name`. All
  /// that it is given outlives it.
  shadow_route(std::string const& name, shadow_options const& options, model::route& to,
               model::route& copy_to, metrics::worker_metrics& metrics);

  base::task<model::response> handle(model::request const& asked, model::request_context& context) override;
  /// Where it is answered, and that it is copied.
  void explain(std::string_view key, model::explanation& where) const override;
  std::vector<model::route*> children() const override { return {&to_, &copy_to_}; }
  bool busy() const override { return under_way_.size() > 0; }
  void stop() override { under_way_.stop(); }

 private:
  struct differences {
    metrics::counter& presence;
    metrics::counter& value;
    metrics::counter& flags;
    metrics::counter& ttl;
  };
  class held_bytes;

  bool is_copied(model::request const& asked) const;
  bool is_copied(std::string_view key) const;
  base::task<model::response> ask(model::request const& asked, model::request_context& context);
  void begin(model::request copy, model::response const& given, base::clock const& clock);
  base::task<void> run(model::request copy, std::optional<model::response> given, base::clock const& clock,
                       std::size_t bytes);
  void compare(model::request const& asked, model::response const& given, model::response const& other);

  shadow_options const options_;
  model::route& to_;
  model::route& copy_to_;
  metrics::counter& copies_;
  metrics::counter& dropped_;
  metrics::counter& compared_;
  differences differences_;
  std::size_t bytes_ = 0;  // of values that copies hold
  metrics::bounded_tasks under_way_;
};

}  // namespace tandem::routing
