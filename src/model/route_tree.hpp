// Routes that belong together, from the root on: a graph without cycles, in which several may ask the same route. Every call
// of the life cycle reaches each route once, parents before children. Belongs to one worker.
#pragma once

#include "model/route.hpp"

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace tandem::model {

/// The route itself and all that are below it, each once, parents before children.
std::vector<route*> all_below(route& top);

class route_tree {
 public:
  route_tree() = default;

  /// Takes a route whose children are in the tree already.
  template <class Route>
  Route& add(std::unique_ptr<Route> made) {
    Route& added = *made;
    routes_.push_back(std::move(made));
    return added;
  }

  /// The last that was added.
  route& root() const { return *routes_.back(); }

  void start();
  bool busy() const;
  void drain();
  void retire();
  void stop();
  bool invalidate(std::string_view source, invalidation const& what);

  ~route_tree() { clear(); }
  route_tree(route_tree&&) = default;
  route_tree& operator=(route_tree&& other) {
    clear();
    routes_ = std::move(other.routes_);
    return *this;
  }

  /// Destroys the routes, parents before children.
  void clear();

 private:
  std::vector<std::unique_ptr<route>> routes_;  // children before parents
};

/// A tree that clients have entered: each holds the one that its requests under way are in, so that another can take its
/// place meanwhile. Counted on its worker's thread alone.
struct entered_tree : boost::intrusive_ref_counter<entered_tree, boost::thread_unsafe_counter> {
  explicit entered_tree(route_tree made) : routes(std::move(made)) {}
  virtual ~entered_tree() = default;

  route_tree routes;
};

using tree_pointer = boost::intrusive_ptr<entered_tree>;

}  // namespace tandem::model
