// The reply to `stats`, in text and in binary: which group or order the client's words name, and how its dialect tells the
// rows. It is made when its turn comes, so that it counts the commands before it.
//
//   | group, order           | text                             | binary                                |
//   |------------------------|----------------------------------|---------------------------------------|
//   | none, items, slabs, .. | STAT lines, END                  | a packet each, and an empty one       |
//   | conns, cachedump       | STAT lines, END                  | not found                             |
//   | reset                  | RESET                            | an empty packet                       |
//   | detail on, off         | OK                               | an empty packet                       |
//   | detail dump            | PREFIX lines, END                | all of that as "detailed"; an empty one |
//   | detail and other words | CLIENT_ERROR with usage          | not found                             |
//   | any other              | ERROR                            | not found                             |
//
// Text compares whole words and has no use for those that follow; binary looks only at how the name begins, where it is
// reset, settings or detail, and else wants all of it. So does memcached.
#pragma once

#include "base/slice.hpp"
#include "frontend/reply_queue.hpp"
#include "frontend/stats.hpp"

#include <memory>
#include <string_view>

namespace tandem::frontend {

/// `arguments` is what stood behind `stats`.
std::unique_ptr<late_reply> text_statistics(stats& from, std::string_view arguments,
                                            net::server_details details);

/// `name` is the packet's key, and `header` its header.
std::unique_ptr<late_reply> binary_statistics(stats& from, std::string_view name, net::server_details details,
                                              base::slice header);

}  // namespace tandem::frontend
