// What a running daemon holds, beside its memory, for which there is bench/process_account.hpp.
#pragma once

#include <sys/types.h>

#include <cstddef>

namespace tandem::chaos {

std::size_t descriptors_of(pid_t process);

}  // namespace tandem::chaos
