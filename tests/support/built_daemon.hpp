// The daemon that this build has made. The only part of what meets it from outside that differs between builds.
#pragma once

#include <string>

namespace tandem::test {

/// Its file.
std::string tandem_binary();

/// Whether it has a sanitizer that makes it slow and keeps what is freed for a while: what it resides in says little then.
bool tandem_is_sanitized();

}  // namespace tandem::test
