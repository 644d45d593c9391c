#include "attack/bystander.hpp"

#include <fmt/format.h>

#include <exception>
#include <stdexcept>
#include <thread>

namespace tandem::attack {
namespace {

constexpr auto between_requests = std::chrono::microseconds(200);
constexpr auto patience = std::chrono::seconds(30);
constexpr std::string_view value = "what the others want";

}  // namespace

bystander::bystander(std::uint16_t port, std::vector<std::string> const& prefixes) {
  for (std::string const& prefix : prefixes) {
    place& made = places_.emplace_back(place{prefix + "bystander", test::text_client(port)});
    made.connection.timeout(patience);
    std::string const stored =
        made.connection.ask(fmt::format("set {} 0 0 {}\r\n{}\r\n", made.key, value.size(), value));
    if (stored != "STORED") throw std::runtime_error(prefix + " is not stored: " + stored);
  }
}

experience bystander::ask_for(std::chrono::milliseconds time) {
  using clock = std::chrono::steady_clock;
  experience made;
  clock::time_point const end = clock::now() + time;
  for (std::size_t asked = 0; clock::now() < end; ++asked) {
    place& at = places_[asked % places_.size()];
    std::string const expected = fmt::format("VALUE {} 0 {}\r\n{}\r\nEND\r\n", at.key, value.size(), value);
    clock::time_point const started = clock::now();
    at.connection.send(fmt::format("get {}\r\n", at.key));
    std::string const line = at.connection.read_line();
    std::string answer = line + "\r\n";
    if (line.starts_with("VALUE")) answer += at.connection.read_until("END\r\n");
    auto const waited = std::chrono::duration_cast<std::chrono::nanoseconds>(clock::now() - started);
    made.waited_ns.add(static_cast<std::uint64_t>(waited.count()));
    if (answer != expected && made.failed++ == 0) made.first_failure = answer;
    std::this_thread::sleep_for(between_requests);
  }
  return made;
}

}  // namespace tandem::attack
