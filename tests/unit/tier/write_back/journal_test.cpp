#include "tier/write_back/journal.hpp"

#include "unit/tier/write_back/journals.hpp"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>
#include <map>
#include <string>

using namespace tandem;
using namespace tandem::journals;
using tier::damage_policy;
using tier::fsync_policy;
using tier::journal;
using tier::unwritten_item;

namespace {

/// While there is one, this process can write to no file: setrlimit(2), RLIMIT_FSIZE.
class full_disk {
 public:
  full_disk() {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit none = before_;
    none.rlim_cur = 0;
    ::setrlimit(RLIMIT_FSIZE, &none);
  }
  ~full_disk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, heard_);
  }
  full_disk(full_disk const&) = delete;
  full_disk& operator=(full_disk const&) = delete;

 private:
  rlimit before_{};
  sighandler_t const heard_ = ::signal(SIGXFSZ, SIG_IGN);
};

}  // namespace

TEST_CASE("what was put and not removed comes back, every byte of it") {
  scratch const place;
  auto const fsync = GENERATE(fsync_policy::always, fsync_policy::interval, fsync_policy::never);
  std::string const key("k\0\xff", 3);
  std::string const value("\r\n\0", 3);
  {
    auto const first = open(place / "j", fsync);
    CHECK(first->take_findings().restored.empty());
    CHECK(put(*first, {key, value, 0xfedcba98, 1'900'000'000, 7}));
    CHECK(put(*first, {"empty", "", 0, 0, 8}));
    CHECK(put(*first, {"gone", "1", 0, 0, 9}));
    CHECK(remove(*first, "gone", 9));
    CHECK(remove(*first, "never there", 9));
  }
  auto const second = open(place / "j", fsync);
  auto const restored = second->take_findings().restored;
  REQUIRE(restored.size() == 2);
  CHECK(restored[0]->key == key);
  CHECK(restored[0]->value == value);
  CHECK(restored[0]->flags == 0xfedcba98);
  CHECK(restored[0]->expires_at == 1'900'000'000);
  CHECK(restored[0]->version == 7);
  CHECK(restored[1]->key == "empty");
  CHECK(restored[1]->value.empty());
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
  std::string const large(100'000, 'x');
  std::uint64_t version = 0;
  contents kept;
  auto const log = open(place / "j", fsync_policy::never, std::size_t{4} << 20);
  for (;;) {
    std::string const key = "k" + std::to_string(++version);
    if (!put(*log, {key, large, 0, 0, version})) break;
    kept[key] = large + "@" + std::to_string(version);
    REQUIRE(version < 100);
  }
  CHECK(kept.size() >= 5);
  CHECK(put(*log, {"k3", large, 0, 0, ++version}));
  kept["k3"] = large + "@" + std::to_string(version);
  CHECK(remove(*log, "k1", 1));
  CHECK(remove(*log, "k2", 2));
  kept.erase("k1");
  kept.erase("k2");
  CHECK(put(*log, {"later", "1", 0, 0, ++version}));
  kept["later"] = "1@" + std::to_string(version);
  log->stop();
  std::filesystem::copy(place / "j", place / "copy");
  CHECK(content(place / "copy") == kept);
}

TEST_CASE("a removal that cannot be written is tried again, and told only when it is done") {
  scratch const place;
  auto const log = open(place / "j", fsync_policy::never);
  REQUIRE(put(*log, {"a", "1", 0, 0, 1}));
  std::promise<bool> told;
  auto done = told.get_future();
  {
    full_disk const full;
    log->remove("a", 1, [&](bool is) { told.set_value(is); });
    CHECK_FALSE(put(*log, {"b", std::string(100'000, 'x'), 0, 0, 2}));
    CHECK(done.wait_for(std::chrono::milliseconds(300)) == std::future_status::timeout);
  }
  CHECK(done.get());
  CHECK(put(*log, {"c", "1", 0, 0, 3}));
  CHECK(remove(*log, "c", 3));
  log->stop();
  std::filesystem::copy(place / "j", place / "copy");
  CHECK(content(place / "copy").empty());
}

TEST_CASE("a file that is written over and over stays within its bound and keeps the newest") {
  scratch const place;
  auto const fsync = GENERATE(fsync_policy::always, fsync_policy::never);
  std::size_t const bytes_max = std::size_t{2} << 20;
  std::uint64_t version = 0;
  {
    auto const log = open(place / "j", fsync, bytes_max);
    for (int round = 0; round < 200; ++round) {
      CHECK(put(*log, {"a", std::string(50'000, 'a'), 0, 0, ++version}));
      CHECK(put(*log, {"b" + std::to_string(round), "1", 0, 0, ++version}));
      CHECK(remove(*log, "b" + std::to_string(round), version));
      CHECK(std::filesystem::file_size(place / "j/journal.log") <= bytes_max);
    }
    CHECK(put(*log, {"a", "last", 0, 0, ++version}));
  }
  CHECK(content(place / "j") == contents{{"a", "last@" + std::to_string(version)}});
}

TEST_CASE("what was admitted under larger bounds is taken, and makes room by removals alone") {
  scratch const place;
  std::string const large(100'000, 'x');
  {
    auto const log = open(place / "j");
    for (std::uint64_t version = 1; version <= 20; ++version)
      CHECK(put(*log, {"k" + std::to_string(version), large, 0, 0, version}));
  }
  {
    auto const log = open(place / "j", fsync_policy::never, std::size_t{1} << 20);
    CHECK(log->take_findings().restored.size() == 20);
    CHECK_FALSE(put(*log, {"new", "1", 0, 0, 21}));
    for (std::uint64_t version = 1; version <= 20; ++version)
      CHECK(remove(*log, "k" + std::to_string(version), version));
  }
  CHECK(content(place / "j").empty());
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
  SECTION("for its file is a directory") {
    std::filesystem::create_directories(place / "j/journal.log");
    CHECK(refusal(place / "j") == "journal " + (place / "j/journal.log") + ": it is not a file");
  }
  SECTION("for its file is a pipe, at which nobody waits") {
    std::filesystem::create_directories(place / "j");
    REQUIRE(::mkfifo((place / "j/journal.log").c_str(), 0600) == 0);
    CHECK(refusal(place / "j") == "journal " + (place / "j/journal.log") + ": it is not a file");
  }
}

TEST_CASE("a journal of another format is refused, even where damage is skipped") {
  scratch const place;
  auto const damaged = GENERATE(damage_policy::refuse, damage_policy::skip);
  open(place / "j")->stop();
  SECTION("of a later one") {
    overwrite(place / "j/journal.log", 0, "tandemj3");
    CHECK(refusal(place / "j", damaged) ==
          "journal " + (place / "j/journal.log") + ": another version of Tandem wrote it");
  }
  SECTION("of the first, which had no checksums") {
    std::ofstream(place / "j/data.mdb") << std::string(100'000, 'x');
    CHECK(refusal(place / "j", damaged) == "journal " + (place / "j/data.mdb") +
                                               ": an earlier version of Tandem wrote it, without checksums; "
                                               "let that version write to L2 what is in "
                                               "it, then remove the file");
  }
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
    auto opened = journal::open({place / "j", fsync, journals::bytes_max});
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
  for (auto const& each : open(place / "j")->take_findings().restored) found[each->key] = each->version;
  for (auto const& [key, newest] : told) CHECK(found[key] >= newest);
}
