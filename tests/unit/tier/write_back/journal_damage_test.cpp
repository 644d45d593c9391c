// Every damage to a journal's file is found, or has changed nothing: what comes back is never a value that was not the
// newest of its key.
#include "tier/write_back/journal_format.hpp"
#include "unit/tier/write_back/journals.hpp"

#include <fmt/core.h>

#include <random>

using namespace tandem;
using namespace tandem::journals;
using tier::damage_policy;
using tier::fsync_policy;
using tier::journal;

namespace {

constexpr std::size_t block = tier::journal_block;

std::string read(std::string const& file) {
  std::string bytes(std::filesystem::file_size(file), '\0');
  std::ifstream(file, std::ios::binary).read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return bytes;
}

void write(std::string const& file, std::string_view bytes) {
  std::ofstream opened(file, std::ios::binary | std::ios::trunc);
  opened.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

/// A journal in which keys were written over and removed, so that its file holds values that nobody may see again.
class written {
 public:
  written() {
    {
      auto const log = open(place_ / "j");
      std::uint64_t version = 0;
      for (int round = 0; round < 5; ++round) {
        for (int key = 0; key < 20; ++key) {
          std::string const value(std::size_t{200} * static_cast<std::size_t>(key),
                                  static_cast<char>('a' + round));
          CHECK(put(*log, {fmt::format("k{}", key), value, 0, 0, ++version}));
          newest_[fmt::format("k{}", key)] = fmt::format("{}@{}", value, version);
        }
        CHECK(remove(*log, fmt::format("k{}", round), version));
        newest_.erase(fmt::format("k{}", round));
      }
      for (int key = 0; key < 5; ++key) newest_.erase(fmt::format("k{}", key));
      for (int key = 0; key < 5; ++key) CHECK(remove(*log, fmt::format("k{}", key), version));
    }
    bytes_ = read(place_ / "j/journal.log");
    auto const head = tier::decode_journal_head(bytes_);
    REQUIRE(head.has_value());
    end_ = head->confirmed;
    records_ = head->records;
  }

  std::string const& bytes() const { return bytes_; }
  std::size_t end() const { return end_; }
  std::uint64_t records() const { return records_; }
  contents const& newest() const { return newest_; }

  std::string directory() const { return place_ / "damaged"; }
  std::string file() const { return place_ / "damaged/journal.log"; }

  /// Lays the bytes down as a journal of their own.
  void lay_down(std::string_view bytes) const {
    std::filesystem::remove_all(directory());
    std::filesystem::create_directory(directory());
    write(file(), bytes);
  }

 private:
  scratch place_;
  std::string bytes_;
  std::size_t end_ = 0;
  std::uint64_t records_ = 0;
  contents newest_;
};

bool is_part_of(contents const& some, contents const& all) {
  for (auto const& [key, value] : some) {
    auto const found = all.find(key);
    if (found == all.end() || found->second != value) return false;
  }
  return true;
}

/// Lays the bytes down; says whether the damage was found. All else holds in any case.
bool is_found(written const& original, std::string_view bytes) {
  original.lay_down(bytes);
  auto const refused =
      journal::open({original.directory(), fsync_policy::never, bytes_max, damage_policy::refuse});
  if (refused) {
    CHECK(as_contents((*refused)->take_findings()) == original.newest());
    return false;
  }
  CHECK(refused.error().message.starts_with("journal " + original.file() + ": "));
  CHECK(read(original.file()) == bytes);
  auto skipped = journal::open({original.directory(), fsync_policy::never, bytes_max, damage_policy::skip});
  if (!skipped) {
    CHECK(skipped.error().message.ends_with("another version of Tandem wrote it"));
    return true;
  }
  tier::journal_findings const found = (*skipped)->take_findings();
  contents const kept = as_contents(found);
  CHECK(is_part_of(kept, original.newest()));
  bool const something_is_lost = kept != original.newest();
  if (something_is_lost) CHECK(found.lost > 0);
  CHECK(found.notice.find("It is set aside as journal.log.damaged-1, and ") != std::string::npos);
  CHECK(read(original.file() + ".damaged-1") == bytes);
  skipped->reset();
  CHECK(content(original.directory()) == kept);
  return true;
}

std::string damaged_at(std::string bytes, std::size_t offset, char mask) {
  bytes[offset] = static_cast<char>(bytes[offset] ^ mask);
  return bytes;
}

}  // namespace

TEST_CASE("a journal that is cut short anywhere is damaged") {
  written const original;
  for (std::size_t size = 0; size < original.bytes().size(); size += block / 2) {
    CAPTURE(size);
    CHECK(is_found(original, std::string_view(original.bytes()).substr(0, size)));
  }
  CHECK(is_found(original, std::string_view(original.bytes()).substr(0, 1)));
  CHECK(is_found(original, original.bytes() + "x"));
}

TEST_CASE("a page that is zeros, ones, garbage or another page is found wherever records are") {
  written const original;
  std::mt19937 random(7);
  for (std::size_t offset = 0; offset < original.end(); offset += block) {
    CAPTURE(offset);
    std::string garbage(block, '\0');
    for (char& each : garbage) each = static_cast<char>(random());
    std::string const other = original.bytes().substr(offset == block ? 2 * block : block, block);
    for (std::string const& page : {std::string(block, '\0'), std::string(block, '\xff'), garbage, other}) {
      std::string bytes = original.bytes();
      bytes.replace(offset, block, page);
      CHECK(is_found(original, bytes));
    }
  }
}

TEST_CASE("a bit that is flipped in a record or in the head is found") {
  written const original;
  std::mt19937 random(11);
  for (int each = 0; each < 400; ++each) {
    std::size_t const offset =
        each < 44 ? static_cast<std::size_t>(each) : block + random() % (original.end() - block);
    CAPTURE(offset);
    CHECK(is_found(original, damaged_at(original.bytes(), offset, static_cast<char>(1 << random() % 8))));
  }
}

TEST_CASE("what lies behind the last record changes nothing") {
  written const original;
  std::mt19937 random(13);
  for (std::size_t offset = original.end(); offset < original.bytes().size(); offset += block) {
    CAPTURE(offset);
    std::string bytes = original.bytes();
    for (std::size_t at = offset; at < std::min(offset + 100, bytes.size()); ++at)
      bytes[at] = static_cast<char>(random());
    CHECK_FALSE(is_found(original, bytes));
  }
}

TEST_CASE("an older file of the same journal, mixed in, is found") {
  scratch const place;
  std::string older;
  contents newest;
  {
    auto const log = open(place / "j");
    for (std::uint64_t version = 1; version <= 100; ++version) {
      CHECK(put(*log, {"k", std::string(100, 'x'), 0, 0, version}));
      if (version == 50) older = read(place / "j/journal.log");
    }
  }
  std::string const last = read(place / "j/journal.log");
  std::string mixed = last;
  mixed.replace(3 * block, block, older.substr(3 * block, block));
  write(place / "j/journal.log", mixed);
  CHECK(refusal(place / "j").find(": damaged at byte ") != std::string::npos);
}

TEST_CASE("a damaged journal says what is lost, and skip keeps what is certain") {
  struct row {
    std::string name;
    std::size_t record;  // counted from 0, each of 4,096 bytes
    std::size_t offset;  // in it
    contents kept;
    std::string says;
    std::uint64_t lost;
  };
  std::string const value(block - tier::journal_record_size(1, 0), 'x');
  auto const at = [&](int version) { return fmt::format("{}@{}", value, version); };
  // a@1, b@2, a@3, c@4
  row const rows[] = {
      {"a value that was overtaken",
       0,
       100,
       {{"a", at(3)}, {"b", at(2)}, {"c", at(4)}},
       "damaged at byte 4096: 1 of its 4 records cannot be read, and 0 values that can are not certain",
       1},
      {"a value of a key that is still told",
       2,
       100,
       {{"b", at(2)}, {"c", at(4)}},
       "damaged at byte 12288: 1 of its 4 records cannot be read, and 0 values that can are not certain",
       1},
      {"a key",
       2,
       40,
       {{"c", at(4)}},
       "damaged at byte 12288: 1 of its 4 records cannot be read, and 2 values that can are not certain",
       3},
      {"the first key, before which there is nothing",
       0,
       40,
       {{"a", at(3)}, {"b", at(2)}, {"c", at(4)}},
       "damaged at byte 4096: 1 of its 4 records cannot be read, and 0 values that can are not certain",
       1},
      {"the last key",
       3,
       40,
       {},
       "damaged at byte 16384: 1 of its 4 records cannot be read, and 2 values that can are not certain",
       3},
  };
  for (row const& each : rows) {
    CAPTURE(each.name);
    scratch const place;
    {
      auto const log = open(place / "j");
      for (auto const& [key, version] : {std::pair("a", 1), {"b", 2}, {"a", 3}, {"c", 4}})
        CHECK(put(*log, {key, value, 0, 0, static_cast<std::uint64_t>(version)}));
    }
    std::string const file = place / "j/journal.log";
    write(file, damaged_at(read(file), (1 + each.record) * block + each.offset, 1));
    CHECK(refusal(place / "j").starts_with("journal " + file + ": " + each.says));
    CHECK(refusal(place / "j")
              .ends_with(fmt::format("Nothing was changed; damaged: skip sets the file aside and keeps the "
                                     "{} values that are certain",
                                     each.kept.size())));
    auto const opened = journal::open({place / "j", fsync_policy::never, bytes_max, damage_policy::skip});
    REQUIRE(opened.has_value());
    auto const found = (*opened)->take_findings();
    CHECK(as_contents(found) == each.kept);
    CHECK(found.lost == each.lost);
    CHECK(found.notice.starts_with("journal " + file + ": " + each.says));
  }
}

TEST_CASE("each damaged file is set aside under a name of its own") {
  scratch const place;
  for (int each = 1; each <= 3; ++each) {
    open(place / "j")->stop();
    write(place / "j/journal.log", "");
    auto const opened = journal::open({place / "j", fsync_policy::never, bytes_max, damage_policy::skip});
    REQUIRE(opened.has_value());
    auto const found = (*opened)->take_findings();
    CHECK(found.lost == 1);
    CHECK(found.notice ==
          fmt::format("journal {}: its head is damaged, and so nothing in it can be read. It is set "
                      "aside as journal.log.damaged-{}, and 0 values that are certain are kept",
                      place / "j/journal.log", each));
  }
}

TEST_CASE("the end of a batch that was not confirmed, as a killed process leaves it, is no damage") {
  scratch const place;
  std::string before;
  {
    auto const log = open(place / "j");
    CHECK(put(*log, {"a", "1", 0, 0, 1}));
    before = read(place / "j/journal.log").substr(0, block);
    CHECK(put(*log, {"b", std::string(3 * block, 'b'), 0, 0, 2}));
  }
  std::string const after = read(place / "j/journal.log");
  std::size_t const start = tier::decode_journal_head(before)->confirmed;
  std::size_t const end = tier::decode_journal_head(after)->confirmed;
  for (std::size_t written = start; written <= end; written += written + 50 < start + 400 ? 1 : 97) {
    CAPTURE(written);
    std::string bytes = before + after.substr(block, written - block);
    bytes.resize(after.size(), '\0');
    write(place / "j/journal.log", bytes);
    contents const found = content(place / "j");
    CHECK(found.at("a") == "1@1");
    CHECK(found.size() == 1);
  }
  std::string whole = after;
  whole.replace(0, block, before);
  write(place / "j/journal.log", whole);
  CHECK(content(place / "j").size() == 2);
}
