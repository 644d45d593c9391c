#include "backend/redis/replicas/replication_report.hpp"

#include <charconv>
#include <optional>
#include <string_view>

namespace tandem::backend::redis {
namespace {

/// The value of a line `name:value`.
std::optional<std::string_view> line_of(std::string_view all, std::string_view name) {
  while (!all.empty()) {
    std::size_t const end = std::min(all.find("\r\n"), all.size());
    std::string_view const line = all.substr(0, end);
    all.remove_prefix(std::min(end + 2, all.size()));
    bool const found = line.size() > name.size() && line.starts_with(name) && line[name.size()] == ':';
    if (found) return line.substr(name.size() + 1);
  }
  return std::nullopt;
}

std::optional<std::uint64_t> number_of(std::optional<std::string_view> text) {
  std::uint64_t found = 0;
  if (!text) return std::nullopt;
  auto const [end, wrong] = std::from_chars(text->data(), text->data() + text->size(), found);
  if (wrong != std::errc() || end != text->data() + text->size()) return std::nullopt;
  return found;
}

}  // namespace

base::result<replication_report> replication_report::read(protocol::redis::reply const& received) {
  auto const failed = [](std::string_view why) {
    return base::error{base::error_kind::bad_reply, std::string(why)};
  };
  if (received.is_error()) return failed(received.text.view());
  std::string_view const all = received.text.view();
  auto const role = line_of(all, "role");
  auto const history = line_of(all, "master_replid");
  bool const replica = role == "slave";
  auto const offset = number_of(line_of(all, replica ? "slave_repl_offset" : "master_repl_offset"));
  if (!role || !history || !offset) return failed("no answer to INFO replication");
  return replication_report{replica, line_of(all, "master_link_status") == "up", std::string(*history),
                            *offset};
}

}  // namespace tandem::backend::redis
