#include "config/suggestion.hpp"

#include "support/catch.hpp"

#include <array>

namespace tandem::config {

namespace {

constexpr std::array<std::string_view, 4> known{"address", "mode", "timeout", "connect_timeout"};

}  // namespace

TEST_CASE("the nearest name is found across insertions, deletions, substitutions and swaps") {
  CHECK(nearest("adress", known) == "address");
  CHECK(nearest("addresss", known) == "address");
  CHECK(nearest("oddress", known) == "address");
  CHECK(nearest("tiemout", known) == "timeout");
  CHECK(nearest("mdoe", known) == "mode");
  CHECK(nearest("connect-timeout", known) == "connect_timeout");
}

TEST_CASE("a name unlike all others has no nearest") {
  CHECK(nearest("weight", known).empty());
  CHECK(nearest("", known).empty());
  CHECK(nearest("x", known).empty());
  CHECK(nearest("timeout", {}).empty());
}

TEST_CASE("a name is not suggested for one that shares nothing with it") {
  constexpr std::array<std::string_view, 1> single{"m"};
  CHECK(nearest("x", single).empty());
}

TEST_CASE("the advice names the nearest, or else all") {
  CHECK(advice_for("adress", known) == ", did you mean \"address\"?");
  CHECK(advice_for("weight", known) == "; write one of address, mode, timeout, connect_timeout");
  CHECK(advice_for("weight", std::span(known).first(1)) == "; write address");
}

}  // namespace tandem::config
