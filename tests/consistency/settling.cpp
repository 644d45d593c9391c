#include "consistency/settling.hpp"

#include <algorithm>

namespace tandem::consistency {

bool definite(operation const& write) {
  return write.how == outcome::done || (write.what == verb::remove && write.how == outcome::absent);
}

moment end_of(operation const& write) { return definite(write) ? write.end : never; }

moment settling::of(operation const& write, unsigned reader) const {
  if (!definite(write)) return never;
  if (reader == past_tandem) return write.end;
  if (write.way == past_tandem) return write.end + whole_.promised.unseen;
  // The process remembers what it could not remove, and does not ask that server.
  if (reader == write.way) return write.end;
  return after_outages(write);
}

moment settling::of(operation const& write) const { return std::max(of(write, 0), of(write, 1)); }

moment settling::of_failed(operation const& write, moment seen, unsigned reader) const {
  if (write.answer != failed) return never;
  if (reader == past_tandem || write.way == past_tandem) return seen;
  moment replayed = never;
  for (calm const& each : whole_.calms) {
    if (each.process == write.way && each.when > write.end) replayed = std::min(replayed, each.when);
  }
  return std::max(replayed, seen);
}

moment settling::after_outages(operation const& write) const {
  moment settled = write.end;
  auto const server = whole_.server_of.find(write.key);
  for (outage const& each : whole_.outages) {
    moment const over = each.end + whole_.promised.replay;
    bool const meant =
        each.process == write.way && (server == whole_.server_of.end() || each.server == server->second);
    if (meant && write.end >= each.start && write.start <= over) settled = std::max(settled, over);
  }
  return settled;
}

}  // namespace tandem::consistency
