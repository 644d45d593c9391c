#include "chaos/load.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <thread>
#include <utility>

namespace tandem::chaos {
namespace {

constexpr std::size_t keys_of_each_kind = 60;
constexpr auto between_requests = std::chrono::microseconds(300);
constexpr auto patience = std::chrono::seconds(20);

}  // namespace

client::client(house& at, std::size_t number) : at_(at), connection_(at.tandem().port()), dice_(number) {
  connection_.timeout(patience);
  for (std::string_view const prefix : {"p:", "c:", "r:"}) {
    for (std::size_t each = 0; each < keys_of_each_kind; ++each) {
      key made{fmt::format("{}{}-{}", prefix, number, each), place::healthy, {}};
      set(made);
      if (failed_) throw std::runtime_error(made.name + " is not stored");
      if (prefix == "r:") {
        made.where = place::redis;
      } else if (at.on_victim(made.name)) {
        made.where = prefix == "p:" ? place::victim : place::covered_victim;
      }
      keys_.push_back(std::move(made));
    }
  }
}

void client::run(std::stop_token const& over) {
  while (!over.stop_requested()) {
    step();
    std::this_thread::sleep_for(between_requests);
  }
}

account client::take() { return std::exchange(account_, {}); }

void client::step() {
  key& which = keys_[dice_.below(keys_.size())];
  clock::time_point const asked = clock::now();
  failed_ = false;
  switch (dice_.below(10)) {
    case 0: remove(which); break;
    case 1:
    case 2:
    case 3: set(which); break;
    default: get(which);
  }
  account_.requests.push_back({asked, clock::now() - asked, which.where, failed_});
}

std::string client::ask(std::string const& words) {
  std::string said = connection_.ask(words);
  failed_ = said.starts_with("SERVER_ERROR");
  return said;
}

void client::get(key& which) {
  // A plain get of one key would hide a failure as a miss.
  std::string const said = ask(fmt::format("mg {} v\r\n", which.name));
  if (failed_ || said == "EN") return;
  if (!said.starts_with("VA ")) return find_wrong(which, said);
  std::string const value = connection_.read_line();
  if (!which.possible.contains(std::stoull(value))) find_wrong(which, value);
}

void client::set(key& which) {
  std::uint64_t const version = ++versions_;
  std::string const value = std::to_string(version);
  std::string const said = ask(fmt::format("set {} 0 0 {}\r\n{}\r\n", which.name, value.size(), value));
  if (said == "STORED") which.possible.clear();
  which.possible.insert(version);
  if (said != "STORED" && !failed_) find_wrong(which, said);
}

void client::remove(key& which) {
  std::string const said = ask(fmt::format("delete {}\r\n", which.name));
  if (!failed_) which.possible.clear();
  which.possible.insert(0);
  if (!failed_ && said != "DELETED" && said != "NOT_FOUND") find_wrong(which, said);
}

void client::find_wrong(key const& which, std::string const& said) {
  if (account_.wrong++ > 0) return;
  account_.first_wrong = fmt::format("{} answered {}, and may be", which.name, said);
  for (std::uint64_t const each : which.possible) account_.first_wrong += fmt::format(" {}", each);
}

}  // namespace tandem::chaos
