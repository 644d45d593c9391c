#include "net/connection.hpp"

#include "support/catch.hpp"
#include "unit/net/event_loop.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

using tandem::base::chunk;
using tandem::base::slice;
using tandem::metrics::counter;
using tandem::net::connection;
using tandem::test::event_loop;

namespace {

/// The test's end of a socket pair.
class far_end {
 public:
  explicit far_end(int descriptor) : descriptor_(descriptor) {}
  ~far_end() { close(); }
  far_end(far_end const&) = delete;

  void send(std::string_view bytes) {
    REQUIRE(::send(descriptor_, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
  }
  /// As much of it as there is room for.
  std::size_t offer(std::string_view bytes) {
    ssize_t const taken = ::send(descriptor_, bytes.data(), bytes.size(), MSG_DONTWAIT);
    return taken < 0 ? 0 : static_cast<std::size_t>(taken);
  }
  void shut_down_sending() { ::shutdown(descriptor_, SHUT_WR); }
  void close() {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  }
  /// What stands to be read, or the end: added to received.
  void receive() {
    char room[65536];
    for (;;) {
      ssize_t const count = ::recv(descriptor_, room, sizeof room, MSG_DONTWAIT);
      if (count == 0) ended = true;
      if (count <= 0) return;
      received.append(room, static_cast<std::size_t>(count));
    }
  }

  std::string received;
  bool ended = false;

 private:
  int descriptor_;
};

/// A connection whose owner writes down what it is told, and does what the test says.
struct near_end : connection::owner {
  explicit near_end(event_loop& loop) : near_end(loop, pair()) {}
  near_end(event_loop& loop, std::array<int, 2> descriptors)
      : far(descriptors[1]),
        line(connection::adopt(loop.reactor(), descriptors[0], {read_bytes, written_bytes}, *this)) {}

  static std::array<int, 2> pair() {
    std::array<int, 2> made{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, made.data()) == 0);
    return made;
  }

  void on_input() override {
    ++inputs;
    if (in_input) return in_input();
    text += line->input().unread();
    line->input().consume(line->input().unread().size());
  }
  void on_end_of_input() override {
    ++ends;
    if (in_end) in_end();
  }
  void on_output() override {
    ++outputs;
    if (in_output) in_output();
  }
  void on_closed(std::string_view reason) override {
    ++closed;
    why = reason;
    if (in_closed) in_closed();
  }

  counter read_bytes;
  counter written_bytes;
  far_end far;
  std::optional<connection> line;
  std::string text;
  std::string why;
  int inputs = 0;
  int ends = 0;
  int outputs = 0;
  int closed = 0;
  std::function<void()> in_input;
  std::function<void()> in_end;
  std::function<void()> in_output;
  std::function<void()> in_closed;
};

}  // namespace

TEST_CASE("nothing is read before reading starts, and nothing while it is stopped") {
  event_loop loop;
  near_end near(loop);
  near.far.send("early ");
  loop.settle();
  CHECK(near.inputs == 0);
  near.line->start_reading();
  REQUIRE(loop.until([&] { return near.text == "early "; }));
  near.line->stop_reading();
  near.far.send("while stopped");
  loop.settle();
  CHECK(near.text == "early ");
  near.line->start_reading();
  near.line->start_reading();
  REQUIRE(loop.until([&] { return near.text == "early while stopped"; }));
  CHECK(near.read_bytes.value() == near.text.size());
}

TEST_CASE("reading that is stopped in the owner's callback stops there") {
  event_loop loop;
  near_end near(loop);
  near.in_input = [&] { near.line->stop_reading(); };
  near.far.send(std::string(100'000, 'x'));
  near.line->start_reading();
  loop.settle();
  CHECK(near.inputs == 1);
  CHECK(near.line->input().unread().size() == chunk::pooled_capacity);
  near.in_input = nullptr;
  near.line->start_reading();
  REQUIRE(loop.until([&] { return near.text.size() == 100'000; }));
}

TEST_CASE("a large announced item is read into one block") {
  event_loop loop;
  near_end near(loop);
  constexpr std::size_t size = 3'000'000;
  slice item;
  near.in_input = [&] {
    if (near.line->input().unread().size() < size) return near.line->input().expect(size);
    item = near.line->input().take(size);
  };
  near.line->start_reading();
  std::string const bytes(size, 'v');
  std::size_t sent = 0;
  REQUIRE(loop.until([&] {
    if (sent < size) sent += near.far.offer(std::string_view(bytes).substr(sent));
    return !item.empty();
  }));
  CHECK(item.view() == bytes);
  CHECK(item.owner()->capacity() == size);
}

TEST_CASE("an idle connection holds no chunk") {
  event_loop loop;
  std::size_t const before = chunk::bytes_in_use();
  near_end near(loop);
  near.line->start_reading();
  near.far.send("some");
  REQUIRE(loop.until([&] { return near.text == "some"; }));
  near.line->output().append("answer");
  near.line->flush_later();
  loop.settle();
  CHECK(chunk::bytes_in_use() == before);
}

TEST_CASE("a read that finds nothing, after one that just filled its room, leaves no chunk behind") {
  event_loop loop;
  std::size_t const before = chunk::bytes_in_use();
  near_end near(loop);
  near.far.send(std::string(chunk::pooled_capacity, 'x'));
  near.line->start_reading();
  REQUIRE(loop.until([&] { return near.text.size() == chunk::pooled_capacity; }));
  CHECK(chunk::bytes_in_use() == before);
  near.far.shut_down_sending();
  REQUIRE(loop.until([&] { return near.ends == 1; }));
  CHECK(chunk::bytes_in_use() == before);
}

TEST_CASE("output leaves after the batch, in one piece") {
  event_loop loop;
  near_end near(loop);
  near.line->output().append("one ");
  near.line->flush_later();
  near.far.receive();
  CHECK(near.far.received.empty());
  near.line->output().append(slice::of_static("two"));
  near.line->flush_later();
  loop.settle();
  near.far.receive();
  CHECK(near.far.received == "one two");
  CHECK(near.outputs == 1);
  CHECK(near.line->written() == 7);
  CHECK(near.written_bytes.value() == 7);
}

TEST_CASE("output larger than the socket takes is written as the peer reads, in order and whole") {
  event_loop loop;
  near_end near(loop);
  std::string expected;
  for (int part = 0; part < 300; ++part) {
    std::string const small = "part " + std::to_string(part) + "\n";
    std::string const large(20'000, static_cast<char>('a' + part % 26));
    near.line->output().append(small);
    near.line->output().append(slice::copy_of(large));
    expected += small + large;
  }
  near.line->flush_later();
  loop.settle();
  CHECK(near.line->output().size() > 0);
  near.line->output().append("and the end");
  expected += "and the end";
  near.line->flush_later();
  REQUIRE(loop.until([&] {
    near.far.receive();
    return near.far.received.size() >= expected.size();
  }));
  CHECK(near.far.received == expected);
  CHECK(near.line->output().empty());
  CHECK(near.line->written() == expected.size());
}

TEST_CASE("output appended when some was written leaves too") {
  event_loop loop;
  near_end near(loop);
  near.in_output = [&] {
    if (near.outputs >= 4) return;
    near.line->output().append("more");
    near.line->flush_later();
  };
  near.line->output().append("first");
  near.line->flush_later();
  REQUIRE(loop.until([&] {
    near.far.receive();
    return near.far.received == "firstmoremoremore";
  }));
}

TEST_CASE("a peer that ends its sending is told apart from one that is gone, and can still be answered") {
  event_loop loop;
  near_end near(loop);
  near.line->start_reading();
  near.far.send("question");
  near.far.shut_down_sending();
  REQUIRE(loop.until([&] { return near.ends == 1; }));
  CHECK(near.text == "question");
  CHECK(near.closed == 0);
  CHECK(near.line->open());
  near.line->start_reading();
  near.line->output().append("answer");
  near.line->flush_later();
  loop.settle();
  near.far.receive();
  CHECK(near.far.received == "answer");
  CHECK(near.ends == 1);
}

TEST_CASE("writing to a peer that is gone closes the connection with the system's words") {
  event_loop loop;
  near_end near(loop);
  near.far.close();
  near.line->output().append("anybody?");
  near.line->flush_later();
  REQUIRE(loop.until([&] { return near.closed == 1; }));
  CHECK(near.why == "Broken pipe");
  CHECK_FALSE(near.line->open());
  CHECK(near.line->output().empty());
  near.line->output().append("again");
  near.line->flush_later();
  near.line->start_reading();
  loop.settle();
  CHECK(near.closed == 1);
}

TEST_CASE("closing drops what was not written, tells the peer, and calls nobody back") {
  event_loop loop;
  near_end near(loop);
  near.line->start_reading();
  near.far.send("unread");
  near.line->output().append("unwritten");
  near.line->flush_later();
  near.line->close();
  near.line->close();
  loop.settle();
  near.far.receive();
  CHECK(near.far.received.empty());
  CHECK(near.inputs + near.ends + near.outputs + near.closed == 0);
}

TEST_CASE("the connection may be destroyed inside any callback") {
  event_loop loop;
  near_end near(loop);
  auto const destroy = [&] { near.line.reset(); };
  near.line->start_reading();

  SECTION("of input") {
    near.in_input = destroy;
    near.far.send(std::string(100'000, 'x'));
  }
  SECTION("of the end of input") {
    near.in_end = destroy;
    near.far.shut_down_sending();
  }
  SECTION("of output") {
    near.in_output = destroy;
    near.line->output().append(std::string(10'000'000, 'x'));
    near.line->flush_later();
  }
  SECTION("of its end") {
    near.in_closed = destroy;
    near.line->stop_reading();
    near.far.close();
    near.line->output().append("x");
    near.line->flush_later();
  }
  REQUIRE(loop.until([&] { return !near.line; }));
  loop.settle();
  CHECK(near.inputs + near.ends + near.outputs + near.closed == 1);
}

TEST_CASE("a connection destroyed while it waits for its socket leaves nothing behind") {
  event_loop loop;
  std::size_t const before = chunk::bytes_in_use();
  {
    near_end near(loop);
    near.line->start_reading();
    near.line->output().append(std::string(10'000'000, 'x'));
    near.line->flush_later();
    loop.settle();
  }
  loop.settle();
  CHECK(chunk::bytes_in_use() == before);
}

TEST_CASE("a connection that is moved keeps its owner, and one that is replaced is closed") {
  event_loop loop;
  near_end first(loop);
  near_end second(loop);
  first.line->start_reading();
  connection moved = std::move(*first.line);
  first.in_input = [&] {
    first.text += moved.input().unread();
    moved.input().consume(moved.input().unread().size());
  };
  first.far.send("to the moved one");
  REQUIRE(loop.until([&] { return first.text == "to the moved one"; }));
  moved = std::move(*second.line);
  CHECK(moved.open());
  first.far.receive();
  CHECK(first.far.ended);
}

TEST_CASE("a peer that sends without end does not keep the others waiting") {
  event_loop loop;
  near_end busy(loop);
  near_end quiet(loop);
  busy.far.send(std::string(150'000, 'x'));
  std::size_t read_when_quiet_came = 0;
  quiet.in_input = [&] {
    read_when_quiet_came = busy.text.size();
    quiet.line->stop_reading();
  };
  busy.line->start_reading();
  quiet.line->start_reading();
  quiet.far.send("me too");
  REQUIRE(loop.until([&] { return quiet.inputs > 0; }));
  CHECK(read_when_quiet_came < 150'000);
  REQUIRE(loop.until([&] { return busy.text.size() == 150'000; }));
}

TEST_CASE("of much output a part is written at a time, and the others come in between") {
  event_loop loop;
  near_end near(loop);
  constexpr std::uint64_t part = 64 * 1024;
  std::string const much(2 * part, 'x');
  std::uint64_t before = 0;
  std::uint64_t most = 0;
  near.in_output = [&] {
    most = std::max(most, near.line->written() - std::exchange(before, near.line->written()));
    near.far.receive();
  };
  near.line->output().append(slice::copy_of(much));
  near.line->flush_later();
  REQUIRE(loop.until([&] { return near.far.received.size() == much.size(); }));
  CHECK(near.far.received == much);
  CHECK(most == part);
}

TEST_CASE("what was left of the input is handed over before its end is told, or that a write has failed") {
  for (bool const writes : {false, true}) {
    INFO(writes);
    event_loop loop;
    near_end near(loop);
    near.in_input = [&] {
      CHECK(near.ends + near.closed == 0);
      near.text += near.line->input().take(1).str();
      if (writes) {
        near.line->output().append("x");
        near.line->flush_later();
      }
      if (!near.line->input().unread().empty()) near.line->leave_rest();
    };
    near.far.send("all of it");
    near.far.close();
    near.line->start_reading();
    REQUIRE(loop.until([&] { return near.ends + near.closed > 0; }));
    CHECK(near.text == "all of it");
  }
}

TEST_CASE("a descriptor that cannot be watched gives a connection that is not open") {
  event_loop loop;
  near_end near(loop, {::open("/dev/null", O_RDWR | O_CLOEXEC), -1});
  near.line->start_reading();
  near.line->output().append("x");
  near.line->flush_later();
  loop.settle();
  CHECK(near.inputs + near.ends + near.outputs == 0);
}

TEST_CASE("whoever had much to write last time comes after those who have little") {
  event_loop loop;
  near_end much(loop);
  near_end little(loop);
  std::string order;
  auto const write = [&](near_end& near, std::size_t size) {
    near.line->output().append(slice::copy_of(std::string(size, 'x')));
    near.line->flush_later();
  };
  much.in_output = [&] { order += 'm'; };
  little.in_output = [&] { order += 'l'; };
  write(much, 40'000);
  write(little, 10);
  loop.settle();
  CHECK(order == "ml");
  write(much, 10);
  write(little, 10);
  loop.settle();
  CHECK(order == "mllm");
  write(much, 10);
  write(little, 10);
  loop.settle();
  CHECK(order == "mllmml");
}

TEST_CASE("whoever was sent much last time is read after those who were sent little") {
  event_loop loop;
  near_end much(loop);
  near_end little(loop);
  std::string order;
  auto const take = [&order](near_end& near, char name) {
    near.in_input = [&, name] {
      order += name;
      near.line->input().consume(near.line->input().unread().size());
    };
    near.line->start_reading();
  };
  take(much, 'm');
  take(little, 'l');
  much.far.send(std::string(40'000, 'x'));
  loop.settle();
  order.clear();
  much.far.send("x");
  little.far.send("x");
  loop.settle();
  CHECK(order == "lm");
  much.far.send("x");
  little.far.send("x");
  loop.settle();
  CHECK(order.size() == 4);
}
