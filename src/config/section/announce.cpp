#include "config/section/announce.hpp"

#include <fmt/format.h>

#include <string>
#include <unordered_set>

namespace tandem::config {
namespace {

void check(node const& item, net::endpoint const& where, bool repeated) {
  if (where.unix_socket()) {
    item.error("clients elsewhere do not reach a Unix socket; write HOST:PORT");
  } else if (where.host == "0.0.0.0" || where.host == "::") {
    item.error(fmt::format(
        "{} is where a server listens; write the name or address by which clients reach it", where.host));
  } else if (repeated) {
    item.error(fmt::format("{} is announced already; remove one", where.str()));
  }
}

}  // namespace

void read_announce(section_reader const& keys, std::vector<net::endpoint>& announced) {
  constexpr std::string_view expected = "HOST:PORT, or a sequence of them";
  node const* const value = keys.find("announce");
  if (!value) return;
  std::vector<node> const items = value->is_scalar() ? std::vector{*value} : value->items(expected);
  std::unordered_set<std::string> seen;
  for (node const& item : items) {
    auto where = item.parse(parse_endpoint, "HOST:PORT");
    if (!where) continue;
    check(item, *where, !seen.insert(where->str()).second);
    announced.push_back(*std::move(where));
  }
}

}  // namespace tandem::config
