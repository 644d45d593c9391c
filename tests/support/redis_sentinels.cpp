#include "support/redis_sentinels.hpp"

#include "support/free_port.hpp"
#include "support/wait_until.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <stdexcept>

namespace tandem::test {
namespace {

constexpr std::chrono::seconds patience{30};

/// The value of a line of INFO.
std::string info_of(redis_sentinels& of, std::size_t node, std::string const& name) {
  std::string const all = of.ask(node, {"INFO", "replication"}).text;
  std::size_t const found = all.find("\n" + name + ":");
  if (found == std::string::npos) return {};
  std::size_t const start = found + name.size() + 2;
  return all.substr(start, all.find('\r', start) - start);
}

void require(bool done, char const* what) {
  if (!done) throw std::runtime_error(what);
}

}  // namespace

redis_sentinel::redis_sentinel(std::vector<std::string> const& lines, std::string password)
    : port_(free_port()), password_(std::move(password)) {
  std::ofstream file(directory_.path() / "sentinel.conf");
  file << "bind 127.0.0.1\nport " << port_ << "\ndir " << directory_.path().string() << "\n";
  for (std::string const& each : lines) file << each << "\n";
  file.close();
  start();
}

void redis_sentinel::start() {
  connection_.reset();
  process_.emplace(std::vector<std::string>{"redis-server", (directory_.path() / "sentinel.conf").string(),
                                            "--sentinel", "--daemonize", "no"});
  bool const answers = wait_until([this] {
    try {
      return command({"PING"}).text == "PONG";
    } catch (std::runtime_error const&) {
      return false;
    }
  });
  if (!answers) throw std::runtime_error("a Sentinel did not start: " + process_->output());
}

redis_reply redis_sentinel::command(std::vector<std::string> const& words) {
  try {
    if (!connection_) {
      connection_.emplace(port_);
      if (!password_.empty()) connection_->command({"AUTH", password_});
    }
    return connection_->command(words);
  } catch (std::runtime_error const&) {
    connection_.reset();
    throw;
  }
}

std::string redis_sentinel::tells(std::string const& field) {
  auto const fields = command({"SENTINEL", "MASTER", redis_sentinels::name}).elements;
  for (std::size_t each = 0; each + 1 < fields.size(); each += 2) {
    if (fields[each].text == field) return fields[each + 1].text;
  }
  return {};
}

redis_sentinels::redis_sentinels(std::string const& password, hosts const& at) {
  for (std::string const& each : at) {
    servers_.emplace_back(
        std::vector<std::string>{"--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1"}, each);
  }
  replicate();
  watch(password);
}

void redis_sentinels::replicate() {
  std::string const port = std::to_string(node(0).port());
  for (std::size_t each = 1; each < nodes; ++each) node(each).command({"REPLICAOF", node(0).host(), port});
  auto const follow = [this] {
    return info_of(*this, 1, "master_link_status") == "up" && info_of(*this, 2, "master_link_status") == "up";
  };
  require(wait_until(follow, patience), "the replicas did not find their master");
}

void redis_sentinels::watch(std::string const& password) {
  std::string const about = std::string(" ") + name + " ";
  std::vector<std::string> all{
      "sentinel monitor" + about + node(0).host() + " " + std::to_string(node(0).port()) + " 2",
      "sentinel down-after-milliseconds" + about + "1000", "sentinel failover-timeout" + about + "3000",
      "sentinel parallel-syncs" + about + "2"};
  if (!password.empty()) {
    all.push_back("requirepass " + password);
    all.push_back("sentinel sentinel-pass " + password);
  }
  for (unsigned each = 0; each < sentinels; ++each) sentinels_.emplace_back(all, password);
  auto const know = [this] {
    return std::all_of(sentinels_.begin(), sentinels_.end(), [](redis_sentinel& each) {
      return each.tells("num-slaves") == "2" && each.tells("num-other-sentinels") == "2" &&
             each.tells("flags") == "master";
    });
  };
  require(wait_until(know, patience), "the Sentinels did not find one another");
}

redis_reply redis_sentinels::ask(std::size_t index, std::vector<std::string> const& words) {
  try {
    return node(index).command(words);
  } catch (std::runtime_error const&) {
    return node(index).command(words);
  }
}

std::string redis_sentinels::addresses() const {
  std::string made = "[";
  for (redis_sentinel const& each : sentinels_) made += (made.size() > 1 ? ", " : "") + each.address();
  return made + "]";
}

std::optional<std::size_t> redis_sentinels::master() {
  std::string port;
  for (redis_sentinel& each : sentinels_) {
    if (!each.running()) continue;
    std::string const told = each.tells("port");
    if (told.empty() || (!port.empty() && told != port)) return std::nullopt;
    port = told;
  }
  for (std::size_t each = 0; each < nodes; ++each) {
    if (std::to_string(node(each).port()) == port) return each;
  }
  return std::nullopt;
}

std::size_t redis_sentinels::master_after(std::size_t old) {
  std::optional<std::size_t> found;
  auto const changed = [&] {
    found = master();
    return found && *found != old;
  };
  require(wait_until(changed, patience), "the Sentinels made no other node the master");
  return *found;
}

std::size_t redis_sentinels::fail_over() {
  std::optional<std::size_t> const old = master();
  require(old.has_value(), "the Sentinels do not agree on a master");
  auto const begun = [this] { return !sentinel(0).command({"SENTINEL", "FAILOVER", name}).is_error(); };
  require(wait_until(begun, patience), "the Sentinels would not fail over");
  return master_after(*old);
}

void redis_sentinels::pause_writes() {
  std::optional<std::size_t> const now = master();
  require(now.has_value(), "the Sentinels do not agree on a master");
  ask(*now, {"CLIENT", "PAUSE", "3000", "WRITE"});
  auto const same = [&] {
    std::string const offset = info_of(*this, *now, "master_repl_offset");
    for (std::size_t each = 0; each < nodes; ++each) {
      if (each != *now && node(each).running() && info_of(*this, each, "master_repl_offset") != offset)
        return false;
    }
    return true;
  };
  require(wait_until(same, patience), "a replica lags behind");
}

}  // namespace tandem::test
