// What becomes of a request that comes when as many as limits.in_flight allows wait for their answers: it is answered at once,
// counted, and told in the log, which has a line a second of it for the whole process.
#pragma once

#include "base/task.hpp"
#include "model/response.hpp"

namespace tandem::frontend {

struct service;

base::task<model::response> overloaded(service const& shared);

}  // namespace tandem::frontend
