#include "model/verb.hpp"

#include "support/catch.hpp"

#include <set>
#include <string_view>
#include <vector>

using namespace tandem::model;

namespace {

std::vector<verb> every_verb() {
  std::vector<verb> all;
  for (std::size_t index = 0; index < verb_count; ++index) all.push_back(static_cast<verb>(index));
  return all;
}

/// The names of those verbs that have one property, in the order of the enumeration.
std::vector<std::string_view> names_of(bool verb_traits::*property) {
  std::vector<std::string_view> names;
  for (verb const each : every_verb())
    if (traits(each).*property) names.push_back(traits(each).name);
  return names;
}

/// The same of a predicate.
std::vector<std::string_view> names_of(bool (*predicate)(verb)) {
  std::vector<std::string_view> names;
  for (verb const each : every_verb())
    if (predicate(each)) names.push_back(traits(each).name);
  return names;
}

using names = std::vector<std::string_view>;

}  // namespace

TEST_CASE("every verb has the name that the protocol gives it") {
  CHECK(traits(verb::get).name == "get");
  CHECK(traits(verb::get_and_touch).name == "gat");
  CHECK(traits(verb::touch).name == "touch");
  CHECK(traits(verb::set).name == "set");
  CHECK(traits(verb::add).name == "add");
  CHECK(traits(verb::replace).name == "replace");
  CHECK(traits(verb::append).name == "append");
  CHECK(traits(verb::prepend).name == "prepend");
  CHECK(traits(verb::cas).name == "cas");
  CHECK(traits(verb::increment).name == "incr");
  CHECK(traits(verb::decrement).name == "decr");
  CHECK(traits(verb::remove).name == "delete");
  CHECK(traits(verb::flush).name == "flush_all");
  CHECK(static_cast<std::size_t>(verb::flush) + 1 == verb_count);
}

TEST_CASE("no two verbs share a name") {
  std::set<std::string_view> distinct;
  for (verb const each : every_verb()) distinct.insert(traits(each).name);
  CHECK(distinct.size() == verb_count);
  CHECK(distinct.count("") == 0);
}

TEST_CASE("every verb but get and debug may change what a later get answers") {
  names const all = names_of(&verb_traits::mutates);
  CHECK(all.size() == verb_count - 2);
  CHECK_FALSE(traits(verb::get).mutates);
}

TEST_CASE("only verbs that give the same answer twice are idempotent") {
  CHECK(names_of(&verb_traits::idempotent) ==
        names{"get", "gat", "touch", "set", "replace", "debug", "flush_all"});
}

TEST_CASE("only the storing verbs carry a value") {
  CHECK(names_of(&verb_traits::has_value) == names{"set", "add", "replace", "append", "prepend", "cas"});
}

TEST_CASE("verbs are told apart by what they do to an item") {
  CHECK(names_of(retrieves) == names{"get", "gat"});
  CHECK(names_of(touches) == names{"gat", "touch"});
  CHECK(names_of(counts) == names{"incr", "decr"});
  CHECK(names_of(extends) == names{"append", "prepend"});
  CHECK(names_of(stores) == names_of(&verb_traits::has_value));
  CHECK(names_of(stores_whole) == names{"set", "add", "replace", "cas"});
}
