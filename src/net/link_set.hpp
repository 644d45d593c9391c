// One worker's connections to one server, on the same terms: all who name it so share them, and what is known of it. Each
// codec's kind of server has its own, which makes the links and knows what they were told.
#pragma once

#include "base/log.hpp"
#include "net/link_registry.hpp"
#include "net/name_watch.hpp"
#include "net/pipeline.hpp"
#include "net/prober.hpp"
#include "net/watched_server.hpp"
#include "policy/retry_budget.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tandem::net {

/// How it stands with a server and one of its keys, for people.
struct standing {
  std::string words = {};  // nothing where all is well
  bool serves = true;      // it is asked for the key
};

template <class Codec>
class link_set : public registered, private prober::subject, private name_watch::follower {
 public:
  using link = pipeline<Codec>;

  /// How such a server is asked how it is.
  struct question {
    std::string_view words;
    bool (*is_well)(typename Codec::reply_type const& said);
  };

  /// Requests for one key always take the same link, so that they stay in order.
  std::size_t index_for(std::string_view key) const {
    return links_.size() == 1 ? 0 : std::hash<std::string_view>()(key) % links_.size();
  }
  link& at(std::size_t index) const { return *links_[index]; }
  link& link_for(std::string_view key) const { return at(index_for(key)); }
  link& any() const { return *links_.front(); }

  endpoint const& where() const { return any().where(); }

  /// Whether it could not be reached when that was last tried.
  bool down() const { return any().down(); }

  /// What this worker's link does not know others may: who has no connection here meets what they have met.
  standing standing_for(std::string_view key) const {
    link& through = link_for(key);
    bool const connected = !through.down() && !through.peer().empty();
    std::string why_not = watched_.why_not_asked(key, through.reactor().now());
    auto const seen = watched_.trouble_of_any();
    if (!seen || (is_down_by(seen->kind) && connected)) {
      if (!why_not.empty()) return {std::move(why_not), false};
      return {watched_.suspected() ? "has failed since it last answered" : ""};
    }
    std::string const trouble = std::string(effect_of(seen->kind)) + ": " + seen->words;
    if (!why_not.empty()) return {why_not + "; " + trouble, false};
    return {trouble, !is_down_by(seen->kind)};
  }

  bool quiet() const override {
    return std::ranges::all_of(links_, [](auto const& each) { return each->quiet(); });
  }

  watched_server& watched() { return watched_; }

  /// See pipeline. From the event loop alone.
  void abandon(base::error const& why) {
    for (auto const& each : links_) each->abandon(why);
  }

  /// Somebody asks for the first time.
  void asked() { budget_.asked(); }

  /// Whether a request may be sent again: not more than a part of those that were asked lately, and a few a second.
  bool allows_retry() {
    bool const allowed = budget_.take() || watched_.spare_retry(any().reactor().now());
    (allowed ? retries_ : retries_refused_).add();
    return allowed;
  }

  /// Somebody gives requests so long; the server may be silent for as long as the most patient wait.
  void allow(std::chrono::milliseconds timeout) {
    for (auto const& each : links_) each->allow(timeout);
  }

 protected:
  /// `on` are the terms of the links, which are then added.
  link_set(server_health& health, metrics::worker_metrics& metrics, base::identity const& who,
           server_name const& first, upstream_options const& on)
      : watched_(health, metrics, who, first, {on.breaker, on.retry.budget_min, on.pending_max}),
        budget_(on.retry.budget_percent),
        moved_(metrics.counter(metrics::server_moves_total, labels(first))),
        retries_(metrics.counter(metrics::server_retries_total, labels(first))),
        retries_refused_(metrics.counter(metrics::server_retries_refused_total, labels(first))) {}

  void add(std::unique_ptr<link> made) { links_.push_back(std::move(made)); }

  /// From now on it is asked by itself, and its name looked up. All links have been added.
  void probe_with(question asked) {
    question_ = asked;
    prober_.emplace(any().reactor(), watched_.worker_metrics(), watched_,
                    static_cast<prober::subject&>(*this), any().options());
    name_.emplace(any().reactor(), where(), any().options().resolve_every,
                  static_cast<name_watch::follower&>(*this));
  }

 private:
  /// The one that was heard last, of those that can be asked; none: null. Once it has failed, also one that nobody here has wanted:
  /// whoever had others may be gone.
  link* best() const {
    link* found = nullptr;
    for (auto const& each : links_) {
      bool const known = each->used() || !watched_.trusted();
      if (!known || each->down()) continue;
      if (!found || each->last_reply() > found->last_reply()) found = each.get();
    }
    return found;
  }

  bool can_be_probed() const override { return best() != nullptr; }
  base::time_point last_heard() const override {
    base::time_point last{};
    for (auto const& each : links_) last = std::max(last, each->last_reply());
    return last;
  }

  base::task<prober::answer> probe() override {
    link& through = *best();
    base::time_point const started = through.reactor().now();
    request_terms terms{started + through.options().timeout};
    terms.priority = priority::probe;
    auto const said =
        co_await through.send(terms, [this](base::output_buffer& output) { output.append(question_.words); });
    if (said) co_return question_.is_well(said->front()) ? prober::answer::well : prober::answer::silent;
    // Part of a long answer is one, too.
    bool const silent =
        said.error().reason.kind == base::error_kind::timeout && through.last_progress() <= started;
    if (silent) through.replace();
    co_return silent ? prober::answer::silent : prober::answer::lost;
  }

  bool connected() const override {
    return std::ranges::any_of(links_, [](auto const& each) { return !each->peer().empty(); });
  }

  /// What is connected to elsewhere goes over new connections: what was sent is answered before.
  void on_addresses(std::vector<std::string> const& found) override {
    for (auto const& each : links_) {
      std::string const at = each->peer();
      if (at.empty() || std::ranges::find(found, at) != found.end() || !each->renew()) continue;
      moved_.add();
      std::string const news = at + " " + found.front();
      if (watched_.is_new(news)) {
        base::log_info("{}: its name stands for {} now, and not for {} any more; it is connected to anew",
                       watched_.counted_as().str(), found.front(), at);
      }
    }
  }

  static metrics::labels labels(server_name const& of) {
    return {{"backend", of.backend}, {"server", of.server}};
  }

  watched_server watched_;  // outlives the links
  policy::retry_budget budget_;
  metrics::counter& moved_;
  metrics::counter& retries_;
  metrics::counter& retries_refused_;
  std::vector<std::unique_ptr<link>> links_;
  question question_{};
  std::optional<prober> prober_;    // asks over the links
  std::optional<name_watch> name_;  // has them made anew
};

}  // namespace tandem::net
