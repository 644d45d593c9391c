#include "config/document.hpp"

#include <fmt/core.h>
#include <yaml-cpp/eventhandler.h>

#include <sstream>
#include <string>

namespace tandem::config {

namespace {

/// Remembers where a document starts, and nothing of what it says.
class document_start final : public YAML::EventHandler {
 public:
  YAML::Mark mark;

  void OnDocumentStart(YAML::Mark const& at) override { mark = at; }
  void OnDocumentEnd() override {}
  void OnNull(YAML::Mark const&, YAML::anchor_t) override {}
  void OnAlias(YAML::Mark const&, YAML::anchor_t) override {}
  void OnScalar(YAML::Mark const&, std::string const&, YAML::anchor_t, std::string const&) override {}
  void OnSequenceStart(YAML::Mark const&, std::string const&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(YAML::Mark const&, std::string const&, YAML::anchor_t, YAML::EmitterStyle::value) override {
  }
  void OnMapEnd() override {}
};

/// YAML::Load stops after the first document, and YAML::LoadAll never returns where one makes no progress, as a
/// lone comma does. So the second is looked for, and no more.
void check_single(std::string const& text, findings& found) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  document_start first, second;
  if (!parser.HandleNextDocument(first) || !parser.HandleNextDocument(second)) return;
  found.error(position_of(second.mark), "the document has ended before this; write a single one");
}

struct rewording {
  std::string_view theirs;  // how yaml-cpp's message begins, in every release
  std::string_view ours;
};

/// What the library says changes from release to release, and is about its tokens.
constexpr rewording rewordings[] = {
    {"end of sequence flow not found", "a [ has no ]"},
    {"end of map flow not found", "a { has no }"},
    {"end of sequence not found", "this line fits neither the list above nor what is around it"},
    {"end of map not found", "this line fits neither the mapping above nor what is around it"},
    {"illegal map value", "a \": \" cannot stand here"},
    {"illegal map key", "a name cannot stand here"},
    {"illegal block entry", "a \"- \" cannot stand here"},
    {"illegal flow end", "a ] or } has no [ or {"},
    {"the referenced anchor is not defined", "a * repeats what no & has named"},
    {"unknown token", "a value cannot begin with this character"},
    {"illegal tab", "a tab cannot indent"},
    {"illegal EOF in scalar", "a quote is not closed"},
    {"unknown escape character", "no such escape after a backslash"},
    {"illegal document indicator in scalar", "a quote is not closed before the document ends"},
};

std::string_view reworded(std::string_view theirs) {
  for (rewording const& each : rewordings) {
    if (theirs.starts_with(each.theirs)) return each.ours;
  }
  return "it cannot be read from here on";
}

}  // namespace

position position_of(YAML::Mark const& mark) {
  if (mark.is_null()) return {1, 1};
  return {static_cast<std::size_t>(mark.line) + 1, static_cast<std::size_t>(mark.column) + 1};
}

std::optional<YAML::Node> parse_document(std::string_view text, findings& found) {
  try {
    std::string const copy(text);
    YAML::Node const root = YAML::Load(copy);
    check_single(copy, found);
    return root.IsNull() ? YAML::Node(YAML::NodeType::Map) : root;
  } catch (YAML::Exception const& failure) {
    constexpr std::string_view advice = "check the indentation, and quote values that hold [ ] { } or \": \"";
    found.error(position_of(failure.mark),
                fmt::format("not valid YAML: {}; {}", reworded(failure.msg), advice));
    return std::nullopt;
  }
}

}  // namespace tandem::config
