// What is said to memcached and Redis servers from the greeting on, failing at every step. See unit/net/dialogue.hpp.
#include "unit/net/dialogue.hpp"

#include "backend/memcached/greeting.hpp"
#include "backend/redis/greeting.hpp"
#include "protocol/redis/command_writer.hpp"
#include "protocol/redis/scripts.hpp"

namespace tandem::test {
namespace {

constexpr std::size_t value_max = 1024;

struct spoken_memcached {
  using codec = backend::memcached::codec;

  static codec make_codec() { return codec(value_max); }
  static std::string greeting() { return "version\r\n"; }
  static std::vector<std::string> welcome() { return {"VERSION 1.", "6.38\r\n"}; }
  static std::string request(std::string const& name) { return "mg " + name + " v\r\n"; }
  static std::string reply(std::string const& name) {
    return fmt::format("VA {}\r\n{}\r\n", name.size(), name);
  }
  static std::string garbage() { return "nonsense\r\n"; }
  static std::string read(codec::reply_type const& reply) { return reply.value.str(); }

  static base::task<std::optional<net::trouble>> greet(backend::memcached::link& through) {
    static protocol::memcached_release told;
    return backend::memcached::greet(through, told);
  }
};

/// With a name, a password and a database.
struct spoken_redis {
  using codec = backend::redis::codec;

  static codec make_codec() { return codec(value_max); }
  static std::string bulk(std::string const& text) { return fmt::format("${}\r\n{}\r\n", text.size(), text); }
  static std::string greeting() {
    base::output_buffer output;
    protocol::redis::command_writer commands(output);
    commands.command("AUTH", std::string_view("name"), std::string_view("password"));
    commands.command("SELECT", 3U);
    for (auto const& each : protocol::redis::scripts_for(options().encoding))
      commands.command("SCRIPT", "LOAD", each.body);
    return output.str();
  }
  static std::vector<std::string> welcome() {
    std::vector<std::string> all{"+OK\r\n", "+OK\r\n"};
    for (std::size_t count = 0; count < protocol::redis::script_count; ++count)
      all.push_back(bulk(std::string(40, 'd')));
    return all;
  }
  static std::string request(std::string const& name) { return "*2\r\n" + bulk("GET") + bulk(name); }
  static std::string reply(std::string const& name) { return bulk(name); }
  static std::string garbage() { return "?\r\n"; }
  static std::string read(codec::reply_type const& reply) { return reply.text.str(); }

  static base::task<std::optional<net::trouble>> greet(backend::redis::link& through) {
    return backend::redis::greet(through, options());
  }
  static backend::redis::session_options const& options() {
    static backend::redis::session_options const all = [] {
      backend::redis::session_options made;
      made.username = "name";
      made.password = base::secret("password");
      made.database = 3;
      return made;
    }();
    return all;
  }
};

}  // namespace

TEST_CASE("every dialogue with a memcached ends well for everybody, at whichever step the server fails") {
  play_dialogues<spoken_memcached>();
}

TEST_CASE("every dialogue with a Redis ends well for everybody, at whichever step the server fails") {
  play_dialogues<spoken_redis>();
}

}  // namespace tandem::test
