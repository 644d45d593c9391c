// Everything behind a client session is a route: it takes a request and gives a response. Servers are routes,
// and so are compositions of routes.
//
// A route tree belongs to one worker and is called on its thread only. The request and the context outlive
// the task. A route that only picks a destination returns the destination's task rather than awaiting it.
// Destroying a task abandons the request: what was not yet written to a server is not written any more.
#pragma once

#include "base/clock.hpp"
#include "base/task.hpp"
#include "model/request.hpp"
#include "model/response.hpp"

#include <string>
#include <string_view>

namespace tandem::model {

/// What the routes of one worker share while they answer.
struct request_context {
  base::clock const& clock;
};

/// Where a key goes, for `tandem explain` and the admin port. Filled from the outside in.
struct explanation {
  std::string rule;         // as written in the configuration
  std::string backend;      // its name
  std::string key;          // as the backend sees it, after rewriting
  std::string destination;  // the server, slot or stripe, in words
};

class route {
 public:
  virtual ~route() = default;

  virtual base::task<response> handle(request const& asked, request_context& context) = 0;

  /// Says where `key` would go, without asking any server.
  virtual void explain(std::string_view key, explanation& where) const = 0;
};

}  // namespace tandem::model
