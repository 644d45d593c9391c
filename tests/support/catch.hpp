// Catch2 under one name: version 3 where the distribution has it, version 2 on Debian 12.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif
