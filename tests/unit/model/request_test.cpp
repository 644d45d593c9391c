#include "model/request.hpp"

#include "support/catch.hpp"
#include "unit/model/requests.hpp"

#include <functional>

using namespace tandem::model;
using namespace tandem::model::tests;

namespace {

using change = std::function<void(request&)>;

request changed(verb command, change const& how) {
  request made = ask(command, "k");
  how(made);
  return made;
}

void nothing(request&) {}
void vivifies(request& asked) { asked.vivify = exptime(30); }
void recaches(request& asked) { asked.recache = exptime(30); }
void compares(request& asked) { asked.compare_cas = 1; }
void compares_zero(request& asked) { asked.compare_cas = 0; }
void chooses_cas(request& asked) { asked.new_cas = 1; }
void invalidates(request& asked) { asked.options = option::invalidate; }

}  // namespace

TEST_CASE("a get and a debug change nothing, unless whose turn it is to store the item") {
  CHECK(reads_only(ask(verb::get, "k")));
  CHECK(reads_only(ask(verb::debug, "k")));
  CHECK_FALSE(reads_only(changed(verb::get, vivifies)));
  CHECK_FALSE(reads_only(changed(verb::get, recaches)));
  for (verb const command :
       {verb::get_and_touch, verb::touch, verb::set, verb::increment, verb::remove, verb::flush})
    CHECK_FALSE(reads_only(ask(command, "k")));
}

TEST_CASE("a set is plain that asks for nothing but what memcached's first protocol knew") {
  CHECK(plain_set(changed(verb::set, nothing)));
  for (change const& how :
       {change(compares), change(compares_zero), change(chooses_cas), change(vivifies), change(invalidates)})
    CHECK_FALSE(plain_set(changed(verb::set, how)));
  for (verb const command : {verb::add, verb::replace, verb::append, verb::cas, verb::get})
    CHECK_FALSE(plain_set(ask(command, "k")));
}

TEST_CASE("a cas of zero is any for changes to a value, and one like others for everything else") {
  for (verb const command : {verb::append, verb::prepend, verb::increment, verb::decrement}) {
    CHECK_FALSE(compares_cas(changed(command, compares_zero)));
    CHECK(compares_cas(changed(command, compares)));
    CHECK_FALSE(compares_cas(ask(command, "k")));
  }
  for (verb const command : {verb::set, verb::cas, verb::remove, verb::touch})
    CHECK(compares_cas(changed(command, compares_zero)));
}

TEST_CASE("what compares a cas, or gives somebody a turn, is not the same done twice") {
  CHECK(repeatable(ask(verb::set, "k")));
  CHECK(repeatable(ask(verb::get, "k")));
  for (change const& how : {change(compares), change(vivifies), change(recaches), change(invalidates)})
    CHECK_FALSE(repeatable(changed(verb::get, how)));
  CHECK_FALSE(repeatable(ask(verb::increment, "k")));
}

TEST_CASE("what is wanted can be taken away again") {
  CHECK(without(want::value | want::cas, want::cas) == want::value);
  CHECK(without(want::cas, want::cas | want::ttl) == want::nothing);
}
