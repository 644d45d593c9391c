#include "tier/journal_store.hpp"

#include <boost/endian/conversion.hpp>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace tandem::tier {
namespace {

constexpr std::string_view format = "1";
constexpr std::size_t header_size = 20;
constexpr int wrong_format = -1;  // none of LMDB's codes, which begin at -30799

MDB_val value_of(std::string_view bytes) { return {bytes.size(), const_cast<char*>(bytes.data())}; }
std::string_view view_of(MDB_val value) { return {static_cast<char const*>(value.mv_data), value.mv_size}; }

std::uint64_t version_of(MDB_val stored) {
  return boost::endian::load_little_u64(static_cast<unsigned char const*>(stored.mv_data));
}

void write_record(MDB_val where, unwritten_item const& item) {
  auto* const out = static_cast<unsigned char*>(where.mv_data);
  boost::endian::store_little_u64(out, item.version);
  boost::endian::store_little_s64(out + 8, item.expires_at);
  boost::endian::store_little_u32(out + 16, item.flags);
  if (!item.value.empty()) std::memcpy(out + header_size, item.value.data(), item.value.size());
}

unwritten_item read_record(MDB_val key, MDB_val stored) {
  auto const* const in = static_cast<unsigned char const*>(stored.mv_data);
  return {std::string(view_of(key)), std::string(view_of(stored).substr(header_size)),
          boost::endian::load_little_u32(in + 16), boost::endian::load_little_s64(in + 8),
          boost::endian::load_little_u64(in)};
}

/// A transaction that is given up unless it was committed.
class transaction {
 public:
  transaction(MDB_env* environment, unsigned flags) {
    begun_ = ::mdb_txn_begin(environment, nullptr, flags, &handle_);
  }
  ~transaction() {
    if (handle_) ::mdb_txn_abort(handle_);
  }
  transaction(transaction const&) = delete;
  transaction& operator=(transaction const&) = delete;

  int begun() const { return begun_; }
  MDB_txn* handle() const { return handle_; }
  int commit() { return ::mdb_txn_commit(std::exchange(handle_, nullptr)); }

 private:
  MDB_txn* handle_ = nullptr;
  int begun_;
};

}  // namespace

base::result<std::unique_ptr<journal::store>> journal::store::open(journal_settings const& settings) {
  std::unique_ptr<store> made(new store);
  made->directory_ = settings.directory;
  if (::mkdir(settings.directory.c_str(), 0700) != 0 && errno != EEXIST) {
    return made->failed("cannot make the directory", errno);
  }
  std::string const lock_path = settings.directory + "/tandem.lock";
  made->lock_ = ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (made->lock_ < 0) return made->failed("cannot use the directory", errno);
  if (::flock(made->lock_, LOCK_EX | LOCK_NB) != 0) return made->failed("another process uses it", errno);

  // Its own locks are for several processes, and what one that was killed held would have to be cleared.
  unsigned const flags = MDB_NOLOCK | (settings.fsync == fsync_policy::always ? 0U : unsigned{MDB_NOSYNC});
  int code = ::mdb_env_create(&made->environment_);
  if (code == 0) code = ::mdb_env_set_maxdbs(made->environment_, 2);
  if (code == 0) code = ::mdb_env_set_mapsize(made->environment_, settings.map_bytes);
  if (code == 0) code = ::mdb_env_open(made->environment_, settings.directory.c_str(), flags, 0600);
  if (code == 0) code = made->open_databases();
  if (code == wrong_format) {
    return base::error{
        base::error_kind::configuration,
        fmt::format("journal {}: it was written by another version of Tandem", made->directory_)};
  }
  if (code != 0) return made->failed("cannot be opened", code);
  return made;
}

journal::store::~store() {
  if (environment_) ::mdb_env_close(environment_);
  if (lock_ >= 0) ::close(lock_);
}

int journal::store::open_databases() {
  transaction change(environment_, 0);
  if (change.begun() != 0) return change.begun();
  MDB_dbi meta = 0;
  if (int const code = ::mdb_dbi_open(change.handle(), "meta", MDB_CREATE, &meta)) return code;
  if (int const code = ::mdb_dbi_open(change.handle(), "unwritten", MDB_CREATE, &unwritten_)) return code;
  MDB_val key = value_of("format");
  MDB_val found = value_of(format);
  int const code = ::mdb_put(change.handle(), meta, &key, &found, MDB_NOOVERWRITE);
  if (code == MDB_KEYEXIST && view_of(found) != format) return wrong_format;
  if (code != 0 && code != MDB_KEYEXIST) return code;
  return change.commit();
}

base::result<std::vector<unwritten_item>> journal::store::read_all() const {
  std::vector<unwritten_item> all;
  transaction reading(environment_, MDB_RDONLY);
  if (reading.begun() != 0) return failed("cannot be read", reading.begun());
  MDB_cursor* cursor = nullptr;
  if (int const code = ::mdb_cursor_open(reading.handle(), unwritten_, &cursor)) {
    return failed("cannot be read", code);
  }
  MDB_val key{};
  MDB_val stored{};
  int code = ::mdb_cursor_get(cursor, &key, &stored, MDB_FIRST);
  while (code == 0 && stored.mv_size >= header_size) {
    all.push_back(read_record(key, stored));
    code = ::mdb_cursor_get(cursor, &key, &stored, MDB_NEXT);
  }
  ::mdb_cursor_close(cursor);
  if (code != MDB_NOTFOUND) return failed("cannot be read", code == 0 ? MDB_CORRUPTED : code);
  return all;
}

base::result<bool> journal::store::apply(changes const& batch) {
  transaction writing(environment_, 0);
  int code = writing.begun();
  for (auto each = batch.begin(); code == 0 && each != batch.end(); ++each) {
    code = change_one(writing.handle(), each->first, each->second);
  }
  if (code == 0) code = writing.commit();
  if (code != 0) return failed("cannot be written", code);
  return true;
}

base::result<bool> journal::store::apply(std::string const& key, change const& made) {
  transaction writing(environment_, 0);
  int code = writing.begun();
  if (code == 0) code = change_one(writing.handle(), key, made);
  if (code == 0) code = writing.commit();
  if (code != 0) return failed("cannot be written", code);
  return true;
}

base::result<bool> journal::store::sync() {
  if (int const code = ::mdb_env_sync(environment_, 1)) return failed("cannot be synced", code);
  return true;
}

int journal::store::change_one(MDB_txn* writing, std::string const& key, change const& made) {
  MDB_val name = value_of(key);
  MDB_val stored{};
  int const found = ::mdb_get(writing, unwritten_, &name, &stored);
  if (found != 0 && found != MDB_NOTFOUND) return found;
  bool const newer_is_there = found == 0 && version_of(stored) > made.version;
  if (newer_is_there) return 0;
  if (!made.item) return found == 0 ? ::mdb_del(writing, unwritten_, &name, nullptr) : 0;
  MDB_val room{header_size + made.item->value.size(), nullptr};
  int const code = ::mdb_put(writing, unwritten_, &name, &room, MDB_RESERVE);
  if (code == 0) write_record(room, *made.item);
  return code;
}

base::error journal::store::failed(std::string_view what, int code) const {
  return {base::error_kind::refused,
          fmt::format("journal {}: {}: {}", directory_, what, ::mdb_strerror(code))};
}

}  // namespace tandem::tier
