#include "model/route_tree.hpp"

#include "support/catch.hpp"

#include <string>
#include <utility>
#include <vector>

using namespace tandem;

namespace {

/// Writes what it is told into a diary.
struct diarist final : model::route {
  diarist(std::string& into, char called, std::vector<model::route*> of = {})
      : diary(into), name(called), below(std::move(of)) {}
  ~diarist() override { diary += name; }

  base::task<model::response> handle(model::request const&, model::request_context&) override {
    return base::ready_task(model::response());
  }
  void explain(std::string_view, model::explanation&) const override {}
  std::vector<model::route*> children() const override { return below; }
  void start() override { diary += name; }
  bool busy() const override { return working; }
  void drain() override { diary += name; }
  void retire() override { diary += name; }
  void stop() override { diary += name; }
  bool invalidate(std::string_view source, model::invalidation const&) override {
    diary += name;
    return source != std::string(1, name);
  }

  std::string& diary;
  char const name;
  std::vector<model::route*> const below;
  bool working = false;
};

/// The root `r` asks `a` and `b`, and both of them `c`.
struct fixture {
  fixture() {
    c = &tree.add(std::make_unique<diarist>(diary, 'c'));
    auto& a = tree.add(std::make_unique<diarist>(diary, 'a', std::vector<model::route*>{c}));
    auto& b = tree.add(std::make_unique<diarist>(diary, 'b', std::vector<model::route*>{c}));
    tree.add(std::make_unique<diarist>(diary, 'r', std::vector<model::route*>{&a, &b}));
  }

  std::string written() { return std::exchange(diary, {}); }

  std::string diary;
  model::route_tree tree;
  diarist* c = nullptr;
};

}  // namespace

TEST_CASE_METHOD(fixture, "every route of a tree is reached once, parents before children") {
  tree.start();
  CHECK(written() == "rbac");
  tree.drain();
  CHECK(written() == "rbac");
  tree.retire();
  CHECK(written() == "rbac");
  CHECK(tree.invalidate("x", {}));
  CHECK(written() == "rbac");
  tree.stop();
  CHECK(written() == "rbac");
  tree.clear();
  CHECK(written() == "rbac");
}

TEST_CASE_METHOD(fixture, "a tree is busy while one of its routes is") {
  CHECK_FALSE(tree.busy());
  c->working = true;
  CHECK(tree.busy());
}

TEST_CASE_METHOD(fixture,
                 "one route that cannot keep up with an invalidation is told of, and all hear of it") {
  CHECK_FALSE(tree.invalidate("b", {}));
  CHECK(written() == "rbac");
}

TEST_CASE_METHOD(fixture,
                 "what is below a route is found once, parents before children, and it is the first") {
  std::string names;
  for (model::route* const each : model::all_below(tree.root())) names += static_cast<diarist*>(each)->name;
  CHECK(names.size() == 4);
  CHECK(names.front() == 'r');
  CHECK(names.back() == 'c');
  CHECK(model::all_below(*c).size() == 1);
}

TEST_CASE("the routes of a tree that is replaced are destroyed, parents first") {
  std::string diary;
  model::route_tree tree;
  auto& child = tree.add(std::make_unique<diarist>(diary, 'c'));
  tree.add(std::make_unique<diarist>(diary, 'p', std::vector<model::route*>{&child}));
  tree = model::route_tree();
  CHECK(diary == "pc");
}
