#include "consistency/client.hpp"

#include <fmt/format.h>

#include <map>
#include <set>
#include <sstream>
#include <stdexcept>

namespace tandem::consistency {
namespace {

bool is_error(std::string const& answer) { return answer.find("ERROR") != std::string::npos; }

// Key and value of each VALUE block; values have neither spaces nor line ends.
std::map<std::string, std::string> values_in(std::string const& answer) {
  std::map<std::string, std::string> found;
  std::istringstream words(answer);
  std::string word;
  while (words >> word && word == "VALUE") {
    std::string key;
    std::string rest;
    words >> key;
    std::getline(words, rest);
    words >> found[key];
  }
  return found;
}

}  // namespace

std::string key_name(unsigned number) { return fmt::format("key:{}", number); }
std::string counter_name(unsigned number) { return fmt::format("counter:{}", number); }

void client::act() {
  std::size_t const choice = dice_.below(100);
  if (choice < 40) return read({some_key()});
  if (choice < 50) {
    std::set<std::string> const some{some_key(), some_key(), some_key()};
    return read({some.begin(), some.end()});
  }
  if (choice < 70) return write("set");
  if (choice < 74) return write("add");
  if (choice < 77) return write("replace");
  if (choice < 80) return compare_and_set();
  if (choice < 88) return remove();
  if (choice < 95) return count();
  read({counter_name(static_cast<unsigned>(dice_.below(options_.counters)))});
}

void client::read_all() {
  for (unsigned i = 0; i < options_.keys; ++i) read({key_name(i)});
  for (unsigned i = 0; i < options_.counters; ++i) read({counter_name(i)});
}

void client::read(std::vector<std::string> const& keys) {
  std::string command = "get";
  for (std::string const& each : keys) command += " " + each;
  moment const start = into_.now();
  std::optional<std::string> const answer = ask(command + "\r\n", "END\r\n");
  if (!answer || is_error(*answer)) return;
  moment const end = into_.now();
  auto const found = values_in(*answer);
  for (std::string const& each : keys) {
    auto const at = found.find(each);
    if (at == found.end() && keys.size() > 1 && options_.failed_keys_are_misses) continue;
    std::optional<std::string> value;
    if (at != found.end()) value = at->second;
    into_.add({.client = options_.number,
               .key = each,
               .what = kind::read,
               .value = std::move(value),
               .start = start,
               .end = end});
  }
}

void client::write(std::string const& verb) {
  operation what{.client = options_.number, .key = some_key(), .what = kind::write, .value = new_value()};
  what.start = into_.now();
  auto const answer =
      ask(fmt::format("{} {} 0 0 {}\r\n{}\r\n", verb, what.key, what.value->size(), *what.value), "\r\n");
  record(std::move(what), answer, "STORED");
}

void client::compare_and_set() {
  operation what{.client = options_.number, .key = some_key(), .what = kind::write, .value = new_value()};
  auto const seen = ask(fmt::format("gets {}\r\n", what.key), "END\r\n");
  if (!seen || !seen->starts_with("VALUE")) return;
  std::string const line = seen->substr(0, seen->find("\r\n"));
  std::string const cas = line.substr(line.rfind(' ') + 1);
  what.start = into_.now();
  auto const answer =
      ask(fmt::format("cas {} 0 0 {} {}\r\n{}\r\n", what.key, what.value->size(), cas, *what.value), "\r\n");
  record(std::move(what), answer, "STORED");
}

void client::remove() {
  operation what{.client = options_.number, .key = some_key(), .what = kind::remove};
  what.start = into_.now();
  auto const answer = ask(fmt::format("delete {}\r\n", what.key), "\r\n");
  record(std::move(what), answer, "DELETED");
}

void client::count() {
  auto const amount = static_cast<std::int64_t>(1 + dice_.below(9));
  bool const up = !dice_.one_in(3);
  operation what{.client = options_.number,
                 .key = counter_name(static_cast<unsigned>(dice_.below(options_.counters))),
                 .what = kind::add_to,
                 .amount = up ? amount : -amount};
  what.start = into_.now();
  auto const answer = ask(fmt::format("{} {} {}\r\n", up ? "incr" : "decr", what.key, amount), "\r\n");
  record(std::move(what), answer, "");
}

std::optional<std::string> client::ask(std::string const& command, std::string const& end) {
  try {
    if (!connection_) connection_.emplace(options_.port);
    connection_->send(command);
    std::string answer;
    do {
      answer += connection_->read_until("\r\n");
    } while (!answer.ends_with(end) && !is_error(answer));
    return answer;
  } catch (std::runtime_error const&) {
    connection_.reset();
    return std::nullopt;
  }
}

void client::record(operation what, std::optional<std::string> const& answer, std::string const& done) {
  what.end = into_.now();
  what.how = outcome::unchanged;
  if (!answer || is_error(*answer)) {
    what.how = outcome::unknown;
  } else if (done.empty() ? !answer->starts_with("NOT_FOUND") : answer->starts_with(done)) {
    what.how = outcome::done;
  }
  into_.add(std::move(what));
}

std::string client::new_value() { return fmt::format("v{}.{}", options_.number, ++written_); }

}  // namespace tandem::consistency
