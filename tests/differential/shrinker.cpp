#include "differential/shrinker.hpp"

#include "differential/binary_packet.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace tandem::differential {
namespace {

using words = std::vector<std::string>;

words words_of(std::string_view line) {
  words made(1);
  for (char const byte : line) {
    if (byte != ' ') {
      made.back() += byte;
    } else {
      made.emplace_back();
    }
  }
  return made;
}

std::string line_of(words const& of) {
  std::string made;
  for (std::size_t i = 0; i < of.size(); ++i) made += (i == 0 ? "" : " ") + of[i];
  return made;
}

// The key cut down to the session's name; nothing if it is no longer than that.
std::optional<std::string> shorter_key(std::string const& key) {
  for (std::string_view const name : {session_name, session_name_in_base64}) {
    if (key.starts_with(name) && key.size() > name.size()) return std::string(name);
  }
  return std::nullopt;
}

// Storing commands end in a data block: the word of the line that gives its length.
std::optional<std::size_t> length_word(words const& line, std::size_t block) {
  if (block < 2) return std::nullopt;
  auto const found = std::find(line.rbegin(), line.rend(), std::to_string(block - 2));
  if (found == line.rend()) return std::nullopt;
  return static_cast<std::size_t>(line.rend() - found) - 1;
}

std::vector<std::string> simpler_text(std::string const& command) {
  std::vector<std::string> made;
  std::size_t const end = command.find("\r\n");
  if (end == std::string::npos) return made;
  words const line = words_of(std::string_view(command).substr(0, end));
  std::string const block = command.substr(end + 2);
  std::optional<std::size_t> const length = length_word(line, block.size());
  if (length && block.size() > 3) {
    for (std::size_t const size : {std::size_t{1}, (block.size() - 2) / 2}) {
      words shorter = line;
      shorter[*length] = std::to_string(size);
      made.push_back(line_of(shorter) + "\r\n" + block.substr(0, size) + "\r\n");
    }
  }
  for (std::size_t i = line.size(); i-- > 1;) {
    words fewer = line;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
    if (i != length) made.push_back(line_of(fewer) + "\r\n" + block);
  }
  for (std::size_t i = 1; i < line.size(); ++i) {
    words shorter = line;
    std::optional<std::string> const key = shorter_key(line[i]);
    if (!key) continue;
    shorter[i] = *key;
    made.push_back(line_of(shorter) + "\r\n" + block);
  }
  return made;
}

std::vector<std::string> simpler_binary(std::string const& command) {
  std::vector<std::string> made;
  std::optional<binary_packet> const packet = first_packet(command);
  if (!packet || size_of(*packet) != command.size()) return made;
  auto const add = [&](auto const& change) {
    binary_packet changed = *packet;
    change(changed);
    if (bytes_of(changed) != command) made.push_back(bytes_of(changed));
  };
  if (packet->value.size() > 1) {
    add([](binary_packet& it) { it.value.resize(1); });
    add([](binary_packet& it) { it.value.resize(it.value.size() / 2); });
  }
  add([](binary_packet& it) { it.key = shorter_key(it.key).value_or(it.key); });
  add([](binary_packet& it) { it.opaque = 0; });
  add([](binary_packet& it) { it.data_type = 0; });
  add([](binary_packet& it) { it.vbucket_or_status = 0; });
  add([](binary_packet& it) { it.cas = std::string(8, '\0'); });
  add([](binary_packet& it) { it.extras = std::string(it.extras.size(), '\0'); });
  return made;
}

// One pass over a session: every simplification is tried, from the end, and kept if the difference stays.
class shrinking {
 public:
  shrinking(session shown, differs const& still, std::size_t plays_max)
      : now_(std::move(shown)), still_(still), plays_left_(plays_max) {}

  session result() {
    session before;
    while (before != now_ && plays_left_ > 0) {
      before = now_;
      drop_steps();
      drop_commands();
      drop_cuts();
      simplify_commands();
    }
    return now_;
  }

 private:
  bool keep_if_differs(session const& candidate) {
    if (plays_left_ == 0) return false;
    --plays_left_;
    if (!still_(candidate)) return false;
    now_ = candidate;
    return true;
  }

  void drop_steps() {
    for (std::size_t i = now_.steps.size(); i-- > 0 && now_.steps.size() > 1;) {
      session fewer = now_;
      fewer.steps.erase(fewer.steps.begin() + static_cast<std::ptrdiff_t>(i));
      keep_if_differs(fewer);
    }
  }

  void drop_commands() {
    for (std::size_t i = now_.steps.size(); i-- > 0;) {
      for (std::size_t j = now_.steps[i].commands.size(); j-- > 0;) {
        session fewer = now_;
        std::vector<std::string>& commands = fewer.steps[i].commands;
        commands.erase(commands.begin() + static_cast<std::ptrdiff_t>(j));
        keep_if_differs(fewer);
      }
    }
  }

  void drop_cuts() {
    for (std::size_t i = 0; i < now_.steps.size(); ++i) {
      session whole = now_;
      whole.steps[i].cuts.clear();
      if (whole != now_) keep_if_differs(whole);
    }
  }

  void simplify_commands() {
    for (std::size_t i = 0; i < now_.steps.size(); ++i) {
      for (std::size_t j = 0; j < now_.steps[i].commands.size(); ++j) simplify(i, j);
    }
  }

  // Until no simpler form of it shows the difference.
  void simplify(std::size_t of_step, std::size_t index) {
    bool changed = true;
    while (changed) {
      changed = false;
      for (std::string const& form : simpler(now_.steps[of_step].commands[index], now_.spoken)) {
        session candidate = now_;
        candidate.steps[of_step].commands[index] = form;
        changed = keep_if_differs(candidate);
        if (changed) break;
      }
    }
  }

  session now_;
  differs const& still_;
  std::size_t plays_left_;
};

}  // namespace

std::vector<std::string> simpler(std::string const& command, dialect spoken) {
  return spoken == dialect::binary ? simpler_binary(command) : simpler_text(command);
}

session shrunk(session shown, differs const& still, std::size_t plays_max) {
  return shrinking(std::move(shown), still, plays_max).result();
}

}  // namespace tandem::differential
