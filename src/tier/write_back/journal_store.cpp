#include "tier/write_back/journal_store.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <random>
#include <utility>

namespace tandem::tier {
namespace {

constexpr std::string_view log_name = "journal.log";
constexpr std::string_view new_name = "journal.new";
constexpr std::string_view lock_name = "tandem.lock";
constexpr std::string_view unchecked_name = "data.mdb";  // of format 1

/// A file has room for so much before it is replaced, however little is in it.
constexpr std::size_t room_min = std::size_t{1} << 20;
constexpr std::size_t write_size = std::size_t{1} << 20;
constexpr int set_aside_max = 1000;

std::uint64_t random_id() {
  std::random_device source;
  return (std::uint64_t{source()} << 32) | source();
}

std::size_t size_of(unwritten_item const& item) {
  return journal_record_size(item.key.size(), item.value.size());
}

}  // namespace

std::size_t journal::store::length_for(std::size_t record_bytes) {
  std::size_t const needed = journal_block + 2 * record_bytes + room_min;
  return (needed + journal_block - 1) / journal_block * journal_block;
}

base::result<std::unique_ptr<journal::store>> journal::store::open(journal_settings const& settings,
                                                                   journal_findings& found) {
  std::unique_ptr<store> made(new store(settings));
  if (auto const locked = made->lock_directory(); !locked) return locked.error();
  if (::access(made->path(unchecked_name).c_str(), F_OK) == 0) {
    return made->refused(
        unchecked_name,
        "an earlier version of Tandem wrote it, without checksums; let that version write to L2 what is "
        "in it, then remove the file");
  }
  if (auto const read = made->read_last(found); !read) return read.error();
  for (item_ref const& each : found.restored) made->contents_.put(each);
  if (int const code = made->replace_file(made->contents_)) return made->failed("cannot be written", code);
  return made;
}

base::result<bool> journal::store::lock_directory() {
  if (::mkdir(settings_.directory.c_str(), 0700) != 0 && errno != EEXIST) {
    return failed("cannot make the directory", errno);
  }
  lock_ = journal_file(::open(path(lock_name).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock_.is_open()) return failed("cannot use the directory", errno);
  if (::flock(lock_.descriptor(), LOCK_EX | LOCK_NB) != 0) return failed("another process uses it", errno);
  return true;
}

base::result<bool> journal::store::read_last(journal_findings& found) {
  journal_file const file(::open(path(log_name).c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!file.is_open() && errno == ENOENT) return true;
  struct stat status {};
  if (!file.is_open() || ::fstat(file.descriptor(), &status) != 0) return failed("cannot be opened", errno);
  if (!S_ISREG(status.st_mode)) return refused(log_name, "it is not a file");
  auto content = read_journal(file.descriptor(), static_cast<std::uint64_t>(status.st_size));
  if (content.is_of_another_format) return refused(log_name, "another version of Tandem wrote it");
  found.restored = std::move(content.items);
  if (!content.damage) return true;
  return handle(*content.damage, found);
}

base::result<bool> journal::store::handle(journal_damage const& damage, journal_findings& found) {
  std::size_t const kept = found.restored.size();
  if (settings_.damaged == damage_policy::refuse) {
    return refused(log_name,
                   fmt::format("{}. Nothing was changed; damaged: skip sets the file aside and keeps the {} "
                               "values that are certain",
                               to_string(damage), kept));
  }
  auto const aside = set_aside();
  if (!aside) return aside.error();
  found.lost = damage.lost();
  found.notice =
      refused(log_name, fmt::format("{}. It is set aside as {}, and {} values that are certain are kept",
                                    to_string(damage), *aside, kept))
          .message;
  return true;
}

/// A second name: under its own the file stays until the new one takes its place.
base::result<std::string> journal::store::set_aside() const {
  for (int number = 1; number <= set_aside_max; ++number) {
    std::string name = fmt::format("{}.damaged-{}", log_name, number);
    if (::link(path(log_name).c_str(), path(name).c_str()) == 0) return name;
    if (errno != EEXIST) return failed("the damaged file cannot be set aside", errno);
  }
  return refused(log_name, fmt::format("there are {} damaged ones already; remove some", set_aside_max));
}

base::result<bool> journal::store::apply(changes const& batch) {
  std::vector<due_change> due;
  for (auto const& [key, made] : batch) {
    if (is_due(key, made)) due.push_back({key, made.version, made.item});
  }
  return apply(due);
}

base::result<bool> journal::store::apply(std::string const& key, change const& made) {
  if (!is_due(key, made)) return apply(std::vector<due_change>());
  return apply(std::vector{due_change{key, made.version, made.item}});
}

/// Whether it changes anything: no newer version is there, and what is to be removed is.
bool journal::store::is_due(std::string const& key, change const& made) const {
  auto const present = contents_.items.find(key);
  if (present == contents_.items.end()) return made.item != nullptr;
  return present->second->version <= made.version;
}

base::result<bool> journal::store::apply(std::vector<due_change> const& due) {
  system_fails_ = false;
  if (due.empty() && !file_failed_) return true;
  if (!has_room_for(due)) return failed("cannot be written", ENOSPC);
  auto written = write(due);
  system_fails_ = !written;
  return written;
}

base::result<bool> journal::store::write(std::vector<due_change> const& due) {
  auto const change = [&due](contents& all) {
    for (due_change const& each : due) each.item ? all.put(each.item) : all.remove(each.key);
  };
  std::string records;
  std::uint64_t number = log_.head.records;
  for (due_change const& each : due) {
    ++number;
    if (each.item) append_put(records, log_.head.id, number, *each.item);
    if (!each.item) append_removal(records, log_.head.id, number, each.key, each.version);
  }
  if (!file_failed_ && log_.head.confirmed + records.size() <= log_.head.length) {
    if (int const code = append(records, due.size())) return failed("cannot be written", code);
    change(contents_);
    return true;
  }
  contents next = contents_;
  change(next);
  if (int const code = replace_file(next)) return failed("cannot be written", code);
  contents_ = std::move(next);
  return true;
}

/// Removals always find room: the file may grow by them.
bool journal::store::has_room_for(std::vector<due_change> const& due) const {
  std::size_t added = 0;
  std::size_t replaced = 0;
  for (due_change const& each : due) {
    if (!each.item) continue;
    added += size_of(*each.item);
    auto const present = contents_.items.find(each.key);
    if (present != contents_.items.end()) replaced += size_of(*present->second);
  }
  return added <= replaced || length_for(contents_.bytes + added - replaced) <= settings_.bytes_max;
}

void journal::store::contents::put(item_ref item) {
  remove(item->key);
  bytes += size_of(*item);
  std::string_view const key = item->key;
  items.emplace(key, std::move(item));
}

void journal::store::contents::remove(std::string_view key) {
  auto const present = items.find(key);
  if (present == items.end()) return;
  bytes -= size_of(*present->second);
  items.erase(present);  // with its key, which is the old item's
}

/// The head tells of the records once they are there; with fsync: always, on the disk.
int journal::store::append(std::string_view records, std::uint64_t count) {
  journal_head next = log_.head;
  next.confirmed += records.size();
  next.records += count;
  int code = log_.file.write_at(log_.head.confirmed, records);
  if (code == 0 && settings_.fsync == fsync_policy::always) code = log_.file.sync();
  if (code == 0) code = log_.file.write_at(0, encode(next));
  file_failed_ = code != 0;
  if (code == 0) log_.head = next;
  return code;
}

int journal::store::replace_file(contents const& all) {
  log_file made;
  int code = write_new(made, all);
  if (code == 0 && ::rename(path(new_name).c_str(), path(log_name).c_str()) != 0) code = errno;
  if (code != 0) return code;
  log_ = std::move(made);
  code = sync_directory(settings_.directory.c_str());
  file_failed_ = code != 0;
  return code;
}

int journal::store::write_new(log_file& made, contents const& all) const {
  made.head = {random_id(), length_for(all.bytes), journal_block, 0};
  made.file = journal_file(::open(path(new_name).c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!made.file.is_open()) return errno;
  int code = ::posix_fallocate(made.file.descriptor(), 0, static_cast<off_t>(made.head.length));
  std::string records;
  auto const write = [&] {
    if (code == 0) code = made.file.write_at(made.head.confirmed, records);
    made.head.confirmed += records.size();
    records.clear();
  };
  for (auto const& [key, item] : all.items) {
    append_put(records, made.head.id, ++made.head.records, *item);
    if (records.size() >= write_size) write();
  }
  write();
  if (code == 0) code = made.file.write_at(0, encode(made.head));
  return code == 0 ? made.file.sync() : code;
}

base::result<bool> journal::store::sync() {
  if (int const code = log_.file.sync()) {
    file_failed_ = true;
    return failed("cannot be synced", code);
  }
  return true;
}

std::string journal::store::path(std::string_view name) const {
  return fmt::format("{}/{}", settings_.directory, name);
}

base::error journal::store::failed(std::string_view what, int code) const {
  return {base::error_kind::refused,
          fmt::format("journal {}: {}: {}", settings_.directory, what, std::strerror(code))};
}

base::error journal::store::refused(std::string_view name, std::string_view why) const {
  return {base::error_kind::configuration, fmt::format("journal {}: {}", path(name), why)};
}

}  // namespace tandem::tier
