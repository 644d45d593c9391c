#include "support/workload.hpp"

#include "support/text_client.hpp"
#include "support/wait_until.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>

namespace tandem::test {
namespace {

constexpr std::size_t noted_max = 20;

void note(std::vector<std::string>& noted, std::string const& what) {
  if (noted.size() < noted_max && std::ranges::find(noted, what) == noted.end()) noted.push_back(what);
}

}  // namespace

workload::workload(plan const& what) {
  for (unsigned client = 0; client < what.clients; ++client) {
    threads_.emplace_back([this, what, client] {
      try {
        run(what, client);
      } catch (std::runtime_error const& failed) {
        note_wrong(failed.what());
      }
    });
  }
}

workload::~workload() { stop(); }

void workload::stop() {
  stopping_ = true;
  for (std::thread& each : threads_) each.join();
  threads_.clear();
}

// Each key's value says whose it is and which round wrote it, so that an answer to somebody else's request
// shows.
void workload::run(plan const& what, unsigned client) {
  text_client connection(what.port);
  connection.timeout(std::chrono::seconds(10));
  for (unsigned round = 0; !stopping_; ++round) {
    std::string const key = fmt::format("{}{}:{}", what.prefix, client, round % what.keys);
    std::string const value = fmt::format("{}={}", key, round);
    bool const stored = write(connection, key, value);
    reading const outcome = read(connection, key, value);
    if (outcome == reading::wrong) return;
    bool const found_otherwise = outcome == reading::older || outcome == reading::missing;
    if (stored && found_otherwise) ++lost_;
  }
}

bool workload::write(text_client& connection, std::string const& key, std::string const& value) {
  std::string const answer = connection.ask(fmt::format("set {} 0 0 {}\r\n{}\r\n", key, value.size(), value));
  if (answer == "STORED") {
    ++answered_;
    return true;
  }
  if (answer.starts_with("SERVER_ERROR ")) {
    note_error(answer);
  } else {
    note_wrong("set " + key + ": " + answer);
  }
  return false;
}

workload::reading workload::read(text_client& connection, std::string const& key, std::string const& value) {
  std::string const head = connection.ask("get " + key + "\r\n");
  if (head.starts_with("SERVER_ERROR ")) {
    note_error(head);
    return reading::failed;
  }
  if (head == "END") {
    ++answered_;
    return reading::missing;
  }
  std::string const got = connection.read_line();
  std::string const end = connection.read_line();
  if (!head.starts_with("VALUE " + key + " 0 ") || !got.starts_with(key + "=") || end != "END") {
    note_wrong("get " + key + ": " + head + ", " + got + ", " + end);
    return reading::wrong;
  }
  ++answered_;
  return got == value ? reading::current : reading::older;
}

void workload::note_error(std::string const& line) {
  ++errors_;
  std::lock_guard const lock(mutex_);
  note(error_lines_, line);
}

void workload::note_wrong(std::string const& what) {
  std::lock_guard const lock(mutex_);
  note(wrong_, what);
}

std::vector<std::string> workload::error_lines() const {
  std::lock_guard const lock(mutex_);
  return error_lines_;
}

std::vector<std::string> workload::wrong() const {
  std::lock_guard const lock(mutex_);
  return wrong_;
}

bool workload::without_errors(std::uint64_t count) const {
  std::uint64_t const before = errors();
  return goes_on(count) && errors() == before;
}

bool workload::goes_on(std::uint64_t count) const {
  std::uint64_t const target = answered() + count;
  return wait_until([&] { return answered() >= target; }, std::chrono::seconds(20));
}

}  // namespace tandem::test
