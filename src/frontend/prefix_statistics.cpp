#include "frontend/prefix_statistics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace tandem::frontend {
namespace {

using model::verb;

/// A prefix with blanks or control characters, as binary keys may have, would break the dump's lines.
bool printable(std::string_view prefix) {
  return std::ranges::all_of(
      prefix, [](char byte) { return static_cast<unsigned char>(byte) > ' ' && byte != '\x7f'; });
}

void add(prefix_statistics::counts& to, prefix_statistics::counts const& more) {
  to.gets += more.gets;
  to.hits += more.hits;
  to.sets += more.sets;
  to.deletes += more.deletes;
}

/// memcached's own list: a gat is a get, and so is the binary touch; counters are nothing.
prefix_statistics::counts one_of(model::request const& asked, model::response const& answer,
                                 command_origin from) {
  bool const touched = asked.command == verb::touch && from == command_origin::binary;
  if (model::retrieves(asked.command) || touched) return {.gets = 1, .hits = answer.hit() ? 1u : 0u};
  if (model::stores(asked.command)) return {.sets = 1};
  return {.deletes = asked.command == verb::remove ? 1u : 0u};
}

}  // namespace

void prefix_statistics::sheet::count_now(model::request const& asked, model::response const& answer,
                                         command_origin from) {
  if (from == command_origin::meta) return;
  counts const one = one_of(asked, answer, from);
  if (one.gets + one.sets + one.deletes == 0) return;
  std::lock_guard const lock(mutex_);
  if (counts* const found = find(asked.key.view())) add(*found, one);
}

prefix_statistics::counts* prefix_statistics::sheet::find(std::string_view key) {
  std::size_t const end = key.find(delimiter);
  if (end == std::string_view::npos) return nullptr;
  std::string_view const prefix = key.substr(0, end);
  auto const known = seen_.find(prefix);
  if (known != seen_.end()) return &known->second;
  if (seen_.size() >= prefixes_max || !printable(prefix)) return nullptr;
  return &seen_[std::string(prefix)];
}

prefix_statistics::sheet& prefix_statistics::add_worker() {
  std::lock_guard const lock(mutex_);
  return sheets_.emplace_back(on_);
}

std::string prefix_statistics::dump() {
  by_prefix sums;
  std::lock_guard const lock(mutex_);
  for (sheet& each : sheets_) {
    std::lock_guard const its(each.mutex_);
    for (auto const& [prefix, seen] : each.seen_) add(sums[prefix], seen);
  }
  std::string text;
  for (auto const& [prefix, sum] : sums) {
    fmt::format_to(std::back_inserter(text), "PREFIX {} get {} hit {} set {} del {}\r\n", prefix, sum.gets,
                   sum.hits, sum.sets, sum.deletes);
  }
  return text + "END\r\n";
}

void prefix_statistics::clear() {
  std::lock_guard const lock(mutex_);
  for (sheet& each : sheets_) {
    std::lock_guard const its(each.mutex_);
    each.seen_.clear();
  }
}

}  // namespace tandem::frontend
