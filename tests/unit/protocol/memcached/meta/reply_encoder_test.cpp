#include "protocol/memcached/meta/reply_encoder.hpp"

#include "protocol/memcached/meta/client_command.hpp"
#include "support/catch.hpp"

#include <string>

using namespace tandem;
using model::response;
using model::status;

namespace {

/// What is answered to `line` when the route says this.
std::string said(std::string_view line, response const& answer) {
  base::slice const held = base::slice::copy_of(line);
  std::string_view const name = held.view().substr(0, 2);
  protocol::meta::client_command const read = protocol::meta::read_command(held, name, 250);
  base::output_buffer output;
  protocol::meta::encode_reply(read.request, answer, {read.told, read.opaque}, output);
  return output.str();
}

response item() {
  response made;
  made.value = base::slice::of_static("hello");
  made.flags = 3;
  made.cas = 7;
  made.ttl = 90;
  made.size = 5;
  made.idle = 4;
  made.fetched = true;
  return made;
}

response number(std::uint64_t value, bool created = false) {
  response made;
  made.number = value;
  made.cas = 7;
  made.ttl = -1;
  made.created = created;
  return made;
}

response marked(bool claimed, bool stale, bool won) {
  response made;
  made.claimed = claimed;
  made.stale = stale;
  made.won = won;
  return made;
}

}  // namespace

TEST_CASE("mg gives back what it was asked for, in that order") {
  CHECK(said("mg k v", item()) == "VA 5\r\nhello\r\n");
  CHECK(said("mg k", item()) == "HD\r\n");
  CHECK(said("mg k f v c s t k O1 h l", item()) == "VA 5 f3 c7 s5 t90 kk O1 h1 l4\r\nhello\r\n");
  CHECK(said("mg k l O1 c", item()) == "HD l4 O1 c7\r\n");
  CHECK(said("mg k q kx cy v", item()) == "VA 5 kk c7\r\nhello\r\n");
}

TEST_CASE("marks stand at the end") {
  CHECK(said("mg k k", marked(true, true, false)) == "HD kk Z X\r\n");
  CHECK(said("mg k", marked(false, true, true)) == "HD X W\r\n");
  CHECK(said("mg k v", marked(false, false, true)) == "VA 0 W\r\n\r\n");
}

TEST_CASE("a miss tells opaque and key, and q keeps it quiet") {
  CHECK(said("mg k v t", response::of(status::not_found)) == "EN\r\n");
  CHECK(said("mg k O1 k", response::of(status::not_found)) == "EN O1 kk\r\n");
  CHECK(said("mg k O1 k q", response::of(status::not_found)).empty());
}

TEST_CASE("a key in base64 is given back so") {
  CHECK(said("mg YQ==YQ== b k", item()) == "HD kYQ== b\r\n");
  CHECK(said("ms YSBi 2 k b O5 c", number(0)) == "HD kYSBi b O5 c7\r\n");
}

TEST_CASE("ms tells what became of the value, and only success is quiet") {
  CHECK(said("ms k 2", response()) == "HD\r\n");
  CHECK(said("ms k 2 q k", response()).empty());
  CHECK(said("ms k 2 c O1", item()) == "HD c7 O1\r\n");
  CHECK(said("ms k 2 ME q k c", response::of(status::not_stored)) == "NS kk c0\r\n");
  CHECK(said("ms k 2 C1 q c", response::of(status::exists)) == "EX c0\r\n");
  CHECK(said("ms k 2 C1 q", response::of(status::not_found)) == "NF\r\n");
}

TEST_CASE("md tells a miss even if it is quiet") {
  CHECK(said("md k", response()) == "HD\r\n");
  CHECK(said("md k q", response()).empty());
  CHECK(said("md k q k O1 c", response::of(status::not_found)) == "NF kk O1\r\n");
  CHECK(said("md k q C1", response::of(status::exists)) == "EX\r\n");
}

TEST_CASE("ma tells the number, and that an item was made even if it is quiet") {
  CHECK(said("ma k", number(12)) == "HD\r\n");
  CHECK(said("ma k v t c k O1", number(12)) == "VA 2 t-1 c7 kk O1\r\n12\r\n");
  CHECK(said("ma k v q", number(12)).empty());
  CHECK(said("ma k v q N0", number(12, true)) == "VA 2\r\n12\r\n");
  CHECK(said("ma k q k", response::of(status::not_found)) == "NF kk\r\n");
  CHECK(said("ma k q C1", response::of(status::exists)) == "EX\r\n");
  CHECK(said("ma k q", response::of(status::non_numeric)) ==
        "CLIENT_ERROR cannot increment or decrement non-numeric value\r\n");
}

TEST_CASE("me tells what is known of an item") {
  response known;
  known.value = base::slice::of_static("exp=-1 la=0");
  CHECK(said("me k", known) == "ME k exp=-1 la=0\r\n");
  CHECK(said("me YSBi b", known) == "ME YSBi exp=-1 la=0\r\n");
  CHECK(said("me k", response::of(status::not_found)) == "EN\r\n");
}

TEST_CASE("errors are told whatever the flags say") {
  for (std::string const line : {"mg k q", "ms k 2 q", "md k q", "ma k q"}) {
    INFO(line);
    CHECK(said(line, response::server_error(base::error_kind::timeout, "backend x: no answer in time")) ==
          "SERVER_ERROR backend x: no answer in time\r\n");
    CHECK(said(line, response::client_error("flag h is not possible for backend x")) ==
          "CLIENT_ERROR flag h is not possible for backend x\r\n");
    CHECK(said(line, response::of(status::too_large)) == "SERVER_ERROR object too large for cache\r\n");
  }
}
