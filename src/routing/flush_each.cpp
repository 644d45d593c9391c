#include "routing/flush_each.hpp"

#include <algorithm>
#include <utility>

namespace tandem::routing {

base::task<model::response> flush_each(std::vector<model::route*> const& all, model::request const& asked,
                                       model::request_context& context) {
  std::vector<base::task<model::response>> pending;
  pending.reserve(all.size());
  for (model::route* const to : all) pending.push_back(to->handle(asked, context));
  std::vector<model::response> answers = co_await base::when_all<model::response>(pending);
  auto const failed = std::find_if(answers.begin(), answers.end(),
                                   [](model::response const& answer) { return answer.failed(); });
  if (failed == answers.end()) co_return std::move(answers.front());
  bool const untouched = std::all_of(answers.begin(), answers.end(), [](model::response const& answer) {
    return answer.fate == model::fate::never;
  });
  if (!untouched) failed->fate = model::fate::maybe;
  co_return std::move(*failed);
}

}  // namespace tandem::routing
