#include "attack/attack.hpp"
#include "attack/crowd.hpp"
#include "differential/binary_packet.hpp"

#include <fmt/format.h>

#include <iterator>
#include <string_view>
#include <utility>

namespace tandem::attack {
namespace {

/// About as much as a line may have, and a good part of what is sent at once.
constexpr std::size_t flood_size = 1'000'000;

std::string repeated(std::string_view what, std::size_t size = flood_size) {
  std::string made;
  while (made.size() + what.size() <= size) made += what;
  return made;
}

std::string line_of(std::string_view command, std::string_view key) {
  return fmt::format("{}{}\r\n", command, repeated(key));
}

std::string packet(std::uint8_t opcode, std::string key = {}, std::string extras = {},
                   std::string value = {}) {
  return differential::bytes_of(
      {.opcode = opcode, .extras = std::move(extras), .key = std::move(key), .value = std::move(value)});
}

struct flood {
  std::string name;
  std::string bytes;
  std::string first = {};
};

// Every dialect, every verb; hits, misses and errors; what is answered by a backend, and what by the session itself.
std::vector<flood> floods() {
  std::string const store_extras(8, '\0');
  std::string const value_of_10k(10'000, 'v');
  std::string const set_10k = fmt::format("set m:big 0 0 {}\r\n{}\r\n", value_of_10k.size(), value_of_10k);
  return {
      {"get of 499,000 keys without a rule", line_of("get", " x")},
      {"get of 249,000 keys, missing in memory", line_of("get", " m:x")},
      {"get of 249,000 keys, found in memory", line_of("get", " m:k"), "set m:k 0 0 1 noreply\r\nv\r\n"},
      {"get of 249,000 keys of a dead server", line_of("get", " d:x")},
      {"get of 249,000 keys of memcached", line_of("get", " p:x")},
      {"get of 249,000 keys of redis", line_of("get", " r:x")},
      {"gets of missing keys", repeated("get m:x\r\n")},
      {"gets of keys without a rule", repeated("get x\r\n")},
      {"gets of 10 kB", repeated("get m:big\r\n"), set_10k},
      {"sets in memory", repeated("set m:s 0 0 1\r\nv\r\n")},
      {"sets without reply", repeated("set m:s 0 0 1 noreply\r\nv\r\n")},
      {"sets of 10 kB", repeated(set_10k)},
      {"sets in redis", repeated("set r:s 0 0 1\r\nv\r\n")},
      {"sets in memcached", repeated("set p:s 0 0 1\r\nv\r\n")},
      {"increments", repeated("incr m:n 1\r\n"), "set m:n 0 0 1\r\n0\r\n"},
      {"increments in redis", repeated("incr r:n 1\r\n"), "set r:n 0 0 1\r\n0\r\n"},
      {"touches", repeated("touch m:x 100\r\n")},
      {"touches in redis", repeated("touch r:x 100\r\n")},
      {"deletes", repeated("delete m:x\r\n")},
      {"gets with touch", repeated("gat 100 m:x\r\n")},
      {"appends refused", repeated("append m:x 0 0 1\r\nv\r\n")},
      {"unknown commands", repeated("x\r\n")},
      {"malformed commands", repeated("get\r\n")},
      {"malformed sets", repeated("set k a b c\r\n")},
      {"empty lines", repeated("\r\n")},
      {"versions", repeated("version\r\n")},
      {"verbosities", repeated("verbosity 1\r\n")},
      {"stats", repeated("stats\r\n")},
      {"stats backends", repeated("stats backends\r\n")},
      {"stats settings", repeated("stats settings\r\n")},
      {"stats reset", repeated("stats reset\r\n")},
      {"stats detail dump", repeated("stats detail dump\r\n")},
      {"meta no-operations", repeated("mn\r\n")},
      {"meta gets", repeated("mg m:x v\r\n")},
      {"meta gets, quiet", repeated("mg m:x v q\r\n")},
      {"meta gets without a rule", repeated("mg x v\r\n")},
      {"meta sets", repeated("ms m:s 1 T0\r\nv\r\n")},
      {"meta increments", repeated("ma m:n N0 J1 v\r\n")},
      {"meta deletes", repeated("md m:x\r\n")},
      {"meta debug", repeated("me m:x\r\n")},
      {"binary no-operations", repeated(packet(0x0a))},
      {"binary gets", repeated(packet(0x00, "m:x"))},
      {"binary gets, quiet", repeated(packet(0x0d, "m:x"))},
      {"binary gets without a rule", repeated(packet(0x00, "x"))},
      {"binary sets", repeated(packet(0x01, "m:s", store_extras, "v"))},
      {"binary versions", repeated(packet(0x0b))},
      {"binary stats", repeated(packet(0x10))},
      {"binary unknown commands", repeated(packet(0x7f))},
  };
}

/// Places that are held with little work: what counts is what is held, and who still gets in.
std::vector<attack> occupations() {
  struct occupation {
    std::string name;
    std::uint16_t target::*port;
    manner how;
  };
  std::string const value_of_10k(10'000, 'v');
  std::vector<occupation> const all{
      {"values half sent", &target::port, {400, "set m:h 0 0 700000\r\n" + std::string(600'000, 'v')}},
      {"lines half sent", &target::port, {400, line_of("get", " m:x").substr(0, 500'000)}},
      {"packets half sent",
       &target::port,
       {400, packet(0x01, "m:h", std::string(8, '\0'), value_of_10k).substr(0, 5'000)}},
      {"one byte each", &target::port, {2'000, "g"}},
      {"no byte", &target::port, {2'000}},
      {"answers that nobody reads",
       &target::port,
       {80, fmt::format("set m:big 0 0 {}\r\n{}\r\n", value_of_10k.size(), value_of_10k),
        repeated("get m:big\r\n"), false}},
      {"appends that nobody reads the answers of",
       &target::port,
       {16, "set m:a 0 0 1\r\nv\r\n", repeated("append m:a 0 0 1000\r\n" + std::string(1'000, 'v') + "\r\n"),
        false}},
      {"admin requests half sent", &target::admin_port, {200, "GET /healthz HT"}},
      {"metrics that nobody reads",
       &target::admin_port,
       {64, "", "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n", false}},
  };
  std::vector<attack> made;
  for (occupation const& each : all) {
    made.push_back({each.name, [each](target const& at, std::stop_token const& over) {
                      crowd(at.*each.port, each.how).run(over);
                    }});
  }
  return made;
}

attack by(std::size_t connections, flood const& how) {
  std::string const crowded = connections == 1 ? "" : fmt::format(" from {} connections", connections);
  return {how.name + crowded, [=](target const& at, std::stop_token const& over) {
            crowd(at.port, {.connections = connections, .once = how.first, .again = how.bytes}).run(over);
          }};
}

}  // namespace

std::vector<attack> attacks() {
  constexpr std::size_t many = 16;
  std::vector<attack> made;
  for (flood const& each : floods()) made.push_back(by(1, each));
  for (flood const& each : floods()) made.push_back(by(many, each));
  for (attack& each : occupations()) made.push_back(std::move(each));
  return made;
}

}  // namespace tandem::attack
