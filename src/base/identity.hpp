// What something is known by: a value of any type that can be compared. Those of different types differ.
#pragma once

#include <any>
#include <type_traits>
#include <utility>

namespace tandem::base {

class identity {
 public:
  template <class Value>
  requires(!std::is_same_v<std::remove_cvref_t<Value>, identity>) explicit identity(Value value)
      : value_(std::move(value)), same_(same<Value>) {}

  friend bool operator==(identity const& one, identity const& other) {
    return one.value_.type() == other.value_.type() && one.same_(one.value_, other.value_);
  }

 private:
  template <class Value>
  static bool same(std::any const& one, std::any const& other) {
    return *std::any_cast<Value>(&one) == *std::any_cast<Value>(&other);
  }

  std::any value_;
  bool (*same_)(std::any const&, std::any const&);
};

}  // namespace tandem::base
