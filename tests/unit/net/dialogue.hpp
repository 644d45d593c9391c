// Dialogues of clients with a server through a pipeline, without a socket: a script in words, for any protocol, played as it
// stands and once more for each of its steps and each way in which a server can fail there. The next dialogue is a line
// in dialogues(); the next protocol a struct like spoken_lines.
//
//   ask X      a client asks for X. With `ask X!` it asks for X2 when X has ended, however; with `ask X~Y` it drops Y then
//   drop X     it does so no longer
//   greet      the server answers what is said first on the newest connection: as many steps as there are replies
//   reply X    the server answers X; half X and rest X, in two pieces
//   narrow     the server takes no more than one byte; shut: none; wide: what it likes
//   wait       longer than a request may take
//   renew      what was not sent yet is to go over a new connection
#pragma once

#include "net/pipeline.hpp"
#include "support/catch.hpp"
#include "unit/net/health_log.hpp"
#include "unit/net/scripted_network.hpp"

#include <fmt/format.h>

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::test {

struct dialogue {
  std::string_view script;
  std::string_view told;  // what came of each request, in the order in which they were asked
};

inline std::vector<dialogue> const& dialogues() {
  static std::vector<dialogue> const all{
      {"ask a, greet, reply a", "a"},
      {"ask a, greet, reply a, ask b, reply b", "a b"},
      {"ask a, ask b, greet, reply a, reply b", "a b"},
      {"ask a, greet, ask b, ask c, reply a, reply b, reply c", "a b c"},
      {"ask a, greet, ask b, half a, rest a, half b, rest b", "a b"},
      {"ask a, greet, ask b, drop a, reply a, reply b", "dropped b"},
      {"ask a, drop a, ask b, greet, reply b", "dropped b"},
      {"ask a, greet, wait, ask b, reply a, reply b", "timeout,sent b"},
      {"ask a, greet, half a, wait, ask b, rest a, reply b", "timeout,sent b"},
      {"ask a, wait, ask b, greet, ask c, reply c", "timeout connect c"},
      {"ask a, greet, reply a, narrow, ask b, ask c, wide, reply b, reply c", "a b c"},
      {"ask a, greet, reply a, shut, ask b, ask c, wide, reply b, reply c", "a b c"},
      {"ask a, greet, reply a, narrow, ask b, ask c, wait, ask d, wide, reply b, reply c, reply d",
       "a timeout,sent timeout d"},
      {"ask a!, greet, reply a, reply a2", "a a2"},
      {"ask a!, ask b!, greet, reply a, reply b, reply a2, reply b2", "a b a2 b2"},
      {"ask a~b, ask b, ask c!, greet, reply a, reply b, reply c, reply c2", "a dropped c c2"},
      {"ask a~c, ask b!, ask c, greet, wait, reply a, reply b, reply c, reply b2",
       "timeout,sent timeout,sent dropped b2"},
      {"ask a, greet, reply a, renew, ask b, greet, reply b", "a b"},
      {"ask a, greet, renew, ask b, reply a, greet, reply b", "a b"},
      {"ask a!, greet, renew, reply a, greet, reply a2", "a a2"},
      {"ask a, greet, drop a, renew, ask b, reply a, greet, reply b", "dropped b"},
  };
  return all;
}

/// How a server fails, at any step.
enum class server_failure : std::uint8_t { none, reset, gone, end, garbage, silence };

constexpr std::string_view name_of(server_failure how) {
  constexpr std::string_view names[] = {"nothing", "reset", "gone", "end of input", "garbage", "silence"};
  return names[static_cast<std::size_t>(how)];
}

/// One dialogue in one protocol.
template <class Spoken>
class conversation {
 public:
  using codec = typename Spoken::codec;

  explicit conversation(std::string_view script) {
    for (std::size_t at = 0; at < script.size();) {
      std::size_t const end = std::min(script.find(", ", at), script.size());
      std::string_view const words = script.substr(at, end - at);
      at = end + 2;
      if (words != "greet") {
        steps_.push_back({words.substr(0, words.find(' ')),
                          std::string(words.substr(std::min(words.find(' '), words.size() - 1) + 1))});
        continue;
      }
      for (std::string const& each : Spoken::welcome()) steps_.push_back({"welcome", each});
    }
  }

  std::size_t steps() const { return steps_.size(); }

  /// What is wrong with how it went, empty if nothing: the server fails in this way before step `at`, and then says
  /// nothing that the script has. At the end, another connection must do.
  std::string play(std::size_t at, server_failure how) {
    for (std::size_t step = 0; step < steps_.size(); ++step) {
      if (step == at) fail(how);
      auto const& [word, rest] = steps_[step];
      bool const servers = word != "ask" && word != "drop" && word != "wait" && word != "renew";
      if (how == server_failure::none || step < at || !servers) take(word, rest);
      loop_.settle();
      if (spoiled_ && network_.size() > 0 && !network_.last().gone()) network_.last().say(Spoken::garbage());
    }
    if (at == steps_.size()) fail(how);
    told_ = told();
    for (int times = 0; times < 5; ++times) loop_.let_pass(std::chrono::milliseconds(100));
    std::string wrong = complaints();
    return wrong.empty() ? after_recovery() : wrong;
  }

  /// What came of each request when the script had ended.
  std::string const& told_at_end() const { return told_; }

 private:
  using link = net::pipeline<codec>;

  struct step {
    std::string_view word;
    std::string rest;
  };

  struct request {
    request(conversation& within, std::string what) : name(std::move(what)), running(within.ask(*this)) {}

    std::string name;
    bool asks_again = false;
    std::string drops;
    bool dropped = false;
    int ends = 0;
    std::string answer;
    bool failed = false;
    std::string why;
    bool said_sent = false;
    bool was_sent = false;
    std::optional<std::size_t> over;  // the connection that it was written to
    std::size_t offset = 0;           // of its first byte there
    base::task<typename net::exchange<codec>::result> running;
  };

  /// What one connection has been told, and has answered.
  struct connection {
    std::string written = Spoken::greeting();
    std::deque<request*> requests;
    bool welcomed = false;
    std::size_t answered = 0;
  };

  net::upstream_options options() const {
    net::upstream_options made;
    made.timeout = std::chrono::milliseconds(200);
    return made;
  }

  base::task<typename net::exchange<codec>::result> ask(request& one) {
    base::time_point const deadline = loop_.now() + options().timeout;
    co_return co_await link_->send({deadline, 1, 1}, [this, &one](base::output_buffer& output) {
      std::string const text = Spoken::request(one.name);
      one.over = network_.size() - 1;
      connection& there = connections_[*one.over];
      one.offset = there.written.size();
      there.written += text;
      there.requests.push_back(&one);
      output.append(text);
    });
  }

  void begin(std::string_view name) {
    std::size_t const mark = std::min(name.find_first_of("!~"), name.size());
    request& one = requests_.emplace_back(*this, std::string(name.substr(0, mark)));
    one.asks_again = name.substr(mark) == "!";
    if (name.substr(mark).starts_with('~')) one.drops = name.substr(mark + 1);
    ending& told = endings_.emplace_back(this, &one);
    bool const done = one.running.start(
        [](void* of) { static_cast<ending*>(of)->within->finish(*static_cast<ending*>(of)->which); }, &told);
    if (done) finish(one);
  }

  void finish(request& one) {
    auto const came = one.running.take();
    ++one.ends;
    one.was_sent = one.over && network_.at(*one.over).heard().size() > one.offset;
    if (came) {
      one.answer = Spoken::read(came->front());
    } else {
      one.failed = true;
      one.why = to_string(came.error().reason.kind);
      one.said_sent = came.error().sent;
    }
    if (one.asks_again) begin(one.name + "2");
    if (!one.drops.empty()) drop(one.drops);
  }

  request* find(std::string_view name) {
    for (request& each : requests_)
      if (each.name == name) return &each;
    return nullptr;
  }

  void drop(std::string_view name) {
    request* const one = find(name);
    if (!one || one->ends > 0) return;
    one->dropped = true;
    one->running.reset();
  }

  void take(std::string_view word, std::string const& rest) {
    if (word == "ask") return begin(rest);
    if (word == "drop") return drop(rest);
    if (word == "wait") return loop_.let_pass(std::chrono::milliseconds(250));
    if (word == "renew") return static_cast<void>(link_->renew());
    if (word == "narrow") return network_.last().take_only(1);
    if (word == "shut") return network_.last().take_only(0);
    if (word == "wide") return network_.last().take_only(std::string::npos);
    if (word == "welcome") {
      connections_[network_.size() - 1].welcomed = true;
      return network_.last().say(rest);
    }
    speak(word, *find(rest));
  }

  void speak(std::string_view word, request const& to) {
    std::string const reply = Spoken::reply(to.name);
    std::size_t const half = reply.size() / 2;
    connections_[*to.over].answered += word != "half";
    network_.at(*to.over).say(word == "half"   ? reply.substr(0, half)
                              : word == "rest" ? reply.substr(half)
                                               : reply);
  }

  /// The connection there is, or the next attempt to make one.
  void fail(server_failure how) {
    using enum scripted_network::manner;
    bool const connected = network_.size() > 0 && !network_.last().gone();
    polite_from_ = network_.size();
    switch (how) {
      case server_failure::none: polite_from_ = 0; return;
      case server_failure::reset:
        connected ? network_.last().reset() : static_cast<void>(network_.how = refuses);
        return;
      case server_failure::gone:
        network_.how = refuses_at_once;
        if (connected) network_.last().reset();
        return;
      case server_failure::end:
        connected ? network_.last().end() : static_cast<void>(network_.how = refuses);
        return;
      case server_failure::garbage:
        connected ? network_.last().say(Spoken::garbage()) : static_cast<void>(spoiled_ = true);
        return;
      case server_failure::silence:
        if (!connected) network_.how = is_silent;
        return;
    }
  }

  std::string told() const {
    std::string words;
    for (request const& each : requests_) {
      words += words.empty() ? "" : " ";
      words += each.dropped  ? "dropped"
               : each.failed ? each.why + (each.said_sent ? ",sent" : "")
                             : each.answer;
    }
    return words;
  }

  std::string complaints() {
    std::string wrong;
    for (request const& each : requests_) {
      if (each.ends != (each.dropped ? 0 : 1))
        wrong += fmt::format("{} ended {} times; ", each.name, each.ends);
      if (each.ends == 0) continue;
      if (!each.failed && each.answer != each.name)
        wrong += fmt::format("{} got '{}'; ", each.name, each.answer);
      if (each.failed && each.said_sent != each.was_sent)
        wrong += fmt::format("{} was {}sent; ", each.name, each.was_sent ? "" : "not ");
    }
    for (std::size_t index = 0; index < network_.size(); ++index) {
      if (!connections_[index].written.starts_with(network_.at(index).heard()))
        wrong += fmt::format("connection {} heard '{}'; ", index, network_.at(index).heard());
    }
    return wrong;
  }

  /// The server does well on all connections that are made from now on: soon somebody is answered.
  std::string after_recovery() {
    network_.how = scripted_network::manner::accepts;
    spoiled_ = false;
    std::size_t const before = requests_.size();
    for (int times = 0; times < 40; ++times) {
      if (requests_.size() == before || requests_.back().ends > 0) begin(fmt::format("z{}", times));
      loop_.settle();
      play_politely();
      if (requests_.back().ends > 0 && !requests_.back().failed) {
        bool const idle = link_->quiet() && registry_.total(metrics::server_pending) == 0;
        return complaints() + (idle ? "" : "somebody is still in the ledger");
      }
      loop_.let_pass(std::chrono::milliseconds(50));
    }
    return "nobody is answered any more";
  }

  void play_politely() {
    for (std::size_t index = polite_from_; index < network_.size(); ++index) {
      scripted_peer& peer = network_.at(index);
      connection& there = connections_[index];
      if (!there.welcomed && peer.heard().size() >= Spoken::greeting().size()) {
        there.welcomed = true;
        for (std::string const& each : Spoken::welcome()) peer.say(each);
        loop_.settle();
      }
      while (there.answered < there.requests.size() && !peer.gone())
        peer.say(Spoken::reply(there.requests[there.answered++]->name));
    }
  }

  struct ending {
    ending(conversation* in, request* one) : within(in), which(one) {}
    conversation* within;
    request* which;
  };

  std::vector<step> steps_;
  still_loop loop_;
  scripted_network network_;
  metrics::registry registry_;
  health_log log_;
  net::server_health health_{log_.writer()};
  /// Never left alone: who is asked is not what these are about.
  net::watched_server watched_{health_,
                               registry_.add_worker(),
                               base::identity(std::string("server")),
                               {"pool", "server"},
                               {.breaker = {.failures = 1'000'000}}};
  std::optional<link> link_{std::in_place, loop_.reactor(),
                            net::pipeline_options{{"server", 1, {}},
                                                  options(),
                                                  watched_,
                                                  [](unsigned) { return std::chrono::milliseconds(10); },
                                                  network_},
                            [] { return Spoken::make_codec(); },
                            [](link& made) { return Spoken::greet(made); }};
  std::map<std::size_t, connection> connections_;
  std::deque<ending> endings_;
  std::deque<request> requests_;
  bool spoiled_ = false;         // whoever connects hears garbage
  std::size_t polite_from_ = 0;  // the first connection of a server that is well again
  std::string told_;
};

/// Plays all dialogues, with every failure at every step.
template <class Spoken>
void play_dialogues() {
  using enum server_failure;
  for (dialogue const& each : dialogues()) {
    INFO(each.script);
    conversation<Spoken> undisturbed(each.script);
    CHECK(undisturbed.play(0, none) == "");
    CHECK(undisturbed.told_at_end() == each.told);
    for (server_failure const how : {reset, gone, end, garbage, silence}) {
      for (std::size_t step = 0; step <= undisturbed.steps(); ++step) {
        INFO(name_of(how) << " before step " << step);
        CHECK(conversation<Spoken>(each.script).play(step, how) == "");
      }
    }
  }
}

}  // namespace tandem::test
