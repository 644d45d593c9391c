#include "admin/invalidation_page.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace tandem::admin {
namespace {

page_reply bad_line(std::size_t number, std::string_view line) {
  constexpr std::size_t shown_bytes_max = 64;
  std::string shown(line.substr(0, shown_bytes_max));
  std::ranges::replace_if(
      shown, [](char each) { return static_cast<unsigned char>(each) < ' ' || each == '\x7f'; }, '?');
  return {400, fmt::format("line {} is neither a key nor a prefix and *: \"{}\"; nothing was invalidated\n",
                           number, shown)};
}

page_reply invalidate(std::string_view body, base::time_point now,
                      std::function<void(model::invalidation const&)> const& tell) {
  std::vector<model::invalidation> all;
  for (std::size_t number = 1; !body.empty(); ++number) {
    std::size_t const end = std::min(body.find('\n'), body.size());
    std::string_view line = body.substr(0, end);
    body.remove_prefix(std::min(end + 1, body.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    auto what = model::parse_invalidation(line, now);
    if (!what) return bad_line(number, line);
    all.push_back(*std::move(what));
  }
  if (all.empty()) return {400, "the body is empty; write a key or a prefix and * on each line\n"};
  for (model::invalidation const& each : all) tell(each);
  return {202, fmt::format("{} invalidated\n", all.size())};
}

}  // namespace

page invalidation_page(permission allowed, base::clock const& clock,
                       std::function<void(model::invalidation const&)> tell) {
  auto const render = [allowed, &clock, tell = std::move(tell)](page_request const& asked) -> page_reply {
    if (allowed == permission::given) return invalidate(asked.body, clock.now(), tell);
    return {403, "off; write invalidate: true in the configuration's admin section\n"};
  };
  return {"/invalidate", "text/plain; charset=utf-8", render, page_method::post};
}

}  // namespace tandem::admin
