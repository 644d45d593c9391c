// `stats` and its relatives, beside a memcached: the names it prints, the forms it takes, what each command
// moves in it, and the tools that read it.
#include "support/catch.hpp"
#include "support/memcached_server.hpp"
#include "support/tandem_daemon.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

using namespace tandem::test;

namespace {

std::string const in_memory = "backends: {memory: {memory: {size: 64MiB}}}\nroutes: [{to: memory}]\n";

std::string pool_of(std::string const& server) {
  return fmt::format(
      "backends: {{pool: {{memcached: {{servers: [\"{}\"]}}, timeout: 5s}}}}\nroutes: [{{to: pool}}]\n",
      server);
}

using rows = std::map<std::string, std::string>;

rows rows_of(text_client& client, std::string const& group) {
  client.send("stats" + group + "\r\n");
  std::istringstream lines(client.read_until("END\r\n"));
  rows made;
  std::string stat;
  std::string name;
  std::string value;
  while (lines >> stat >> name && std::getline(lines, value)) {
    if (stat == "STAT") made[name] = value.substr(1, value.find('\r') - 1);
  }
  return made;
}

bool numeric(std::string const& text) {
  return !text.empty() && text.find_first_not_of("0123456789.") == std::string::npos;
}

// --- Names ---------------------------------------------------------------------------------------------

// What reads names, beside the memcached that is here; the next one is a line.
struct reader {
  std::string who;
  std::string group;
  std::vector<std::string> names;
};

std::vector<reader> const readers{
    {"memcached 1.6.18", "", {"slab_reassign_evictions_nomem"}},
    {"memcached 1.6.38", "", {"slab_reassign_busy_nomem", "unexpected_napi_ids", "round_robin_fallback"}},
    {"memcached 1.6.38", " settings", {"proxy_enabled", "proxy_uring_enabled", "client_flags_size"}},
    {"memcached_exporter 0.15",
     "",
     {"version",
      "uptime",
      "time",
      "get_hits",
      "get_misses",
      "delete_hits",
      "delete_misses",
      "incr_hits",
      "incr_misses",
      "decr_hits",
      "decr_misses",
      "cas_hits",
      "cas_misses",
      "cas_badval",
      "touch_hits",
      "touch_misses",
      "cmd_flush",
      "cmd_set",
      "rusage_user",
      "rusage_system",
      "bytes",
      "limit_maxbytes",
      "curr_items",
      "total_items",
      "bytes_read",
      "bytes_written",
      "curr_connections",
      "total_connections",
      "rejected_connections",
      "conn_yields",
      "listen_disabled_num",
      "evictions",
      "reclaimed",
      "store_too_large",
      "store_no_memory",
      "lru_crawler_starts",
      "direct_reclaims",
      "crawler_items_checked",
      "crawler_reclaimed",
      "moves_to_cold",
      "moves_to_warm",
      "moves_within_lru",
      "accepting_conns"}},
    {"memcached_exporter 0.15", " slabs", {"total_malloced"}},
    {"memcached_exporter 0.15", " settings", {"maxconns", "lru_crawler"}},
    {"DataDog's mcache",
     "",
     {"total_items", "curr_items",        "limit_maxbytes",      "uptime",
      "bytes",       "curr_connections",  "max_connections",     "connection_structures",
      "threads",     "pointer_size",      "rusage_user",         "rusage_system",
      "cmd_get",     "cmd_set",           "cmd_flush",           "get_hits",
      "get_misses",  "delete_misses",     "delete_hits",         "evictions",
      "bytes_read",  "bytes_written",     "cas_misses",          "cas_hits",
      "cas_badval",  "total_connections", "listen_disabled_num", "version"}},
    {"DataDog's mcache", " slabs", {"active_slabs", "total_malloced"}},
    {"Zabbix' Memcached by agent 2",
     "",
     {"version",
      "uptime",
      "pid",
      "threads",
      "max_connections",
      "curr_connections",
      "connection_structures",
      "total_connections",
      "rejected_connections",
      "conn_yields",
      "listen_disabled_num",
      "time_in_listen_disabled_us",
      "bytes",
      "limit_maxbytes",
      "bytes_read",
      "bytes_written",
      "curr_items",
      "total_items",
      "evictions",
      "evicted_unfetched",
      "expired_unfetched",
      "reclaimed",
      "cmd_get",
      "cmd_set",
      "cmd_flush",
      "cmd_touch",
      "get_hits",
      "get_misses",
      "hash_bytes",
      "hash_power_level",
      "rusage_user",
      "rusage_system"}},
};

// --- Commands ------------------------------------------------------------------------------------------

std::string number_in(std::size_t bytes, std::uint64_t value) {
  std::string made(bytes, '\0');
  for (std::size_t at = bytes; at-- > 0; value >>= 8) made[at] = static_cast<char>(value & 0xff);
  return made;
}

struct packet {
  int opcode = 0;
  std::string key;
  std::string extras;
  std::string value;
  std::uint64_t cas = 0;
};

std::string bytes_of(packet const& one) {
  std::size_t const body = one.extras.size() + one.key.size() + one.value.size();
  return "\x80" + number_in(1, static_cast<std::uint64_t>(one.opcode)) + number_in(2, one.key.size()) +
         number_in(1, one.extras.size()) + number_in(3, 0) + number_in(4, body) + number_in(4, 0xabcd) +
         number_in(8, one.cas) + one.extras + one.key + one.value;
}

std::string const item(8, '\0');
std::string const at_once(4, '\0');

std::string counting(std::uint64_t delta, std::uint64_t initial, std::uint64_t time) {
  return number_in(8, delta) + number_in(8, initial) + number_in(4, time);
}
constexpr std::uint64_t none = 0xffffffff;

/// All that is answered to a packet, by a NoOp behind it.
std::string answer_to(text_client& client, std::string const& bytes) {
  client.send(bytes + bytes_of({.opcode = 0x0a, .key = {}, .extras = {}, .value = {}}));
  std::string answer;
  while (true) {
    std::string const header = client.read_exactly(24);
    if (header[1] == '\x0a') return answer;
    std::size_t body = 0;
    for (std::size_t at = 8; at < 12; ++at) body = body << 8 | static_cast<unsigned char>(header[at]);
    answer += header + client.read_exactly(body);
  }
}

/// What is sent after "n" (5), "t" (no number), "s" and "d" were stored; {cas} is that of "s".
struct command {
  std::string name;
  std::string text;
  std::string binary;
};

command binary(std::string name, packet const& one) { return {std::move(name), {}, bytes_of(one)}; }

std::vector<command> commands() {
  std::string const large = std::string(2'000'000, 'x') + "\r\n";
  return {
      {"get", "get n\r\n", {}},
      {"get, a miss", "get none\r\n", {}},
      {"gets", "gets n\r\n", {}},
      {"get of two", "get n none\r\n", {}},
      {"gat", "gat 0 n\r\n", {}},
      {"gat, a miss", "gat 0 none\r\n", {}},
      {"gats", "gats 0 n\r\n", {}},
      {"gats, a miss", "gats 0 none\r\n", {}},
      {"gat of two", "gat 0 n none\r\n", {}},
      {"touch", "touch n 0\r\n", {}},
      {"touch, a miss", "touch none 0\r\n", {}},
      {"set", "set s 0 0 1\r\nx\r\n", {}},
      {"set noreply", "set s 0 0 1 noreply\r\nx\r\n", {}},
      {"set with a bad end", "set s 0 0 1\r\nxyz\r\n", {}},
      {"set of a bad line", "set a b c d\r\n", {}},
      {"set, too large", "set big 0 0 2000000\r\n" + large, {}},
      {"add, too large", "add big 0 0 2000000\r\n" + large, {}},
      {"add", "add {new} 0 0 1\r\nx\r\n", {}},
      {"add, there", "add n 0 0 1\r\n5\r\n", {}},
      {"replace", "replace s 0 0 1\r\nx\r\n", {}},
      {"replace, a miss", "replace none 0 0 1\r\nx\r\n", {}},
      {"append", "append s 0 0 1\r\nx\r\n", {}},
      {"append, a miss", "append none 0 0 1\r\nx\r\n", {}},
      {"prepend, a miss", "prepend none 0 0 1\r\nx\r\n", {}},
      {"cas", "cas s 0 0 1 {cas}\r\nx\r\n", {}},
      {"cas, another", "cas s 0 0 1 1\r\nx\r\n", {}},
      {"cas, a miss", "cas none 0 0 1 1\r\nx\r\n", {}},
      {"incr", "incr n 1\r\n", {}},
      {"incr, a miss", "incr none 1\r\n", {}},
      {"incr of no number", "incr t 1\r\n", {}},
      {"decr", "decr n 1\r\n", {}},
      {"decr, a miss", "decr none 1\r\n", {}},
      {"delete", "delete d\r\n", {}},
      {"delete, a miss", "delete none\r\n", {}},
      {"flush_all", "flush_all 100000\r\n", {}},
      {"verbosity", "verbosity 1\r\n", {}},
      {"no command", "nonsense\r\n", {}},
      {"get of a long key", "get " + std::string(300, 'k') + "\r\n", {}},
      {"me", "me n\r\n", {}},
      {"me, a miss", "me none\r\n", {}},
      {"mn", "mn\r\n", {}},
      {"mg", "mg n v\r\n", {}},
      {"mg without value", "mg n\r\n", {}},
      {"mg, a miss", "mg none v\r\n", {}},
      {"mg q, a miss", "mg none v q\r\n", {}},
      {"mg T", "mg n T0 v\r\n", {}},
      {"mg T without value", "mg n T0\r\n", {}},
      {"mg T, a miss", "mg none T0 v\r\n", {}},
      {"mg T without value, a miss", "mg none T0\r\n", {}},
      {"mg N, a miss", "mg {new} N30 v\r\n", {}},
      {"mg N", "mg n N30 v\r\n", {}},
      {"mg R", "mg n R30 v\r\n", {}},
      {"mg N T, a miss", "mg {new} N30 T30 v\r\n", {}},
      {"mg of a bad flag", "mg n !\r\n", {}},
      {"ms", "ms s 1\r\nx\r\n", {}},
      {"ms ME", "ms {new} 1 ME\r\nx\r\n", {}},
      {"ms ME, there", "ms n 1 ME\r\n5\r\n", {}},
      {"ms MR, a miss", "ms none 1 MR\r\nx\r\n", {}},
      {"ms MA", "ms s 1 MA\r\nx\r\n", {}},
      {"ms MA, a miss", "ms none 1 MA\r\nx\r\n", {}},
      {"ms C", "ms s 1 C{cas}\r\nx\r\n", {}},
      {"ms C, another", "ms s 1 C1\r\nx\r\n", {}},
      {"ms C, a miss", "ms none 1 C1\r\nx\r\n", {}},
      {"ms C I, an older one", "ms s 1 C1 I\r\nx\r\n", {}},
      {"ms, too large", "ms big 2000000\r\n" + large, {}},
      {"md", "md d\r\n", {}},
      {"md, a miss", "md none\r\n", {}},
      {"md C, another", "md n C1\r\n", {}},
      {"md I", "md d I\r\n", {}},
      {"ma", "ma n\r\n", {}},
      {"ma, a miss", "ma none\r\n", {}},
      {"ma MD", "ma n MD\r\n", {}},
      {"ma MD, a miss", "ma none MD\r\n", {}},
      {"ma N, a miss", "ma {new} N30 J5\r\n", {}},
      {"ma of no number", "ma t\r\n", {}},
      {"ma C, another", "ma n C1\r\n", {}},
      {"ma T", "ma n T0\r\n", {}},
      binary("Get", {.opcode = 0x00, .key = "n", .extras = {}, .value = {}}),
      binary("Get, a miss", {.opcode = 0x00, .key = "none", .extras = {}, .value = {}}),
      binary("GetQ, a miss", {.opcode = 0x09, .key = "none", .extras = {}, .value = {}}),
      binary("GAT", {.opcode = 0x1d, .key = "n", .extras = at_once, .value = {}}),
      binary("GAT, a miss", {.opcode = 0x1d, .key = "none", .extras = at_once, .value = {}}),
      binary("Touch", {.opcode = 0x1c, .key = "n", .extras = at_once, .value = {}}),
      binary("Touch, a miss", {.opcode = 0x1c, .key = "none", .extras = at_once, .value = {}}),
      binary("Set", {.opcode = 0x01, .key = "s", .extras = item, .value = "x"}),
      binary("SetQ", {.opcode = 0x11, .key = "s", .extras = item, .value = "x"}),
      binary("Set, another cas", {.opcode = 0x01, .key = "s", .extras = item, .value = "x", .cas = 1}),
      binary("Set with cas, a miss", {.opcode = 0x01, .key = "none", .extras = item, .value = "x", .cas = 1}),
      binary("Add, there", {.opcode = 0x02, .key = "s", .extras = item, .value = "x"}),
      binary("Replace, a miss", {.opcode = 0x03, .key = "none", .extras = item, .value = "x"}),
      binary("Append", {.opcode = 0x0e, .key = "s", .extras = {}, .value = "x"}),
      binary("Append, a miss", {.opcode = 0x0e, .key = "none", .extras = {}, .value = "x"}),
      binary("Increment", {.opcode = 0x05, .key = "n", .extras = counting(1, 0, none), .value = {}}),
      binary("Increment, a miss",
             {.opcode = 0x05, .key = "none", .extras = counting(1, 0, none), .value = {}}),
      binary("Increment, made", {.opcode = 0x05, .key = "{new}", .extras = counting(1, 9, 0), .value = {}}),
      binary("Increment, another cas",
             {.opcode = 0x05, .key = "n", .extras = counting(1, 0, none), .value = {}, .cas = 1}),
      binary("Decrement", {.opcode = 0x06, .key = "n", .extras = counting(1, 0, none), .value = {}}),
      binary("Delete", {.opcode = 0x04, .key = "d", .extras = {}, .value = {}}),
      binary("Delete, a miss", {.opcode = 0x04, .key = "none", .extras = {}, .value = {}}),
      binary("Delete, another cas", {.opcode = 0x04, .key = "n", .extras = {}, .value = {}, .cas = 1}),
      binary("Flush", {.opcode = 0x08, .key = {}, .extras = number_in(4, 100000), .value = {}}),
      binary("Version", {.opcode = 0x0b, .key = {}, .extras = {}, .value = {}}),
      binary("no opcode", {.opcode = 0x50, .key = {}, .extras = {}, .value = {}}),
  };
}

void replace_all(std::string& in, std::string_view what, std::string_view with) {
  for (std::size_t at = in.find(what); at != std::string::npos; at = in.find(what, at + with.size()))
    in.replace(at, what.size(), with);
}

/// Counters of commands: all but what depends on the machine, on memory and on connections.
bool counts_commands(std::string const& name) {
  static std::set<std::string> const others{"total_items", "store_too_large", "cas_badval"};
  bool const of_verb = name.ends_with("_hits") || name.ends_with("_misses");
  return others.contains(name) || of_verb || name.starts_with("cmd_");
}

std::string moved(rows const& before, rows const& after) {
  std::string made;
  for (auto const& [name, value] : after) {
    if (!counts_commands(name) || !before.contains(name) || before.at(name) == value) continue;
    made += fmt::format("{}+{} ", name, std::stoull(value) - std::stoull(before.at(name)));
  }
  return made;
}

/// Which counters a command moves on the server at `port`.
std::string moved_by(command one, std::uint16_t port) {
  text_client client(port);
  client.converse("set n 0 0 1\r\n5\r\nset t 0 0 1\r\nt\r\nset s 0 0 1\r\ns\r\nset d 0 0 1\r\nd\r\n");
  std::string const found = client.converse("gets s\r\n");
  std::string const cas = found.substr(found.find(" 1 ") + 3, found.find('\r') - found.find(" 1 ") - 3);
  for (std::string* const bytes : {&one.text, &one.binary}) {
    replace_all(*bytes, "{cas}", cas);
  }
  replace_all(one.text, "{new}", "new");
  rows const before = rows_of(client, "");
  if (one.binary.empty()) {
    client.converse(one.text);
  } else {
    text_client packets(port);
    answer_to(packets, one.binary);
  }
  std::string made = moved(before, rows_of(client, ""));
  client.converse("delete new\r\ndelete {new}\r\ndelete none\r\n");
  return made;
}

// --- Forms ---------------------------------------------------------------------------------------------

/// Groups and orders behind `stats` that memcached answers with the same bytes.
std::vector<std::string> const text_forms{"detail",
                                          "detail ",
                                          "detail dump",
                                          "detail on",
                                          "detail on x",
                                          "detail  on",
                                          "detail off",
                                          "detail foo",
                                          "detail DUMP",
                                          "detail dump noreply",
                                          "detail reset",
                                          "reset",
                                          "reset x",
                                          "reset noreply",
                                          "resetx",
                                          "RESET",
                                          "foo",
                                          "general",
                                          "noreply",
                                          "extstore",
                                          "sizes",
                                          "sizes x",
                                          "items",
                                          "malloc",
                                          "cachedump",
                                          "cachedump 1",
                                          "cachedump 1 0",
                                          "cachedump 0 0",
                                          "cachedump x 0",
                                          "cachedump 1 x",
                                          "cachedump 1 -1",
                                          "cachedump -1 0",
                                          "cachedump 63 0",
                                          "cachedump 64 0",
                                          "cachedump 300 0"};

std::vector<std::string> const other_lines{"lru_crawler",
                                           "lru_crawler metadump",
                                           "lru_crawler metadump all",
                                           "lru_crawler  metadump  all",
                                           "lru_crawler metadump hash",
                                           "lru_crawler metadump 1,2",
                                           "lru_crawler metadump 1,",
                                           "lru_crawler metadump 1x",
                                           "lru_crawler metadump 0",
                                           "lru_crawler metadump 300",
                                           "lru_crawler metadump ALL",
                                           "lru_crawler metadump all x",
                                           "lru_crawler x y",
                                           "config get cluster",
                                           "config"};

std::vector<std::string> const binary_forms{
    "reset",         "resetx",     "reset x",       "RESET",      "detail",     "detail ",
    "detail on",     "detail onx", "detail  on",    "detail off", "detail foo", "detail dump",
    "detail dump x", "detaildump", "foo",           "items",      "items x",    "slabsx",
    "sizes",         "conns",      "cachedump 1 0", "extstore"};

std::string stat_packet(std::string const& key) {
  return bytes_of({.opcode = 0x10, .key = key, .extras = {}, .value = {}});
}

std::set<std::string> lines_of(std::string const& text) {
  std::istringstream lines(text);
  std::set<std::string> made;
  for (std::string line; std::getline(lines, line);) made.insert(line);
  return made;
}

}  // namespace

TEST_CASE("stats has every name that memcached's has, numbers where it has numbers") {
  memcached_server const oracle;
  tandem_daemon const tandem(in_memory);
  text_client of_memcached = oracle.connect();
  text_client of_tandem = tandem.connect();
  for (std::string const group : {"", " settings", " slabs", " items"}) {
    rows const told = rows_of(of_tandem, group);
    rows const expected = rows_of(of_memcached, group);
    CHECK(expected.empty() == (group == " items"));  // of which there are none
    for (auto const& [name, value] : expected) {
      INFO("stats" << group << ": " << name << " " << value);
      REQUIRE(told.contains(name));
      CHECK((!numeric(value) || name == "libevent" || numeric(told.at(name))));
      bool const answer = value == "yes" || value == "no";
      CHECK((!answer || told.at(name) == "yes" || told.at(name) == "no"));
    }
  }
}

TEST_CASE("stats has every name that collectors read") {
  tandem_daemon const tandem("");
  text_client client = tandem.connect();
  for (reader const& each : readers) {
    rows const told = rows_of(client, each.group);
    for (std::string const& name : each.names) {
      INFO(each.who << ": stats" << each.group << ": " << name);
      CHECK(told.contains(name));
    }
  }
  CHECK(rows_of(client, "").at("limit_maxbytes") != "0");
}

TEST_CASE("each command moves the counters that it moves in memcached") {
  memcached_server const oracle;
  memcached_server const server;
  tandem_daemon const memory(in_memory);
  tandem_daemon const pool(pool_of(server.address()));
  for (command const& each : commands()) {
    INFO(each.name);
    std::string const expected = moved_by(each, oracle.port());
    CHECK(moved_by(each, memory.port()) == expected);
    CHECK(moved_by(each, pool.port()) == expected);
  }
}

TEST_CASE(
    "a value that is too large counts as such in the binary protocol too, where memcached counts nothing") {
  tandem_daemon const tandem(in_memory);
  std::string const value(2'000'000, 'x');
  command const set = binary("Set", {.opcode = 0x01, .key = "big", .extras = item, .value = value});
  CHECK(moved_by(set, tandem.port()) == "store_too_large+1 ");
}

TEST_CASE("a command whose value is refused counts as what the client asked for") {
  struct refusal {
    command asked;
    std::string counted;
  };
  std::string const large = std::string(2'000'000, 'x') + "\r\n";
  packet const too_large{.key = "s", .extras = item, .value = large};
  auto const in_binary = [&](std::uint8_t opcode) {
    packet made = too_large;
    made.opcode = opcode;
    if (opcode == 0x0e) made.extras.clear();
    return binary("opcode " + std::to_string(opcode), made);
  };
  std::vector<refusal> const refusals{
      {{"set", "set s 0 0 2000000\r\n" + large, {}}, "set"},
      {{"set noreply", "set s 0 0 2000000 noreply\r\n" + large, {}}, "set"},
      {{"add", "add s 0 0 2000000\r\n" + large, {}}, "add"},
      {{"ms", "ms s 2000000\r\n" + large, {}}, "set"},
      {{"ms to append", "ms s 2000000 MA\r\n" + large, {}}, "append"},
      {{"bad end", "replace s 0 0 1\r\nxyz\r\n", {}}, "replace"},
      {in_binary(0x01), "set"},
      {in_binary(0x02), "add"},
      {in_binary(0x0e), "append"},
  };
  tandem_daemon const tandem(in_memory);
  auto const counted = [&](std::string const& verb) {
    return tandem.metric("tandem_client_commands_total", {{"command", verb}});
  };
  for (refusal const& each : refusals) {
    INFO(each.asked.name);
    CHECK(tandem.converse("set s 0 0 1\r\ns\r\n") == "STORED\r\n");
    double const before = counted(each.counted);
    double const all_before = tandem.metric("tandem_client_commands_total");
    text_client client(tandem.port());
    each.asked.binary.empty() ? client.converse(each.asked.text) : answer_to(client, each.asked.binary);
    CHECK(counted(each.counted) == before + 1);
    CHECK(tandem.metric("tandem_client_commands_total") == all_before + 1);
  }
  CHECK(counted("delete") == 0);
}

TEST_CASE("stats counts the commands before it in the pipeline, and none behind it") {
  memcached_server server;
  tandem_daemon const tandem(pool_of(server.address()));
  text_client client = tandem.connect();
  CHECK(client.converse("get a\r\n") == "END\r\n");
  server.suspend();
  client.send("get a\r\nget b\r\nstats\r\nget c\r\nstats reset\r\nget d\r\nstats\r\n");
  CHECK(client.silent(std::chrono::milliseconds(50)));
  server.resume();
  CHECK(client.read_exactly(10) == "END\r\nEND\r\n");
  std::string const first = client.read_until("END\r\n");
  CHECK(first.find("STAT cmd_get 3\r\n") != std::string::npos);
  CHECK(client.read_until("RESET\r\n") == "END\r\nRESET\r\n");
  CHECK(client.read_until("END\r\n") == "END\r\n");
  std::string const last = client.read_until("END\r\n");
  CHECK(last.find("STAT cmd_get 1\r\n") != std::string::npos);
}

TEST_CASE("every form of stats is answered as memcached does") {
  memcached_server const oracle;
  tandem_daemon const tandem("");
  for (std::string const& each : text_forms) {
    INFO("stats " << each);
    CHECK(tandem.converse("stats " + each + "\r\n") == oracle.connect().converse("stats " + each + "\r\n"));
  }
  for (std::string const& each : other_lines) {
    INFO(each);
    CHECK(tandem.connect().ask(each + "\r\n") == oracle.connect().ask(each + "\r\n"));
  }
  for (std::string const& each : binary_forms) {
    INFO("Stat " << each);
    text_client mine = tandem.connect();
    text_client other = oracle.connect();
    CHECK(answer_to(mine, stat_packet(each)) == answer_to(other, stat_packet(each)));
  }
}

TEST_CASE("stats detail counts prefixes as memcached does") {
  memcached_server const oracle;
  tandem_daemon const tandem(in_memory);
  std::string const session =
      "get p1:a b p1:c:d :x p2:\r\nset p3:a 0 0 1\r\nx\r\nget p3:a\r\nadd p4:a 0 0 1\r\nx\r\n"
      "add p4:a 0 0 1\r\nx\r\nreplace p5:a 0 0 1\r\nx\r\nappend p6:a 0 0 1\r\nx\r\n"
      "cas p7:a 0 0 1 1\r\nx\r\ndelete p9:a\r\ndelete p3:a\r\nincr p10:a 1\r\ntouch p11:a 1\r\n"
      "gat 0 p12:a\r\ngat 0 p4:a\r\nmg p13:a v\r\nms p14:a 1\r\nx\r\nmd p15:a\r\nma p16:a\r\nmg p17:a T1\r\n"
      "me p18:a\r\nmg p19:a N10 v\r\nma p20:a N10\r\ngets p21:a\r\n";
  std::string const packets =
      bytes_of({.opcode = 0x00, .key = "b0:a", .extras = {}, .value = {}}) +
      bytes_of({.opcode = 0x01, .key = "b1:a", .extras = item, .value = "x"}) +
      bytes_of({.opcode = 0x0e, .key = "b2:a", .extras = {}, .value = "x"}) +
      bytes_of({.opcode = 0x05, .key = "b3:a", .extras = counting(1, 0, none), .value = {}}) +
      bytes_of({.opcode = 0x04, .key = "b1:a", .extras = {}, .value = {}, .cas = 1}) +
      bytes_of({.opcode = 0x1d, .key = "b4:a", .extras = at_once, .value = {}}) +
      bytes_of({.opcode = 0x1c, .key = "b5:a", .extras = at_once, .value = {}});
  std::vector<std::set<std::string>> dumps;
  for (std::uint16_t const port : {oracle.port(), tandem.port()}) {
    text_client client(port);
    CHECK(client.converse("get before:1\r\nstats detail on\r\n") == "END\r\nOK\r\n");
    client.converse(session);
    text_client binary_client(port);
    answer_to(binary_client, packets);
    CHECK(client.converse("stats detail off\r\nget after:1\r\n") == "OK\r\nEND\r\n");
    dumps.push_back(lines_of(client.converse("stats detail dump\r\n")));
    std::string const packet = answer_to(binary_client, stat_packet("detail dump"));
    CHECK(packet.substr(24, 8) == "detailed");
    CHECK(client.converse("stats reset\r\nstats detail dump\r\n") == "RESET\r\nEND\r\n");
  }
  CHECK(dumps[0].size() > 15);
  CHECK(dumps[0] == dumps[1]);
}

TEST_CASE("stats reset resets what memcached resets, and no metric") {
  memcached_server const oracle;
  tandem_daemon const tandem(in_memory);
  std::string const session =
      "set a 0 0 1\r\nx\r\nget a\r\nget b\r\nme a\r\ntouch a 0\r\ntouch b 0\r\ngat 0 a\r\n"
      "cas a 0 0 1 99\r\nx\r\ncas b 0 0 1 99\r\nx\r\nincr b 1\r\ndecr b 1\r\ndelete b\r\nflush_all 10000\r\n";
  std::vector<std::string> told;
  for (std::uint16_t const port : {oracle.port(), tandem.port()}) {
    text_client client(port);
    client.converse(session);
    rows const before = rows_of(client, "");
    CHECK(client.converse("stats reset\r\n") == "RESET\r\n");
    rows const after = rows_of(client, "");
    std::string changed;
    for (auto const& [name, value] : before)
      if (counts_commands(name) && after.at(name) != value)
        changed += fmt::format("{} {} {}\n", name, value, after.at(name));
    told.push_back(changed);
    CHECK(std::stoull(after.at("bytes_read")) < std::stoull(before.at("bytes_read")));
    CHECK(after.at("curr_items") == before.at("curr_items"));
  }
  CHECK(told[0].size() > 100);
  CHECK(told[0] == told[1]);
  CHECK(tandem.metric("tandem_client_commands_total", {{"command", "get"}}) == 2);
}

namespace {

// --- Tools ---------------------------------------------------------------------------------------------

/// A program that asks a server for its statistics; {port} is the server's.
struct tool {
  std::string name;
  std::vector<std::string> command;
  std::vector<std::string> prints;  // on memcached as on Tandem
};

std::string const memcached_tool = "/usr/share/memcached/scripts/memcached-tool";

std::string python(std::string_view statements) {
  return fmt::format("import sys\nport = int(sys.argv[1])\n{}\n", statements);
}

std::vector<tool> tools() {
  std::string const pylibmc = python(
      "import pylibmc; text, binary = [pylibmc.Client([f'127.0.0.1:{port}'], binary=b) for b in (0, 1)]\n"
      "for c in (text, binary):\n"
      "  print(c.get_stats(), [c.get_stats(g) for g in ('settings', 'slabs', 'items', 'sizes')])");
  std::string const pymemcache = python(
      "import pymemcache; c = pymemcache.Client(('127.0.0.1', port))\n"
      "for group in ((), ('settings',), ('slabs',), ('items',), ('sizes',)):\n"
      "  print(c.stats(*group))");
  // What DataDog's check of memcached asks, with the library it asks with.
  std::string const bmemcached = python(
      "import bmemcached; c = bmemcached.Client(f'127.0.0.1:{port}')\n"
      "for group in (None, 'items', 'slabs', 'settings'):\n"
      "  print(c.stats(group))");
  std::string const php =
      "$c = new Memcached(); $c->addServer('127.0.0.1', (int)$argv[1]); print_r($c->getStats());"
      "foreach (['settings', 'items', 'slabs', 'sizes'] as $g) print_r($c->getStats($g));"
      "print_r($c->getAllKeys()); print_r($c->getVersion());";
  return {
      {"memcached-tool display", {memcached_tool, "127.0.0.1:{port}", "display"}, {"Item_Size"}},
      {"memcached-tool stats",
       {memcached_tool, "127.0.0.1:{port}", "stats"},
       {"limit_maxbytes", "cas_badval"}},
      {"memcached-tool settings",
       {memcached_tool, "127.0.0.1:{port}", "settings"},
       {"maxconns", "item_size_max"}},
      {"memcached-tool sizes", {memcached_tool, "127.0.0.1:{port}", "sizes"}, {"sizes_status"}},
      {"memcached-tool dump", {memcached_tool, "127.0.0.1:{port}", "dump"}, {"Dumping memcache contents"}},
      {"memcached-tool keys", {memcached_tool, "127.0.0.1:{port}", "keys"}, {"Dumping memcache keys"}},
      {"memcstat", {"memcstat", "--servers=127.0.0.1:{port}"}, {"limit_maxbytes", "cas_badval", "1.6."}},
      {"memcstat --binary", {"memcstat", "--binary", "--servers=127.0.0.1:{port}"}, {"limit_maxbytes"}},
      {"memcdump", {"memcdump", "--servers=127.0.0.1:{port}"}, {}},
      {"pylibmc", {"/usr/bin/python3", "-c", pylibmc, "{port}"}, {"limit_maxbytes", "threads"}},
      {"pymemcache",
       {"/usr/bin/python3", "-c", pymemcache, "{port}"},
       {"limit_maxbytes", "maxconns", "active_slabs"}},
      {"python-binary-memcached",
       {"/usr/bin/python3", "-c", bmemcached, "{port}"},
       {"cas_badval", "maxconns"}},
      {"php-memcached", {"php", "-r", php, "{port}"}, {"cas_badval", "maxconns", "active_slabs", "1.6."}},
      {"zabbix_agent2",
       {"zabbix_agent2", "-t", "memcached.stats[\"tcp://127.0.0.1:{port}\"]"},
       {"\"limit_maxbytes\":\"", "\"cas_badval\":\"0\""}},
  };
}

/// Whether the program is here, and the library that it is to load.
bool installed(tool const& one) {
  std::vector<std::string> probe{"sh", "-c", "command -v \"$0\"", one.command.front()};
  if (one.command.front() == "/usr/bin/python3") {
    std::string const& script = one.command[2];
    std::string const library = script.substr(script.rfind("import ") + 7);
    probe = {"/usr/bin/python3", "-c", "import " + library.substr(0, library.find(';'))};
  }
  return run(probe).status == 0;
}

finished run_on(std::uint16_t port, tool const& one) {
  std::vector<std::string> command = one.command;
  for (std::string& word : command) replace_all(word, "{port}", std::to_string(port));
  return run(command);
}

}  // namespace

TEST_CASE("the tools that ask memcached for its statistics can live with Tandem's") {
  memcached_server const oracle;
  tandem_daemon const tandem(in_memory);
  for (tool const& each : tools()) {
    INFO(each.name);
    if (!installed(each)) {
      WARN("not installed, and not tried: " << each.name);
      continue;
    }
    finished const expected = run_on(oracle.port(), each);
    finished const met = run_on(tandem.port(), each);
    INFO(met.output);
    CHECK(met.status == expected.status);
    for (std::string const& word : each.prints) {
      INFO(word);
      CHECK(expected.output.find(word) != std::string::npos);
      CHECK(met.output.find(word) != std::string::npos);
    }
  }
}
