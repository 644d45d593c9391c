#include "chaos/load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <thread>
#include <utility>

namespace tandem::chaos {
namespace {

constexpr std::chrono::seconds late_removals{1};
constexpr std::size_t keys_of_each_kind = 60;
constexpr auto between_requests = std::chrono::microseconds(300);
constexpr auto patience = std::chrono::seconds(20);

}  // namespace

client::client(house& at, std::size_t number, habits has)
    : at_(at), has_(has), connection_(at.tandem().port()), dice_(number) {
  connection_.timeout(patience);
  for (std::string const& prefix : at.prefixes()) {
    for (std::size_t each = 0; each < keys_of_each_kind; ++each) {
      key made{fmt::format("{}{}-{}", prefix, number, each), place::healthy, {}};
      set(made);
      if (failed_) throw std::runtime_error(made.name + " is not stored");
      made.where = at.of(made.name);
      keys_.push_back(std::move(made));
    }
  }
}

void client::run(std::stop_token const& over) {
  try {
    while (!over.stop_requested()) {
      step();
      std::this_thread::sleep_for(between_requests);
    }
  } catch (std::exception const& failed) {
    ++account_.wrong;
    account_.first_wrong = failed.what();
  }
}

account client::take() { return std::exchange(account_, {}); }

void client::leave() {
  constexpr std::string_view half_a_command = "set p:never 0 0 1000\r\nhalf a va";
  if (dice_.one_in(2)) connection_.send(half_a_command);
  if (dice_.one_in(2)) connection_.reset();
  connection_ = test::text_client(at_.tandem().port());
  connection_.timeout(patience);
}

void client::step() {
  if (has_.leaves > 0 && dice_.one_in(has_.leaves)) leave();
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
  if (failed_) which.failed = clock::now();
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
  if (failed_ || (said == "EN" && may_be_missing(which))) return;
  if (!said.starts_with("VA ")) return find_wrong(which, said);
  std::string const value = connection_.read_exactly(std::stoul(said.substr(3)) + 2);
  std::uint64_t version = 0;
  std::from_chars(value.data(), value.data() + value.size(), version);
  if (!which.possible.contains(version) || value != value_of(version) + "\r\n") find_wrong(which, value);
}

// A key that moves to another server is not there. Stand-ins do not have everything, and what they are given lasts for a while.
// Where a set has failed, the item is removed, lest it be taken for the new one; a removal that was not answered in time may be done
// late, and take with it what was stored since.
bool client::may_be_missing(key const& which) const {
  return which.possible.contains(0) || which.name.starts_with("c:") || which.where == place::headless ||
         at_.times_emptied(which.where) != which.emptied;
}

void client::set(key& which) {
  std::uint64_t const version = ++versions_;
  unsigned const emptied = at_.times_emptied(which.where);
  std::string const value = value_of(version);
  std::string const said = ask(fmt::format("set {} 0 0 {}\r\n{}\r\n", which.name, value.size(), value));
  if (said == "STORED") {
    which.possible.clear();
    which.emptied = emptied;
  }
  which.possible.insert(version);
  if (clock::now() - which.failed < late_removals) which.possible.insert(0);
  if (failed_) which.possible.insert(0);
  if (said != "STORED" && !failed_) find_wrong(which, said);
}

void client::remove(key& which) {
  std::string const said = ask(fmt::format("delete {}\r\n", which.name));
  if (!failed_) which.possible.clear();
  which.possible.insert(0);
  if (!failed_ && said != "DELETED" && said != "NOT_FOUND") find_wrong(which, said);
}

// Its version, again and again.
std::string client::value_of(std::uint64_t version) const {
  std::string const number = std::to_string(version);
  if (has_.value_max == 0) return number;
  std::uint64_t const random = version * 0x9e3779b97f4a7c15U;
  std::size_t const limit = std::max<std::size_t>(has_.value_max >> ((random >> 40) % 12), 1);
  std::string made = number + ":";
  for (std::size_t const size = (random >> 20) % limit; made.size() < size;) made += number + ":";
  return made;
}

void client::find_wrong(key const& which, std::string const& said) {
  if (account_.wrong++ > 0) return;
  account_.first_wrong = fmt::format("{} answered {}, and may be", which.name, said.substr(0, 100));
  for (std::uint64_t const each : which.possible) account_.first_wrong += fmt::format(" {}", each);
}

}  // namespace tandem::chaos
