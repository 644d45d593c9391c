#include "tier/write_back/journal_reader.hpp"

#include "tier/write_back/journal_format.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <unordered_map>
#include <unordered_set>

namespace tandem::tier {
namespace {

constexpr std::size_t window = std::size_t{1} << 20;
constexpr std::size_t search_step = std::size_t{1} << 16;

/// The bytes of a file. What cannot be read is not there.
class source {
 public:
  explicit source(int file) : file_(file) {}

  /// Fewer where the file ends or fails. Good until the next call.
  std::string_view at(std::uint64_t offset, std::size_t size) {
    bool const held = offset >= start_ && offset + size <= start_ + bytes_.size();
    if (!held) fill(offset, std::max(size, window));
    return std::string_view(bytes_).substr(static_cast<std::size_t>(offset - start_), size);
  }

 private:
  void fill(std::uint64_t offset, std::size_t size) {
    start_ = offset;
    bytes_.resize(size);
    std::size_t filled = 0;
    while (filled < size) {
      ssize_t const got =
          ::pread(file_, bytes_.data() + filled, size - filled, static_cast<off_t>(offset + filled));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) break;
      filled += static_cast<std::size_t>(got);
    }
    bytes_.resize(filled);
  }

  int const file_;
  std::uint64_t start_ = 0;
  std::string bytes_;
};

/// The values that the records leave behind.
class replay {
 public:
  void apply(journal_record const& record, std::string_view value) {
    uncertain_.erase(record.key);
    if (record.what == journal_record::kind::removal) {
      values_.erase(record.key);
      return;
    }
    values_[record.key] = std::make_shared<unwritten_item const>(
        unwritten_item{record.key, std::string(value), record.flags, record.expires_at, record.version});
  }
  void lose(std::string const& key) {
    uncertain_.erase(key);
    values_.erase(key);
  }
  void lose_all() {
    for (auto const& [key, value] : values_) uncertain_.insert(key);
    values_.clear();
  }

  std::size_t uncertain() const { return uncertain_.size(); }
  std::vector<std::shared_ptr<unwritten_item const>> values() const {
    std::vector<std::shared_ptr<unwritten_item const>> all;
    all.reserve(values_.size());
    for (auto const& [key, value] : values_) all.push_back(value);
    std::ranges::sort(all, {}, &unwritten_item::version);
    return all;
  }

 private:
  std::unordered_map<std::string, std::shared_ptr<unwritten_item const>> values_;
  std::unordered_set<std::string> uncertain_;
};

class reader {
 public:
  reader(int file, std::uint64_t size) : bytes_(file), size_(size) {}

  journal_content read() {
    std::string_view const block = bytes_.at(0, journal_block);
    if (is_head_of_another_format(block)) return {{}, std::nullopt, true};
    auto const head = decode_journal_head(block);
    if (!head) return {{}, journal_damage{}, false};
    head_ = *head;
    offset_ = journal_block;
    if (size_ != head_.length) note_damage(std::min(size_, head_.length));
    while (offset_ < head_.confirmed) read_confirmed();
    while (read_unconfirmed()) continue;
    if (damage_) {
      damage_->records = head_.records;
      damage_->uncertain = values_.uncertain();
    }
    return {values_.values(), damage_, false};
  }

 private:
  void note_damage(std::uint64_t offset) {
    if (!damage_) damage_ = journal_damage{};
    bool const first = damage_->offset == 0 || offset < damage_->offset;
    if (first) damage_->offset = offset;
  }

  /// What precedes the value of a record that is whole, and ends before `end`.
  std::optional<journal_record> record_at(std::uint64_t offset, std::uint64_t end) {
    std::string_view const fixed = bytes_.at(offset, journal_record::fixed_size);
    if (fixed.size() < journal_record::fixed_size || !fixed.starts_with(journal_record::mark))
      return std::nullopt;
    auto record = decode_journal_record(bytes_.at(offset, claimed_value_offset(fixed)), head_.id);
    if (record && offset + record->size() > end) return std::nullopt;
    return record;
  }

  /// Its value, unless it is damaged.
  std::optional<std::string_view> value_of(journal_record const& record) {
    std::string_view const bytes =
        bytes_.at(offset_ + record.value_offset(), record.value_size + journal_record::checksum_size);
    if (!is_unchanged_value(record, bytes)) return std::nullopt;
    return bytes.substr(0, record.value_size);
  }

  void read_confirmed() {
    auto const record = record_at(offset_, head_.confirmed);
    if (!record || record->number != next_) return skip_damage();
    if (auto const value = value_of(*record)) {
      values_.apply(*record, *value);
    } else {
      note_damage(offset_);
      ++damage_->unreadable;
      values_.lose(record->key);
    }
    offset_ += record->size();
    ++next_;
  }

  bool read_unconfirmed() {
    auto const record = record_at(offset_, head_.length);
    if (!record || record->number != next_) return false;
    auto const value = value_of(*record);
    if (!value) return false;
    values_.apply(*record, *value);
    offset_ += record->size();
    ++next_;
    return true;
  }

  /// On to the next record that can be read, or to the end.
  void skip_damage() {
    note_damage(offset_);
    values_.lose_all();
    std::uint64_t const end = std::min(head_.confirmed, size_);
    for (++offset_; offset_ < end; ++offset_) {
      std::size_t const left = static_cast<std::size_t>(std::min<std::uint64_t>(end - offset_, search_step));
      std::size_t const found = bytes_.at(offset_, left).find(journal_record::mark);
      if (found == std::string_view::npos) {
        // A mark may begin in the last bytes of what was searched.
        offset_ += std::max<std::size_t>(left, journal_record::mark.size()) - journal_record::mark.size();
        continue;
      }
      offset_ += found;
      auto const record = record_at(offset_, head_.confirmed);
      if (!record || record->number <= next_ || record->number > head_.records) continue;
      damage_->unreadable += record->number - next_;
      next_ = record->number;
      return;
    }
    damage_->unreadable += head_.records + 1 - next_;
    next_ = head_.records + 1;
    offset_ = head_.confirmed;
  }

  source bytes_;
  std::uint64_t const size_;
  journal_head head_;
  std::uint64_t offset_ = 0;
  std::uint64_t next_ = 1;  // the number of the record at the offset
  replay values_;
  std::optional<journal_damage> damage_;
};

}  // namespace

journal_content read_journal(int file, std::uint64_t size) { return reader(file, size).read(); }

std::string to_string(journal_damage const& damage) {
  if (damage.offset == 0) return "its head is damaged, and so nothing in it can be read";
  return fmt::format(
      "damaged at byte {}: {} of its {} records cannot be read, and {} values that can are not certain, "
      "since these "
      "may have replaced them",
      damage.offset, damage.unreadable, damage.records, damage.uncertain);
}

}  // namespace tandem::tier
