// flush_all on Redis: refused, or deletion on every master of what belongs to the backend.
#pragma once

#include "backend/redis/directory.hpp"
#include "backend/redis/flush_gate.hpp"
#include "model/response.hpp"

namespace tandem::backend::redis {

/// Acts as settings.options.flush says, and at once: whoever asks waits for a delay to be over. The first failure is the
/// answer; its fate is `never` where no server has deleted anything. Each step on a server has the backend's time-out, since the
/// whole takes as long as there are keys; for which reason there is one `scan` at a time. It stays behind what the client has
/// sent before.
base::task<model::response> flush(node_settings const& settings, directory& nodes, flush_gate& gate,
                                  base::clock const& clock, std::uint32_t client);

/// Whether every master answers within the backend's time-out, on the way that a flush takes, and is still one then.
base::task<bool> all_masters_answer(node_settings const& settings, directory& nodes,
                                    base::clock const& clock);

/// A pattern for SCAN that matches the keys which begin with `prefix`, whatever is in it.
std::string keys_under(std::string_view prefix);

}  // namespace tandem::backend::redis
