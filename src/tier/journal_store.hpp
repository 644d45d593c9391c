// The journal's LMDB environment: opens, reads all, applies changes in transactions. For one thread at a time.
#pragma once

#include "base/result.hpp"
#include "tier/journal.hpp"

#include <lmdb.h>

#include <string_view>

namespace tandem::tier {

class journal::store {
 public:
  static base::result<std::unique_ptr<store>> open(journal_settings const& settings);
  ~store();
  store(store const&) = delete;
  store& operator=(store const&) = delete;

  base::result<std::vector<unwritten_item>> read_all() const;

  /// One transaction for all of them: all or, on an error, none.
  base::result<bool> apply(changes const& batch);
  base::result<bool> apply(std::string const& key, change const& made);

  base::result<bool> sync();

 private:
  store() = default;

  base::error failed(std::string_view what, int code) const;
  int open_databases();
  int change_one(MDB_txn* transaction, std::string const& key, change const& made);

  std::string directory_;
  int lock_ = -1;  // a descriptor whose lock keeps other processes out
  MDB_env* environment_ = nullptr;
  MDB_dbi unwritten_ = 0;
};

}  // namespace tandem::tier
