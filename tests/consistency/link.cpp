#include "consistency/link.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <stdexcept>

namespace tandem::consistency {
namespace {

// Longer than Tandem waits for any server.
constexpr std::chrono::seconds patience(30);

}  // namespace

test::text_client& link::connection() {
  if (!connection_) {
    connection_.emplace(port_);
    connection_->timeout(patience);
  }
  return *connection_;
}

bool link::open() {
  if (connection_ && !connection_->silent(std::chrono::milliseconds(0))) connection_.reset();
  try {
    connection();
    return true;
  } catch (std::runtime_error const&) {
    return false;
  }
}

// The line that answers; empty if none came.
std::string link::ask(std::string const& command) {
  try {
    return connection().ask(command);
  } catch (std::runtime_error const&) {
    connection_.reset();
    return "";
  }
}

told link::meta_read(std::string const& command) {
  std::istringstream line(ask(command));
  std::string code;
  line >> code;
  if (code == "EN") return {outcome::absent, "", 0};
  std::size_t size = 0;
  if (code != "VA" || !(line >> size)) return {};
  told made{outcome::done, "", 0};
  for (std::string flag; line >> flag;) {
    if (flag.front() == 'c') made.cas = std::stoull(flag.substr(1));
  }
  try {
    made.answer = connection().read_exactly(size + 2).substr(0, size);
  } catch (std::runtime_error const&) {
    connection_.reset();
    return {};
  }
  return made;
}

told link::read(std::string const& key) { return meta_read("mg " + key + " v\r\n"); }
told link::fetch(std::string const& key) { return meta_read("mg " + key + " v T3600\r\n"); }

told link::touch(std::string const& key) {
  std::string const said = ask("touch " + key + " 3600\r\n");
  if (said == "TOUCHED") return {outcome::done, "", 0};
  if (said == "NOT_FOUND") return {outcome::absent, "", 0};
  return {};
}

told link::read_cas(std::string const& key) { return meta_read("mg " + key + " v c\r\n"); }

std::vector<told> link::read_all(std::vector<std::string> const& keys) {
  try {
    return values(keys);
  } catch (std::runtime_error const&) {
    connection_.reset();
    return std::vector<told>(keys.size());
  }
}

std::vector<told> link::values(std::vector<std::string> const& keys) {
  std::vector<told> made(keys.size());
  std::string command = "get";
  for (std::string const& each : keys) command += " " + each;
  connection().send(command + "\r\n");
  for (std::string line = connection().read_line(); line != "END"; line = connection().read_line()) {
    std::istringstream words(line);
    std::string kind;
    std::string key;
    std::uint32_t flags = 0;
    std::size_t size = 0;
    if (!(words >> kind >> key >> flags >> size)) return made;  // an error, which ends the answer
    auto const at = static_cast<std::size_t>(std::find(keys.begin(), keys.end(), key) - keys.begin());
    made.at(at) = {outcome::done, connection().read_exactly(size + 2).substr(0, size), 0};
  }
  return made;
}

told link::store(std::string_view verb, std::string const& key, std::string const& value,
                 std::string const& more) {
  std::string const said = ask(fmt::format("{} {} 0 0 {}{}\r\n{}\r\n", verb, key, value.size(), more, value));
  if (said == "STORED") return {outcome::done, "", 0};
  if (said == "NOT_STORED" || said == "EXISTS" || said == "NOT_FOUND") return {outcome::refused, "", 0};
  return {outcome::unknown, said.empty() ? "" : std::string(failed), 0};
}

void link::abandon(std::string const& command) {
  try {
    connection().send(command);
  } catch (
      std::runtime_error const&) {  // then Tandem was not reached: as good as an answer that does not come
  }
  connection_.reset();
}

std::string link::set_command(std::string const& key, std::string const& value) {
  return fmt::format("set {} 0 0 {}\r\n{}\r\n", key, value.size(), value);
}

told link::cas(std::string const& key, std::string const& value, std::uint64_t token) {
  return store("cas", key, value, " " + std::to_string(token));
}

told link::remove(std::string const& key) {
  std::string const said = ask("delete " + key + "\r\n");
  if (said == "DELETED") return {outcome::done, "", 0};
  if (said == "NOT_FOUND") return {outcome::absent, "", 0};
  return {};
}

told link::add_to(std::string const& key, std::int64_t amount) {
  std::string const said =
      ask(fmt::format("{} {} {}\r\n", amount < 0 ? "decr" : "incr", key, std::abs(amount)));
  if (said == "NOT_FOUND") return {outcome::absent, "", 0};
  if (said.empty() || said.find_first_not_of("0123456789 ") != std::string::npos) return {};
  return {outcome::done, std::to_string(std::stoll(said)), 0};
}

}  // namespace tandem::consistency
