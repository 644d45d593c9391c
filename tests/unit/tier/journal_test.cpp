#include "tier/journal.hpp"

#include "support/catch.hpp"

#include <lmdb.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <map>
#include <string>

using namespace tandem;
using tier::fsync_policy;
using tier::journal;
using tier::unwritten_item;

namespace {

class scratch {
 public:
  scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "journal.XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~scratch() { std::filesystem::remove_all(path_); }

  std::string operator/(std::string const& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

std::unique_ptr<journal> open(std::string const& directory, fsync_policy fsync = fsync_policy::never,
                              std::size_t map_bytes = std::size_t{1} << 24) {
  auto opened = journal::open({directory, fsync, map_bytes});
  if (!opened) FAIL(opened.error().message);
  return std::move(*opened);
}

std::string refusal(std::string const& directory) {
  auto const opened = journal::open({directory, fsync_policy::always, std::size_t{1} << 24});
  return opened ? "opened" : opened.error().message;
}

bool put(journal& into, unwritten_item item) {
  std::promise<bool> told;
  into.put(std::make_shared<unwritten_item const>(std::move(item)), [&](bool done) { told.set_value(done); });
  return told.get_future().get();
}

bool remove(journal& from, std::string const& key, std::uint64_t version) {
  std::promise<bool> told;
  from.remove(key, version, [&](bool done) { told.set_value(done); });
  return told.get_future().get();
}

/// key -> value@version, as the next process finds it.
std::map<std::string, std::string> content(std::string const& directory) {
  std::map<std::string, std::string> all;
  for (unwritten_item const& each : open(directory)->take_restored()) {
    all[each.key] = each.value + "@" + std::to_string(each.version);
  }
  return all;
}

using contents = std::map<std::string, std::string>;

}  // namespace

TEST_CASE("what was put and not removed comes back, every byte of it") {
  scratch const place;
  auto const fsync = GENERATE(fsync_policy::always, fsync_policy::interval, fsync_policy::never);
  std::string const key("k\0\xff", 3);
  std::string const value("\r\n\0", 3);
  {
    auto const first = open(place / "j", fsync);
    CHECK(first->take_restored().empty());
    CHECK(put(*first, {key, value, 0xfedcba98, 1'900'000'000, 7}));
    CHECK(put(*first, {"empty", "", 0, 0, 8}));
    CHECK(put(*first, {"gone", "1", 0, 0, 9}));
    CHECK(remove(*first, "gone", 9));
    CHECK(remove(*first, "never there", 9));
  }
  auto const second = open(place / "j", fsync);
  auto const restored = second->take_restored();
  REQUIRE(restored.size() == 2);
  CHECK(restored[0].key == "empty");
  CHECK(restored[0].value.empty());
  CHECK(restored[1].key == key);
  CHECK(restored[1].value == value);
  CHECK(restored[1].flags == 0xfedcba98);
  CHECK(restored[1].expires_at == 1'900'000'000);
  CHECK(restored[1].version == 7);
}

TEST_CASE("a removal of an older version leaves the newer one, and an older put does not replace it") {
  scratch const place;
  {
    auto const log = open(place / "j");
    CHECK(put(*log, {"a", "1", 0, 0, 1}));
    CHECK(put(*log, {"a", "2", 0, 0, 2}));
    CHECK(remove(*log, "a", 1));
    CHECK(put(*log, {"a", "1", 0, 0, 1}));
  }
  CHECK(content(place / "j") == contents{{"a", "2@2"}});
}

TEST_CASE("changes that gather are told when the last of their key is committed") {
  scratch const place;
  {
    auto const log = open(place / "j");
    std::promise<void> entered;
    std::promise<void> go_on;
    // Holds the journal's thread, so that the rest gathers.
    log->remove("x", 1, [&, going = go_on.get_future().share()](bool) {
      entered.set_value();
      going.wait();
    });
    entered.get_future().wait();
    std::vector<std::string> told;
    auto const teller = [&told](std::string name) { return [&told, name](bool) { told.push_back(name); }; };
    log->put(std::make_shared<unwritten_item const>(unwritten_item{"a", "1", 0, 0, 2}), teller("put 2"));
    log->put(std::make_shared<unwritten_item const>(unwritten_item{"a", "2", 0, 0, 3}), teller("put 3"));
    log->remove("a", 2, teller("remove 2"));
    log->put(std::make_shared<unwritten_item const>(unwritten_item{"b", "1", 0, 0, 4}), {});
    log->remove("b", 4, {});
    go_on.set_value();
    log->stop();
    CHECK(told == std::vector<std::string>{"put 2", "put 3", "remove 2"});
  }
  CHECK(content(place / "j") == contents{{"a", "2@3"}});
}

TEST_CASE("a full journal refuses what is new, keeps what it has, and has room again after a removal") {
  scratch const place;
  std::size_t const map_bytes = 64 * 4096;
  std::uint64_t version = 0;
  contents kept;
  auto const log = open(place / "j", fsync_policy::never, map_bytes);
  for (;;) {
    std::string const key = "k" + std::to_string(++version);
    if (!put(*log, {key, std::string(10'000, 'x'), 0, 0, version})) break;
    kept[key] = std::string(10'000, 'x') + "@" + std::to_string(version);
    REQUIRE(version < 100);
  }
  CHECK(kept.size() >= 5);
  CHECK(remove(*log, "k1", 1));
  CHECK(remove(*log, "k2", 2));
  kept.erase("k1");
  kept.erase("k2");
  CHECK(put(*log, {"later", "1", 0, 0, ++version}));
  kept["later"] = "1@" + std::to_string(version);
  log->stop();
  CHECK_FALSE(kept.empty());
  std::filesystem::copy(place / "j", place / "copy");
  CHECK(content(place / "copy") == kept);
}

TEST_CASE("a directory that cannot be used is a clear error") {
  scratch const place;
  SECTION("for there is no parent") {
    CHECK(refusal(place / "no/j") ==
          "journal " + (place / "no/j") + ": cannot make the directory: No such file or directory");
  }
  SECTION("for it is a file") {
    std::ofstream(place / "file") << "x";
    CHECK(refusal(place / "file") ==
          "journal " + (place / "file") + ": cannot use the directory: Not a directory");
  }
  SECTION("for it is in use") {
    auto const first = open(place / "j");
    CHECK(refusal(place / "j").find("another process uses it") != std::string::npos);
  }
  SECTION("for its file is no journal") {
    std::filesystem::create_directory(place / "j");
    std::ofstream(place / "j/data.mdb") << std::string(100'000, 'x');
    CHECK(refusal(place / "j").find("cannot be opened: ") != std::string::npos);
  }
}

TEST_CASE("a journal of another format is refused") {
  scratch const place;
  open(place / "j")->stop();
  MDB_env* environment = nullptr;
  REQUIRE(::mdb_env_create(&environment) == 0);
  REQUIRE(::mdb_env_set_maxdbs(environment, 2) == 0);
  REQUIRE(::mdb_env_open(environment, (place / "j").c_str(), MDB_NOLOCK, 0600) == 0);
  MDB_txn* change = nullptr;
  REQUIRE(::mdb_txn_begin(environment, nullptr, 0, &change) == 0);
  MDB_dbi meta = 0;
  REQUIRE(::mdb_dbi_open(change, "meta", 0, &meta) == 0);
  std::string name = "format";
  std::string format = "2";
  MDB_val key{name.size(), name.data()};
  MDB_val value{format.size(), format.data()};
  REQUIRE(::mdb_put(change, meta, &key, &value, 0) == 0);
  REQUIRE(::mdb_txn_commit(change) == 0);
  ::mdb_env_close(environment);
  CHECK(refusal(place / "j") == "journal " + (place / "j") + ": it was written by another version of Tandem");
}

// The writer says which of its writes it was told of; a killed process must not lose one of them.
TEST_CASE("a writer that is killed loses nothing that it was told of") {
  scratch const place;
  auto const fsync = GENERATE(fsync_policy::always, fsync_policy::interval, fsync_policy::never);
  int const told_min = fsync == fsync_policy::always ? 50 : 2000;
  int pipe[2];
  REQUIRE(::pipe(pipe) == 0);
  pid_t const writer = ::fork();
  REQUIRE(writer >= 0);
  if (writer == 0) {
    auto opened = journal::open({place / "j", fsync, std::size_t{1} << 24});
    if (!opened) ::_exit(1);
    for (std::uint64_t version = 1;; ++version) {
      std::string const key = "k" + std::to_string(version % 100);
      (*opened)->put(
          std::make_shared<unwritten_item const>(unwritten_item{key, std::to_string(version), 0, 0, version}),
          [out = pipe[1], version](bool done) {
            if (!done || ::write(out, &version, sizeof version) != sizeof version) ::_exit(2);
          });
      if (version % 10 == 0) ::usleep(1);  // so that there are many commits, of several changes each
    }
  }
  ::close(pipe[1]);
  std::map<std::string, std::uint64_t> told;
  std::uint64_t version = 0;
  for (int count = 0; ::read(pipe[0], &version, sizeof version) == sizeof version; ++count) {
    std::uint64_t& newest = told["k" + std::to_string(version % 100)];
    newest = std::max(newest, version);
    if (count == told_min) ::kill(writer, SIGKILL);
  }
  ::close(pipe[0]);
  int status = 0;
  REQUIRE(::waitpid(writer, &status, 0) == writer);
  REQUIRE(WIFSIGNALED(status));
  std::map<std::string, std::uint64_t> found;
  for (unwritten_item const& each : open(place / "j")->take_restored()) found[each.key] = each.version;
  for (auto const& [key, newest] : told) CHECK(found[key] >= newest);
}
