#include "consistency/client.hpp"

#include "consistency/words.hpp"

#include <fmt/format.h>

#include <functional>
#include <stdexcept>

namespace tandem::consistency {
namespace {

constexpr unsigned entries_per_log = 60;

}  // namespace

std::string log_after(unsigned appended) { return fmt::format("l:{}", appended / entries_per_log); }

client::client(unsigned number, std::uint64_t seed, house& asked, common& shared)
    : number_(number),
      random_(seed),
      asked_(asked),
      shared_(shared),
      links_{link(asked.port(0)), link(asked.port(1))} {}

void client::run() {
  while (!shared_.ends) once();
}

void client::once() {
  std::size_t const choice = random_.below(100);
  if (choice < 74) return on_register(choice);
  if (choice < 84) return on_counter();
  if (choice < 92) return on_log();
  if (choice >= 98 && !shared_.calm) return abandon();
  past();
}

void client::on_register(std::size_t choice) {
  if (choice < 30) return read(key_to_read());
  if (choice < 42) return read_many();
  std::string const key = key_to_write();
  if (choice < 54) return store(verb::set, key);
  if (choice < 57) return store(verb::add, key);
  if (choice < 59) return store(verb::replace, key);
  if (choice >= 68) return exchange(key);
  unsigned const way = way_for(key);
  operation one = begun(choice < 66 ? verb::remove : verb::touch, key, way);
  note(one, choice < 66 ? by(way).remove(key) : by(way).touch(key));
}

void client::store(verb what, std::string const& key) {
  unsigned const way = way_for(key);
  std::string const name = fresh_name();
  operation one = begun(what, key, way);
  one.argument = name;
  note(one, by(way).store(name_of_verb(what), key, fresh_value(name)));
}

void client::read(std::string const& key) {
  unsigned const way = way_for(key);
  if (random_.one_in(5)) {
    operation one = begun(verb::fetch, key, way);
    return note(one, by(way).fetch(key));
  }
  operation one = begun(verb::read, key, way);
  note(one, random_.one_in(6) ? by(way).read_cas(key) : by(way).read(key));
}

void client::read_many() {
  std::string const first = key_to_read();
  unsigned const way = way_for(first);
  std::vector<std::string> keys{first};
  for (std::string const& each : own_registers()) {
    if (each != first && random_.one_in(8) && way_for(each) == way) keys.push_back(each);
  }
  std::vector<operation> all;
  for (std::string const& each : keys) all.push_back(begun(verb::read, each, way));
  std::vector<told> const said = by(way).read_all(keys);
  for (std::size_t i = 0; i < keys.size(); ++i) note(all[i], said[i]);
}

// What was read is replaced, if nobody was faster.
void client::exchange(std::string const& key) {
  unsigned const way = way_for(key);
  operation seen = begun(verb::read, key, way);
  told const before = by(way).read_cas(key);
  note(seen, before);
  if (before.how != outcome::done) return;
  std::string const name = fresh_name();
  operation one = begun(verb::cas, key, way);
  one.argument = name;
  one.expected = name_of(before.answer);
  note(one, by(way).cas(key, fresh_value(name), before.cas));
}

void client::on_counter() {
  std::string const key = random_.of(counters());
  if (random_.one_in(3)) return read(key);
  unsigned const way = way_for(key);
  operation one = begun(verb::add_to, key, way);
  auto const amount = static_cast<std::int64_t>(random_.below(9)) - 3;
  one.argument = std::to_string(amount);
  note(one, by(way).add_to(key, amount));
}

void client::on_log() {
  std::string const key = log_after(shared_.appended);
  if (random_.one_in(2)) return read(key);
  unsigned const way = way_for(key);
  std::string const entry = fresh_name() + ";";
  verb const what = random_.one_in(3) ? verb::prepend : verb::append;
  operation one = begun(what, key, way);
  one.argument = entry;
  told const said = by(way).store(name_of_verb(what), key, entry);
  note(one, said);
  ++shared_.appended;
  if (said.how == outcome::refused) by(way).store("add", key, std::string(1, log_mark));  // there was none
}

void client::past() {
  std::string const key = random_.of(foreign_registers());
  if (shared_.calm || shared_.own_process) return read(key);
  bool const reads = random_.one_in(3);
  operation one = begun(reads ? verb::read : verb::set, key, past_tandem);
  told said;
  try {
    if (reads) {
      test::redis_reply const reply = asked_.direct(key, {"GET", key});
      if (reply.kind == test::redis_reply::form::text) said = {outcome::done, unframed(reply.text), 0};
      if (reply.is_nil()) said.how = outcome::absent;
      return note(one, said);
    }
    one.argument = fresh_name();
    std::string const value = fresh_value(one.argument);
    auto const cas = static_cast<std::uint64_t>(now()) << 8 | 0xff;
    if (asked_.direct(key, {"SET", key, framed(value, cas)}).text == "OK") said.how = outcome::done;
    if (shared_.published) asked_.direct(key, {"PUBLISH", "tandem:invalidate", key});
  } catch (std::runtime_error const&) {
    said = {};
  }
  note(one, said);
}

// A write whose client does not stay for the answer is none the less executed as a whole, or not at all.
void client::abandon() {
  bool const removes = random_.one_in(3);
  std::string const key = key_to_write();
  unsigned const way = way_for(key);
  std::string const name = fresh_name();
  operation one = begun(removes ? verb::remove : verb::set, key, way);
  if (!removes) one.argument = name;
  if (removes) by(way).abandon("delete " + key + "\r\n");
  if (!removes) by(way).abandon(link::set_command(key, fresh_value(name)));
  note(one, {});
}

operation client::begun(verb what, std::string const& key, unsigned way) {
  while (way != past_tandem && !by(way).open() && !shared_.ends) asked_.await(way);
  operation made;
  made.client = number_;
  made.way = way;
  made.what = what;
  made.key = key;
  made.start = now();
  return made;
}

void client::note(operation& one, told const& said) {
  one.end = now();
  one.how = said.how;
  bool const value = said.how == outcome::done && (one.what == verb::read || one.what == verb::fetch);
  bool const named = value && kind_of(one.key) == key_kind::unique_register;
  one.answer = named ? name_of(said.answer) : said.answer;
  noted_.push_back(one);
}

unsigned client::way_for(std::string const& key) {
  // Half of the clients go on when one process does not answer.
  unsigned const drawn =
      random_.one_in(6) ? static_cast<unsigned>(random_.below(processes)) : number_ % processes;
  return shared_.own_process ? static_cast<unsigned>(key.back()) % processes : drawn;
}

// What is written past Tandem is written through it so seldom that what L1 holds of it can get out of date.
std::string client::key_to_write() {
  return random_.one_in(20) ? random_.of(foreign_registers()) : own_register();
}

std::string client::key_to_read() {
  return random_.one_in(3) ? random_.of(foreign_registers()) : own_register();
}

std::string client::own_register() {
  std::vector<std::string> const& own = own_registers();
  return own[random_.below(random_.one_in(2) ? busy_registers : own.size())];
}

std::string client::fresh_name() { return fmt::format("v{}.{}", number_, ++names_); }

std::string client::fresh_value(std::string const& name) {
  if (random_.one_in(60)) return value_named(name, 40000);  // too large for L1
  if (random_.one_in(20)) return value_named(name, 4000);
  return value_named(name, random_.below(100));
}

}  // namespace tandem::consistency
