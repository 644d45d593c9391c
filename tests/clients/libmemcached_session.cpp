// What a program does with libmemcached, and what came of it, a line each:
// libmemcached_session PORT PREFIX text|binary.
// The output is the same for every server that answers as memcached does.
#include <fmt/format.h>
#include <libmemcached/memcached.h>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

struct settings {
  std::uint16_t port = 0;
  std::string prefix;
  bool binary = false;
};

using behaviors = std::initializer_list<std::pair<memcached_behavior_t, std::uint64_t>>;

struct item {
  std::string value;
  std::uint32_t flags = 0;
  std::uint64_t cas = 0;
};

// One connection, with keys under the prefix.
class client {
 public:
  client(settings const& with, behaviors wanted)
      : prefix_(with.prefix), client_(memcached_create(nullptr), &memcached_free) {
    memcached_behavior_set(raw(), MEMCACHED_BEHAVIOR_BINARY_PROTOCOL, with.binary ? 1 : 0);
    memcached_behavior_set(raw(), MEMCACHED_BEHAVIOR_SUPPORT_CAS, 1);
    memcached_behavior_set(raw(), MEMCACHED_BEHAVIOR_POLL_TIMEOUT, 10000);
    for (auto const& [name, value] : wanted) memcached_behavior_set(raw(), name, value);
    memcached_server_add(raw(), "127.0.0.1", with.port);
  }

  memcached_st* raw() const { return client_.get(); }
  std::string key(std::string_view name) const { return prefix_ + std::string(name); }

  using storing = memcached_return_t (*)(memcached_st*, char const*, std::size_t, char const*, std::size_t,
                                         std::time_t, std::uint32_t);
  memcached_return_t store(storing how, std::string_view name, std::string_view value, std::time_t time = 0,
                           std::uint32_t flags = 0) const {
    std::string const full = key(name);
    return how(raw(), full.data(), full.size(), value.data(), value.size(), time, flags);
  }
  memcached_return_t set(std::string_view name, std::string_view value, std::time_t time = 0,
                         std::uint32_t flags = 0) const {
    return store(memcached_set, name, value, time, flags);
  }
  memcached_return_t cas(std::string_view name, std::string_view value, std::uint64_t number) const {
    std::string const full = key(name);
    return memcached_cas(raw(), full.data(), full.size(), value.data(), value.size(), 0, 0, number);
  }
  memcached_return_t remove(std::string_view name) const {
    std::string const full = key(name);
    return memcached_delete(raw(), full.data(), full.size(), 0);
  }
  memcached_return_t touch(std::string_view name, std::time_t time) const {
    std::string const full = key(name);
    return memcached_touch(raw(), full.data(), full.size(), time);
  }
  memcached_return_t exists(std::string_view name) const {
    std::string const full = key(name);
    return memcached_exist(raw(), full.data(), full.size());
  }

  using counting = memcached_return_t (*)(memcached_st*, char const*, std::size_t, std::uint32_t,
                                          std::uint64_t*);
  std::string count(counting how, std::string_view name, std::uint32_t by) const {
    std::string const full = key(name);
    std::uint64_t value = 0;
    memcached_return_t const outcome = how(raw(), full.data(), full.size(), by, &value);
    return memcached_success(outcome) ? std::to_string(value) : fmt::format("error {}", int{outcome});
  }

  /// The items found, by their keys, read in one multi-get.
  std::map<std::string, item> fetch(std::vector<std::string> const& names) const {
    std::vector<std::string> full;
    std::vector<char const*> pointers;
    std::vector<std::size_t> sizes;
    for (std::string const& name : names) full.push_back(key(name));
    for (std::string const& each : full) {
      pointers.push_back(each.data());
      sizes.push_back(each.size());
    }
    memcached_mget(raw(), pointers.data(), sizes.data(), full.size());
    std::map<std::string, item> found;
    memcached_return_t outcome = MEMCACHED_SUCCESS;
    while (memcached_result_st* const got = memcached_fetch_result(raw(), nullptr, &outcome)) {
      found[std::string(memcached_result_key_value(got), memcached_result_key_length(got))] = {
          std::string(memcached_result_value(got), memcached_result_length(got)), memcached_result_flags(got),
          memcached_result_cas(got)};
      memcached_result_free(got);
    }
    return found;
  }
  std::string get(std::string_view name) const {
    std::string const full = key(name);
    std::size_t size = 0;
    std::uint32_t flags = 0;
    memcached_return_t outcome = MEMCACHED_SUCCESS;
    char* const got = memcached_get(raw(), full.data(), full.size(), &size, &flags, &outcome);
    std::unique_ptr<char, decltype(&std::free)> const owner(got, &std::free);
    if (outcome != MEMCACHED_SUCCESS) return fmt::format("error {}", int{outcome});
    return fmt::format("'{}' flags {}", std::string_view(got == nullptr ? "" : got, size), flags);
  }

 private:
  std::string prefix_;
  std::unique_ptr<memcached_st, decltype(&memcached_free)> client_;
};

// One thing that was answered, as text.
struct made {
  made(memcached_return_t outcome) : text(std::to_string(int{outcome})) {}
  made(std::string_view answer) : text(answer) {}
  made(std::string const& answer) : text(answer) {}
  made(bool answer) : text(answer ? "true" : "false") {}
  template <std::integral Number>
  made(Number answer) : text(std::to_string(answer)) {}

  std::string text;
};

// The list is evaluated in its order, which arguments are not.
void show(std::string_view what, std::initializer_list<made> answers) {
  fmt::print("{}", what);
  for (made const& each : answers) fmt::print(" {}", each.text);
  fmt::print("\n");
}

std::string every_byte(std::size_t size) {
  std::string made(size, '\0');
  for (std::size_t i = 0; i < size; ++i) made[i] = static_cast<char>(i % 256);
  return made;
}

bool await(std::function<bool()> const& condition) {
  auto const end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

void values(client const& with) {
  show("flags", {with.set("f", "value", 100, 0xffffffff), with.get("f")});
  show("empty", {with.set("f", "", 0, 1), with.get("f")});
  std::string const large = every_byte(512000);
  show("large", {with.set("l", large), with.fetch({"l"})[with.key("l")].value == large});
  show("too large", {with.set("l", std::string(3000000, 'x')), with.get("l")});
  std::string const long_name(250 - with.key("").size(), 'k');
  show("long key", {with.set(long_name, "x"), with.get(long_name)});
  show("exist", {with.exists("f"), with.exists("none")});
}

void conditions(client const& with) {
  show("get missing", {with.get("none")});
  show("add", {with.store(memcached_add, "b", "text"), with.store(memcached_add, "b", "x")});
  show("replace",
       {with.store(memcached_replace, "b", "more text", 0, 9), with.store(memcached_replace, "none", "x")});
  show("append",
       {with.store(memcached_append, "b", "+"), with.store(memcached_prepend, "b", "-"), with.get("b")});
  show("append missing",
       {with.store(memcached_append, "none", "+"), with.store(memcached_prepend, "none", "-")});
  show("delete", {with.remove("b"), with.remove("b")});
}

void many(client const& with) {
  std::vector<std::string> names{"none"};
  for (int n = 0; n < 200; ++n) names.push_back(fmt::format("m{}", n));
  for (std::size_t n = 1; n < names.size(); ++n) with.set(names[n], names[n], 0, static_cast<unsigned>(n));
  memcached_flush_buffers(with.raw());
  std::map<std::string, item> const found = with.fetch(names);
  std::uint64_t flags = 0;
  for (auto const& [name, each] : found) flags += each.flags;
  show("mget", {found.size(), flags, found.at(with.key("m7")).value, found.at(with.key("m7")).cas != 0});
  for (std::string const& name : names) with.remove(name);
  memcached_flush_buffers(with.raw());
  show("mget", {with.fetch(names).size()});
}

void cas(client const& one, client const& other) {
  one.set("c", "0");
  int lost = 0;
  auto const seen_by = [](client const& with) { return with.fetch({"c"})[with.key("c")]; };
  auto const next = [](item const& seen) { return std::to_string(std::stoi(seen.value) + 1); };
  for (int turn = 0; turn < 40; ++turn) {
    client const& with = turn % 2 == 0 ? one : other;
    client const& rival = turn % 2 == 0 ? other : one;
    item seen = seen_by(with);
    rival.cas("c", next(seen), seen_by(rival).cas);
    for (; with.cas("c", next(seen), seen.cas) == MEMCACHED_DATA_EXISTS; ++lost) seen = seen_by(with);
  }
  show("cas", {one.get("c"), lost, one.cas("none", "x", 1)});
}

void initial_values(client const& with) {
  std::string const full = with.key("i");
  std::uint64_t value = 0;
  for (int turn = 0; turn < 2; ++turn) {
    memcached_return_t const outcome =
        memcached_increment_with_initial(with.raw(), full.data(), full.size(), 2, 40, 100, &value);
    show("initial", {outcome, value, with.get("i")});
  }
}

void counters(client const& with, bool binary) {
  with.set("n", "9", 0, 5);
  show("increment",
       {with.count(memcached_increment, "n", 3), with.count(memcached_decrement, "n", 99), with.get("n")});
  show("increment missing", {with.count(memcached_increment, "none", 1)});
  with.set("w", "9223372036854775807");
  show("increment large", {with.count(memcached_increment, "w", 2)});
  with.set("t", "text");
  show("increment text", {with.count(memcached_increment, "t", 1)});
  if (binary) initial_values(with);
}

void quietly(client const& with, client const& reader) {
  for (int n = 0; n < 100; ++n) with.set(fmt::format("q{}", n), std::to_string(n));
  with.remove("q50");
  with.store(memcached_append, "q51", "+");
  with.store(memcached_replace, "q52", "replaced");
  with.store(memcached_add, "q53", "not added");
  with.count(memcached_increment, "q54", 100);
  memcached_flush_buffers(with.raw());
  // Another connection may be ahead of some of it, since the keys are on several servers.
  std::vector<std::pair<std::string, std::string>> const expected{
      {"q99", "'99' flags 0"},       {"q51", "'51+' flags 0"},
      {"q52", "'replaced' flags 0"}, {"q53", "'53' flags 0"},
      {"q54", "'154' flags 0"},      {"q50", fmt::format("error {}", int{MEMCACHED_NOTFOUND})}};
  for (auto const& [name, value] : expected) {
    show("quietly", {name, await([&] { return reader.get(name) == value; })});
  }
}

// What expires while the rest of the session goes on. What a touch kept would be gone before e1.
void brief(client const& with, bool binary) {
  std::time_t const soon = std::time(nullptr) + 1;
  show("touch", {with.set("e4", "x", 3), with.touch("e4", 0)});
  show("set", {with.set("e1", "x", 3), with.set("e2", "x", soon)});
  show("touch", {with.set("e3", "x", 100), with.touch("e3", 1), with.touch("none", 1)});
  if (!binary) show("negative", {with.set("e5", "x", -1), with.get("e5")});
}

void expired(client const& with) {
  for (char const* name : {"e1", "e2", "e3"}) {
    show("expired",
         {await([&] { return with.get(name) == fmt::format("error {}", int{MEMCACHED_NOTFOUND}); })});
  }
  show("still there", {with.get("e4")});
}

bool has_version(client const& with) {
  return memcached_version(with.raw()) == MEMCACHED_SUCCESS &&
         memcached_server_major_version(memcached_server_instance_by_position(with.raw(), 0)) == 1;
}

void hold(settings const& with) {
  client const plain(with, {});
  client const other(with, {{MEMCACHED_BEHAVIOR_NO_BLOCK, 1}, {MEMCACHED_BEHAVIOR_TCP_NODELAY, 1}});
  brief(plain, with.binary);
  values(plain);
  conditions(plain);
  many(plain);
  many(client(with, {{MEMCACHED_BEHAVIOR_BUFFER_REQUESTS, 1}}));
  cas(plain, other);
  counters(plain, with.binary);
  quietly(client(with, {{MEMCACHED_BEHAVIOR_NOREPLY, 1}}), plain);
  quietly(client(with, {{MEMCACHED_BEHAVIOR_NOREPLY, 1}, {MEMCACHED_BEHAVIOR_BUFFER_REQUESTS, 1}}), plain);
  show("version", {has_version(plain)});
  expired(other);
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 4) return 2;
  fmt::print("client libmemcached {}\n", memcached_lib_version());
  hold({.port = static_cast<std::uint16_t>(std::stoul(arguments[1])),
        .prefix = arguments[2],
        .binary = std::string_view(arguments[3]) == "binary"});
}
