// Everything behind a client session is a route: it takes a request and gives a response. Servers are routes,
// and so are compositions of routes.
//
// A route tree belongs to one worker and is called on its thread only. The request and the context outlive
// the task. A route that only picks a destination returns the destination's task rather than awaiting it.
// Destroying a task abandons the request: what was not yet written to a server is not written any more.
//
// A route knows those that it asks, its children, as routes and no more, and so does whoever holds the tree: all that
// concerns routes beside requests are calls of their life cycle, which model/route_tree.hpp brings to each of them once.
#pragma once

#include "base/task.hpp"
#include "model/invalidation.hpp"
#include "model/request.hpp"
#include "model/request_context.hpp"
#include "model/response.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tandem::model {

/// Where a key goes, for `tandem explain` and the admin port. Filled from the outside in.
struct explanation {
  /// What is asked for; `now`: how servers do at this moment is told in words, too, and decides what is said.
  enum class scope : std::uint8_t { configured, now };

  scope of = scope::configured;
  std::string rule;         // as written in the configuration
  std::string backend;      // its name
  std::string key;          // as the backend sees it, after rewriting
  std::string structure;    // of which the key names a part, or which it names; empty: an item
  std::string destination;  // the server, slot or stripe, in words
  bool serves = true;       // false: of what is there now no answer is to be expected
};

/// How long copies are under way, and how long they live, at most.
struct copy_times {
  base::duration settle;  // from the reading of what is copied to the copy's being stored
  base::duration life;    // of the longest-lived copy, from then on
};

/// What is known without asking anybody, as a route tells it.
inline base::task<response> answer_at_once(response answer) { co_return std::move(answer); }

class route {
 public:
  virtual ~route() = default;

  virtual base::task<response> handle(request const& asked, request_context& context) = 0;

  /// Says where `key` would go, without asking any server.
  virtual void explain(std::string_view key, explanation& where) const = 0;

  /// The routes that this one asks, in no order. One may be asked by several.
  virtual std::vector<route*> children() const { return {}; }

  // The life cycle. Each of these concerns this route alone, and not its children.

  /// The reactor is about to run; or a tree that this one has replaced is at its end, and may have left something undone.
  virtual void start() {}

  /// Whether work is under way that no client waits for.
  virtual bool busy() const { return false; }

  /// No request comes any more. What is held for later is to be written now; busy() until it is.
  virtual void drain() {}

  /// Another tree has taken this one's place, and no request comes any more. What the other can do is left to it; busy()
  /// until the rest is done.
  virtual void retire() {}

  /// Ends all work, and resumes nobody who waits in this route. Requests that are under way are destroyed afterwards, and
  /// the routes last, parents before children.
  virtual void stop() {}

  /// Somebody else has changed something in the backend `source`; empty: in any. Who holds copies of what that backend has
  /// answers none of the old ones from now on. False where it cannot keep up with single keys: then everything has to
  /// count as changed.
  virtual bool invalidate(std::string_view source, invalidation const& what);

  /// What is stored here of it is outdated; of prefixes and everything. Asked of those that a route which holds copies
  /// keeps them in.
  virtual void outdate(invalidation const& what);

  /// This route is to hold copies, of which outdate() may be called.
  virtual void hold_copies(copy_times const& times);

  /// Whether everything behind this route answers a question now: each server that keys may be read from, on the way that a flush
  /// takes, so that it has executed what it was sent before. One that is left alone does not. Here: whether all children do, one
  /// after the other; true where there are none, as of what asks nobody.
  virtual base::task<bool> reach(request_context& context);
};

inline bool route::invalidate(std::string_view, invalidation const&) { return true; }
inline void route::outdate(invalidation const&) {}
inline void route::hold_copies(copy_times const&) {}
inline base::task<bool> route::reach(request_context& context) {
  std::vector<route*> const all = children();
  for (route* const each : all) {
    bool const reached = co_await each->reach(context);
    if (!reached) co_return false;
  }
  co_return true;
}

}  // namespace tandem::model
