#include "backend/redis/sentinel/sentinel_view.hpp"

#include "support/catch.hpp"

#include <string>
#include <vector>

namespace tandem::backend::redis {
namespace {

using protocol::redis::reply;
using protocol::redis::reply_kind;

reply text(std::string_view words, reply_kind kind = reply_kind::string) {
  reply made;
  made.kind = kind;
  made.text = base::slice::copy_of(words);
  return made;
}

reply all(std::vector<std::string_view> const& words) {
  reply made;
  made.kind = reply_kind::array;
  for (std::string_view each : words) made.elements.push_back(text(each));
  return made;
}

std::string told(reply const& address, reply const& fields, reply const& replicas = {}) {
  std::vector<reply> const received{address, fields, replicas};
  auto const read = sentinel_view::read(received);
  if (!read) return read.error().message;
  std::string words = read->master.str() + " " + std::to_string(read->epoch);
  for (net::endpoint const& each : read->replicas) words += " " + each.str();
  return words;
}

}  // namespace

TEST_CASE("a Sentinel's answers are the master's address and its configuration epoch") {
  reply const fields = all({"name", "main", "ip", "10.0.0.9", "port", "1", "config-epoch", "7"});
  CHECK(told(all({"10.0.0.1", "6379"}), fields) == "10.0.0.1:6379 7");
  CHECK(told(all({"::1", "6379"}), fields) == "[::1]:6379 7");
  CHECK(told(all({"redis-1", "6379"}), fields) == "redis-1:6379 7");
}

TEST_CASE("replicas are those that have an address, and none if they are not told") {
  reply const fields = all({"config-epoch", "7"});
  reply some;
  some.kind = reply_kind::array;
  some.elements = {all({"name", "x", "ip", "10.0.0.2", "port", "2", "flags", "slave"}), all({"ip", "b"}),
                   all({"ip", "", "port", "1"}), all({"ip", "c", "port", "x"}),
                   all({"port", "3", "ip", "d"})};
  CHECK(told(all({"a", "1"}), fields, some) == "a:1 7 10.0.0.2:2 d:3");
  CHECK(told(all({"a", "1"}), fields, text("ERR unknown", reply_kind::string)) == "a:1 7");
}

TEST_CASE("whatever is no such answer is said to be none, or what the Sentinel says instead") {
  reply const address = all({"a", "1"});
  reply const fields = all({"config-epoch", "7"});
  std::string const none = "no answer to SENTINEL";
  for (reply const& each : {all({"a"}), all({"a", "1", "2"}), all({"", "1"}), all({"a", "0"}),
                            all({"a", "65536"}), all({"a", "1x"}), text("OK", reply_kind::status)}) {
    CHECK(told(each, fields) == none);
  }
  for (reply const& each :
       {all({"epoch", "7"}), all({"config-epoch"}), all({"config-epoch", "x"}), reply()}) {
    CHECK(told(address, each) == none);
  }
  CHECK(told(reply(), text("ERR No such master with that name", reply_kind::error)) ==
        "ERR No such master with that name");
  CHECK(told(reply(), fields) == "it knows no master of that name");
  CHECK(told(text("NOAUTH Authentication required.", reply_kind::error), fields) ==
        "NOAUTH Authentication required.");
}

}  // namespace tandem::backend::redis
