#include "backend/memcached/greeting.hpp"

#include "base/printable.hpp"

#include <fmt/core.h>

namespace tandem::backend::memcached {
namespace {

net::trouble unanswered(net::exchange_failure const& failed, std::chrono::milliseconds waited) {
  if (failed.reason.kind != base::error_kind::timeout)
    return {net::trouble_of(failed.reason.kind), failed.reason.message};
  return {net::trouble_kind::timeout, fmt::format("no answer to \"version\" within {} ms", waited.count())};
}

std::optional<net::trouble> judge(std::string_view line, protocol::memcached_release& told) {
  auto const release = protocol::read_release(line);
  // memcached's own words when it has its hands full.
  if (!release && line == "ERROR Too many open connections")
    return net::trouble{net::trouble_kind::refused, std::string(line)};
  if (!release) {
    return net::trouble{
        net::trouble_kind::bad_protocol,
        fmt::format("this is no memcached: \"version\" was answered \"{}\"", base::printable(line))};
  }
  if (*release < oldest_release) {
    constexpr std::size_t word = 8;  // VERSION and a blank
    return net::trouble{net::trouble_kind::version,
                        fmt::format("memcached {} is too old, {} or newer is needed",
                                    base::printable(line.substr(word)), oldest_release.str())};
  }
  told = *release;
  return std::nullopt;
}

}  // namespace

base::task<std::optional<net::trouble>> greet(link& through, protocol::memcached_release& told) {
  auto const patience = std::max(through.options().connect_timeout, through.options().timeout);
  auto const answered =
      co_await through.send_greeting({through.reactor().now() + patience},
                                     [](base::output_buffer& output) { output.append("version\r\n"); });
  if (!answered) co_return unanswered(answered.error(), patience);
  co_return judge(answered->front().message.view(), told);
}

}  // namespace tandem::backend::memcached
