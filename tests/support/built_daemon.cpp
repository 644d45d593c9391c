#include "support/built_daemon.hpp"

namespace tandem::test {

std::string tandem_binary() { return TANDEM_BINARY; }

bool tandem_is_sanitized() { return TANDEM_SANITIZED != 0; }

}  // namespace tandem::test
