#include "base/input_buffer.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <cstring>
#include <random>
#include <string>
#include <utility>
#include <vector>

using tandem::base::chunk;
using tandem::base::input_buffer;
using tandem::base::slice;

namespace {

/// Reads `bytes` into the buffer as a socket would: as much as there is room for, again and again. Gives the
/// number of reads.
int feed(input_buffer& buffer, std::string_view bytes) {
  int reads = 0;
  while (!bytes.empty()) {
    auto const room = buffer.prepare();
    REQUIRE_FALSE(room.empty());
    std::size_t const count = std::min(room.size(), bytes.size());
    std::memcpy(room.data(), bytes.data(), count);
    buffer.commit(count);
    bytes.remove_prefix(count);
    ++reads;
  }
  return reads;
}

std::string pattern(std::size_t size) {
  std::string made(size, '\0');
  for (std::size_t at = 0; at < size; ++at) made[at] = static_cast<char>('a' + (at * 7 + at / 251) % 26);
  return made;
}

}  // namespace

TEST_CASE("an input buffer without unread bytes holds no chunk") {
  std::size_t const before = chunk::bytes_in_use();
  input_buffer buffer;
  CHECK(buffer.idle());
  CHECK(buffer.unread().empty());
  feed(buffer, "get a\r\n");
  CHECK_FALSE(buffer.idle());
  buffer.consume(7);
  CHECK(buffer.idle());
  CHECK(chunk::bytes_in_use() == before);
}

TEST_CASE("a chunk that was prepared for nothing is given back by trim, one with unread bytes is not") {
  input_buffer buffer;
  buffer.prepare();
  CHECK_FALSE(buffer.idle());
  buffer.trim();
  CHECK(buffer.idle());
  feed(buffer, "x");
  buffer.prepare();
  buffer.trim();
  CHECK(buffer.unread() == "x");
}

TEST_CASE("what is consumed goes from the front, in any portions") {
  input_buffer buffer;
  feed(buffer, "onetwothree");
  buffer.consume(3);
  buffer.consume(0);
  CHECK(buffer.unread() == "twothree");
  CHECK(buffer.take(3).view() == "two");
  CHECK(buffer.unread() == "three");
  CHECK(buffer.peek(1, 3).view() == "hre");
  CHECK(buffer.unread() == "three");
}

TEST_CASE("a taken slice survives the buffer and whatever is read into it later") {
  slice kept;
  {
    input_buffer buffer;
    feed(buffer, "key and more");
    kept = buffer.take(3);
    for (int count = 0; count < 40; ++count) {
      feed(buffer, pattern(1000));
      buffer.consume(buffer.unread().size() - 1);
    }
  }
  CHECK(kept.view() == "key");
  CHECK_FALSE(kept.owner()->shared());
}

TEST_CASE("a slice of everything leaves the buffer idle and owns the chunk alone") {
  input_buffer buffer;
  feed(buffer, "all");
  slice const all = buffer.take(3);
  CHECK(buffer.idle());
  CHECK_FALSE(all.owner()->shared());
  CHECK(all.view() == "all");
}

TEST_CASE("unread bytes stay contiguous when their chunk has no room left") {
  input_buffer buffer;
  std::string const bytes = pattern(chunk::pooled_capacity - 100);
  feed(buffer, bytes);
  buffer.consume(bytes.size() - 10);
  slice const old_place = buffer.peek(0, 10);
  feed(buffer, pattern(5000));
  CHECK(buffer.unread() == bytes.substr(bytes.size() - 10) + pattern(5000));
  CHECK(buffer.peek(0, 1).data() != old_place.data());
  CHECK(old_place.view() == std::string_view(bytes).substr(bytes.size() - 10));
}

TEST_CASE("an item larger than a chunk may grow without being announced") {
  std::size_t const before = chunk::bytes_in_use();
  input_buffer buffer;
  std::string const bytes = pattern(200'000);
  feed(buffer, bytes);
  CHECK(buffer.unread() == bytes);
  buffer.consume(bytes.size());
  CHECK(chunk::bytes_in_use() == before);
}

TEST_CASE("an announced size alone allocates nothing beyond a chunk") {
  std::size_t const before = chunk::bytes_in_use();
  std::size_t const one_chunk = before + sizeof(chunk) + chunk::pooled_capacity;
  input_buffer buffer;
  buffer.expect(1 << 30);
  CHECK(buffer.prepare().size() == chunk::pooled_capacity);
  CHECK(chunk::bytes_in_use() == one_chunk);
  feed(buffer, pattern(300));
  buffer.consume(100);
  buffer.expect(1 << 30);
  CHECK_FALSE(buffer.prepare().empty());
  CHECK(chunk::bytes_in_use() == one_chunk);
}

TEST_CASE("an item that arrives slowly never holds more than twice what arrived, and a chunk") {
  std::size_t const before = chunk::bytes_in_use();
  bool const announced = GENERATE(true, false);
  std::string const item = pattern(300'000);
  input_buffer buffer;
  bool bounded = true;
  for (std::size_t at = 0; at < item.size(); at += 100) {
    if (announced) buffer.expect(item.size());
    std::size_t const room = buffer.prepare().size();
    bounded = bounded && room > 0 && chunk::bytes_in_use() <= before + 2 * at + 2 * sizeof(chunk) + 16 * 1024;
    feed(buffer, std::string_view(item).substr(at, 100));
  }
  CHECK(bounded);
  CHECK(buffer.unread() == item);
}

TEST_CASE("an announced item is read into one block, which ends with its size, in few reads") {
  input_buffer buffer;
  std::string const item = pattern(1'000'000);
  feed(buffer, item.substr(0, 300));
  buffer.expect(item.size());
  int const reads = feed(buffer, item.substr(300));
  CHECK(reads == 7);
  slice const taken = buffer.take(item.size());
  CHECK(taken.view() == item);
  CHECK(taken.owner()->capacity() == item.size());
}

TEST_CASE("an announced item arrives the same in reads of any size, and is seldom moved") {
  std::string const item = pattern(40'000);
  auto const portion = GENERATE(as<std::size_t>{}, 1, 7, 999, 16'367, 16'368, 16'369, 39'999);
  input_buffer buffer;
  feed(buffer, item.substr(0, 1));
  buffer.expect(item.size());
  char const* place = buffer.unread().data();
  int moves = 0;
  for (std::size_t at = 1; at < item.size(); at += portion) {
    feed(buffer, std::string_view(item).substr(at, portion));
    moves += buffer.unread().data() != place;
    place = buffer.unread().data();
  }
  CHECK(moves <= 2);
  CHECK(buffer.take(item.size()).view() == item);
}

TEST_CASE("slices of a block stay intact while the bytes behind them outgrow it") {
  std::string const item = pattern(200'000);
  input_buffer buffer;
  feed(buffer, "head" + item.substr(0, 10));
  slice const head = buffer.take(4);
  std::vector<slice> seen;
  for (std::size_t at = 10; at < item.size(); at += 5'000) {
    buffer.expect(item.size());
    feed(buffer, std::string_view(item).substr(at, 5'000));
    seen.push_back(buffer.peek(at - 10, 10));
  }
  CHECK(head.view() == "head");
  for (std::size_t index = 0; index < seen.size(); ++index) {
    CHECK(seen[index].view() == std::string_view(item).substr(index * 5'000, 10));
  }
  CHECK(buffer.take(item.size()).view() == item);
}

TEST_CASE("items of random sizes in random pieces come out as they went in") {
  std::mt19937 random(GENERATE(1u, 2u, 3u));
  std::string const bytes = pattern(3'000'000);
  input_buffer buffer;
  std::size_t fed = 0;
  std::size_t taken = 0;
  std::vector<slice> kept;
  while (taken < bytes.size()) {
    std::size_t const size = std::min<std::size_t>(1 + random() % 100'000, bytes.size() - taken);
    while (fed - taken < size) {
      if (random() % 4 != 0) buffer.expect(size);
      std::size_t const count = std::min<std::size_t>(1 + random() % 30'000, bytes.size() - fed);
      feed(buffer, std::string_view(bytes).substr(fed, count));
      fed += count;
    }
    slice item = buffer.take(size);
    REQUIRE((item.view() == std::string_view(bytes).substr(taken, size)));
    taken += size;
    if (random() % 2 == 0) kept.push_back(std::move(item));
    if (kept.size() > 3) kept.erase(kept.begin());
  }
  CHECK(buffer.idle());
}

TEST_CASE("a large item that begins late in a chunk is moved before it has come") {
  input_buffer buffer;
  feed(buffer, pattern(10'000));
  buffer.consume(9'900);
  buffer.expect(1 << 20);
  CHECK(buffer.prepare().size() == chunk::pooled_capacity - 100);
}

TEST_CASE("an item that fits what is left of the chunk is not moved for lack of a comfortable read") {
  input_buffer buffer;
  std::string const head = pattern(chunk::pooled_capacity - 1000);
  feed(buffer, head);
  buffer.consume(head.size() - 10);
  char const* const place = buffer.unread().data();
  buffer.expect(10 + 900);
  CHECK(feed(buffer, pattern(900)) == 1);
  CHECK(buffer.unread().data() == place);
}

TEST_CASE("an announcement ends with the next consume") {
  input_buffer buffer;
  feed(buffer, "ab");
  buffer.expect(1 << 20);
  buffer.consume(1);
  CHECK(buffer.prepare().size() < chunk::pooled_capacity);
  buffer.expect(1 << 20);
  buffer.consume(1);
  CHECK(buffer.prepare().size() == chunk::pooled_capacity);
}

TEST_CASE("a taken slice of no bytes is empty and holds nothing") {
  input_buffer buffer;
  CHECK(buffer.take(0).empty());
  feed(buffer, "x");
  CHECK(buffer.take(0).owner() == nullptr);
}

TEST_CASE("unread bytes that settle hold what they are, and more can be read behind them") {
  for (std::size_t const size : {std::size_t{1}, std::size_t{3000}, chunk::pooled_capacity / 2}) {
    INFO(size << " bytes");
    std::size_t const before = chunk::bytes_in_use();
    input_buffer buffer;
    std::string const all = pattern(5 * chunk::pooled_capacity);
    feed(buffer, "read" + all.substr(0, size));
    slice const taken = buffer.take(4);
    buffer.settle();
    CHECK(buffer.unread() == all.substr(0, size));
    CHECK(taken.view() == "read");
    std::size_t const chunk_of_taken = chunk::pooled_capacity + sizeof(chunk);
    CHECK(chunk::bytes_in_use() - before == chunk_of_taken + size + sizeof(chunk));
    buffer.settle();
    buffer.expect(all.size());
    feed(buffer, all.substr(size));
    CHECK(buffer.unread() == all);
  }
}

TEST_CASE("more than half a chunk, and no bytes at all, stay where they are when they settle") {
  input_buffer buffer;
  buffer.settle();
  CHECK(buffer.idle());
  feed(buffer, pattern(chunk::pooled_capacity / 2 + 1));
  char const* const place = buffer.unread().data();
  buffer.settle();
  CHECK(buffer.unread().data() == place);
  feed(buffer, pattern(3 * chunk::pooled_capacity));
  std::string const all(buffer.unread());
  buffer.settle();
  CHECK(buffer.unread() == all);
}
