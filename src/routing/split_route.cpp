#include "routing/split_route.hpp"

#include "routing/flush_each.hpp"

#include <algorithm>
#include <utility>

namespace tandem::routing {

using model::verb;

split_route::split_route(std::string name, destinations const& by_verb)
    : name_(std::move(name)), by_verb_(by_verb) {
  for (model::route* const each : by_verb_) {
    if (std::find(all_.begin(), all_.end(), each) == all_.end()) all_.push_back(each);
  }
}

base::task<model::response> split_route::handle(model::request const& asked,
                                                model::request_context& context) {
  if (asked.command == verb::flush) return flush_each(all_, asked, context);
  std::string_view const what = torn(asked);
  if (what.empty()) return of(asked.command).handle(asked, context);
  return base::ready_task(model::response::client_error(std::string(what) + " is not possible for backend " +
                                                        name_ + ": reads and writes go to different ones"));
}

std::string_view split_route::torn(model::request const& asked) const {
  model::route const* const read = &of(verb::get);
  if (model::compares_cas(asked) && &of(asked.command) != read)
    return asked.command == verb::cas ? "cas" : "flag C";
  bool const fills = asked.command == verb::get && (asked.vivify || asked.recache);
  if (fills && &of(verb::set) != read) return asked.vivify ? "flag N" : "flag R";
  return {};
}

void split_route::explain(std::string_view key, model::explanation& where) const {
  of(verb::get).explain(key, where);
}

}  // namespace tandem::routing
