#include "routing/split_route.hpp"

#include "routing/flush_each.hpp"

#include <algorithm>

namespace tandem::routing {

split_route::split_route(destinations const& by_verb) : by_verb_(by_verb) {
  for (model::route* const each : by_verb_) {
    if (std::find(all_.begin(), all_.end(), each) == all_.end()) all_.push_back(each);
  }
}

base::task<model::response> split_route::handle(model::request const& asked,
                                                model::request_context& context) {
  if (asked.command == model::verb::flush) return flush_each(all_, asked, context);
  return of(asked.command).handle(asked, context);
}

void split_route::explain(std::string_view key, model::explanation& where) const {
  of(model::verb::get).explain(key, where);
}

}  // namespace tandem::routing
